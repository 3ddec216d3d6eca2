"""What a generator starts from. Drawing it takes no TensorFlow, which sampling can do without."""

from typing import Any

import numpy as np

from collapse.gan import registry
from collapse.gan.registry import Recipe
from collapse.streams import Stream


def noise_width(recipe: Recipe) -> int:
    """Return how many numbers the generator takes for an event.

    The dropout of the generator stays on, so its masks are a part of its noise.

    >>> noise_width({"noise": {"dimension": 3}, "generator": {"hidden": [5, 4], "dropout": 0.5}})
    12
    """
    dimension = recipe["noise"]["dimension"]
    if not registry.get(recipe, "generator.dropout"):
        return dimension
    return dimension + sum(recipe["generator"]["hidden"])


class Noise:
    """The vectors that a generator starts from.

    Args:
        options: A complete recipe; its `noise` alone will do if its generator has no dropout,
            whose masks are the uniform numbers after the `dimension` of the noise proper.
        seed: The run's seed.
        name: The stream.

    Attributes:
        width: Numbers in a vector.
    """

    def __init__(self, options: dict[str, Any], seed: int, name: str) -> None:
        recipe = options if "noise" in options else {"noise": options}
        self.width, self._dimension = noise_width(recipe), recipe["noise"]["dimension"]
        self._distribution: Any = registry.chosen(recipe, "noise.distribution")
        self._stream = Stream(seed, name)

    def fill(self, out: np.ndarray, step: int) -> None:
        """Fill `out`, float32 of shape (n, width), with the noise of a step."""
        generator = self._stream.at(step)
        if self.width == self._dimension:
            self._distribution.fill(out, generator)
            return
        noise = np.empty((len(out), self._dimension), np.float32)
        self._distribution.fill(noise, generator)
        masks = generator.random((len(out), self.width - self._dimension), dtype=np.float32)
        out[:] = np.concatenate([noise, masks], axis=1)

    def draw(self, n: int, step: int) -> np.ndarray:
        """Return n vectors of a step, float32 (n, width)."""
        out = np.empty((n, self.width), np.float32)
        self.fill(out, step)
        return out
