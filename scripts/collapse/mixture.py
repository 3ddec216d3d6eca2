"""Mixtures of equal Gaussians on a ring or a grid: their known modes, and samples of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from collapse.errors import InputError

LAYOUTS = ("ring", "grid")


def ring(modes: int, radius: float) -> np.ndarray:
    """Return the centres of a ring: each mode once, the first at (radius, 0).

    A full circle has its end where it began. Two reference codes (the unrolled GAN's notebook and
    GDPP) divide it with both ends, so that one of their modes counts twice and one is missing.

    Args:
        modes: How many.
        radius: Distance of each from the origin.

    Returns:
        float64, shape (modes, 2).

    >>> (ring(4, 2.0).round(12) + 0.0).tolist()
    [[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]]
    """
    angles = np.linspace(0, 2 * np.pi, modes, endpoint=False)
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid(side: int, spacing: float) -> np.ndarray:
    """Return the centres of a square grid around the origin.

    Args:
        side: Modes along each axis.
        spacing: Distance of neighbours.

    Returns:
        float64, shape (side ** 2, 2).

    >>> grid(2, 1.0).tolist()
    [[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]]
    """
    line = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)


def centres_of(mixture: Mapping[str, Any]) -> np.ndarray:
    """Return the centres that a config describes.

    Args:
        mixture: A dict with `centres`, a list of points, or `layout`, a dict with one of `LAYOUTS`.

    Returns:
        float64, shape (modes, d).

    >>> centres_of({"layout": {"ring": {"modes": 8, "radius": 2}}}).shape
    (8, 2)
    """
    if mixture.get("centres") is not None:
        return np.array(mixture["centres"], np.float64)
    layout = mixture["layout"]
    return ring(**layout["ring"]) if layout.get("ring") else grid(**layout["grid"])


def check_mixture(where: str, mixture: Mapping[str, Any], dimensions: int) -> None:
    """Refuse a mixture that describes no centres, or centres of another dimension.

    Args:
        where: Its place in the config.
        mixture: As for `centres_of`.
        dimensions: Of each centre.

    Raises:
        InputError: With the place, what was expected and what was received.
    """
    layout = mixture.get("layout")
    if (mixture.get("centres") is None) == (layout is None):
        message = f"{where}: expected either `centres` or `layout`. Give one of them."
        raise InputError(message)
    if layout is not None and len(layout) != 1:
        message = f"{where}.layout: expected one of {', '.join(LAYOUTS)}. Received: {layout}."
        raise InputError(message)
    lengths = {2} if layout else {len(centre) for centre in mixture["centres"]}
    if lengths != {dimensions}:
        message = (
            f"{where}: expected centres of {dimensions} numbers. Received some of "
            f"{', '.join(map(str, sorted(lengths)))}."
        )
        raise InputError(message)


def draw(centres: np.ndarray, sd: float, events: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw from the mixture, every mode with the same probability.

    Args:
        centres: float, shape (modes, d).
        sd: Standard deviation along each axis.
        events: How many.
        seed: Of the draw.

    Returns:
        The points, float32 (events, d), and the mode of each, int32 (events,).
    """
    rng = np.random.default_rng(seed)
    modes = rng.integers(len(centres), size=events, dtype=np.int32)
    points = centres[modes] + sd * rng.normal(size=(events, centres.shape[1]))
    return points.astype(np.float32), modes
