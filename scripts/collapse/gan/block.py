"""A block of steps: what is fed to it, and what it tells.

Its noise and its real events are drawn by NumPy, keyed by (seed, stream, step), and fed as one
array each, since XLA draws normals slower than NumPy does.
"""

import math
from collections.abc import Mapping

import numpy as np

from collapse.gan.hooks import Hook
from collapse.gan.noise import Noise
from collapse.gan.registry import Recipe
from collapse.streams import Stream

BLOCK = 64
RECORDS = (
    "discriminator_loss",
    "generator_loss",
    "discriminator_gradient_norm",
    "generator_gradient_norm",
)


class Feeds:
    """The numbers of the next steps, in arrays that a program reads in place.

    Args:
        recipe: A complete recipe.
        n_features: Columns of the events.
        seed: The run's seed.
        updates: D's updates in a step. G's noise is that of the last.
        hooks: The tricks at work, by key.
        keyed: Whether layers of D want a key for their random numbers.
        clocked: Whether something goes by a schedule, for which the step is fed.

    Attributes:
        noise: What G starts from, float32 (BLOCK, updates * batch size, noise width).
        real: The real events, float32 (BLOCK, updates * batch size, n_features).
        fed: What each trick asked for, key -> name -> array (BLOCK, updates, ...), the keys of
            layers at `layers`, and the steps done before at `clock`.
    """

    def __init__(
        self, recipe: Recipe, n_features: int, seed: int,
        updates: int, hooks: Mapping[str, Hook], *, keyed: bool, clocked: bool = False,
    ) -> None:  # fmt: skip
        rows = updates * recipe["batch_size"]
        self._noise, self._order = Noise(recipe, seed, "noise"), Stream(seed, "order")
        self._updates, self._hooks = updates, hooks
        self.noise = _aligned((BLOCK, rows, self._noise.width), "float32")
        self.real = _aligned((BLOCK, rows, n_features), "float32")
        self._rows = np.zeros((BLOCK, rows), np.int64)
        self.fed = {
            key: {
                name: _aligned((BLOCK, updates, *shape), dtype)
                for name, (shape, dtype) in hook.feeds.items()
            }
            for key, hook in hooks.items()
            if hook.feeds
        }
        self._streams = {key: Stream(seed, key) for key in self.fed}
        self._keys = Stream(seed, "layers") if keyed else None
        if keyed:
            self.fed["layers"] = {"key": _aligned((BLOCK, updates, 2), "int32")}
        self._clock = _aligned((BLOCK, updates), "int32") if clocked else None
        if self._clock is not None:
            self.fed["clock"] = {"step": self._clock}

    def fill(self, data: np.ndarray, first: int, count: int) -> None:
        """Draw for some steps.

        Args:
            data: The scaled training events, float32 (n, d).
            first: The first step.
            count: How many steps, at most `BLOCK`.
        """
        for i in range(count):
            step = first + i
            self._noise.fill(self.noise[i], step)
            self._rows[i] = self._order.at(step).integers(len(data), size=self._rows.shape[1])
            for key, stream in self._streams.items():
                generator = stream.at(step)
                for j in range(self._updates):
                    out = {name: array[i, j, ...] for name, array in self.fed[key].items()}
                    self._hooks[key].fill(out, generator, step * self._updates + j)
            if self._keys is not None:
                keys = self.fed["layers"]["key"]
                keys[i] = self._keys.at(step).integers(2**31 - 1, size=keys.shape[1:])
            if self._clock is not None:
                self._clock[i] = step
        np.take(data, self._rows[:count], axis=0, out=self.real[:count], mode="clip")


def _aligned(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return zeros that start where a cache line does, or XLA would copy them."""
    size, line = math.prod(shape) * np.dtype(dtype).itemsize, 64
    raw = np.zeros(size + line, np.uint8)
    start = -raw.ctypes.data % line
    return raw[start : start + size].view(dtype).reshape(shape)
