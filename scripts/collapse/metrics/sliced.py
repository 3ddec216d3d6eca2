"""Distances of many features through random directions, in each of which there is but one."""

import numpy as np

from collapse.metrics.one_dimensional import _ks_of_sorted, _w1_of_sorted

DIRECTIONS = 50


def project(points: np.ndarray, directions: int = DIRECTIONS, seed: int = 0) -> np.ndarray:
    """Return the sorted projections of events onto random directions.

    Args:
        points: float, shape (n, d), standardised: the features must have a common unit.
        directions: How many, uniform on the sphere.
        seed: Of the directions, so that the same ones serve both samples and every checkpoint.

    Returns:
        float64, shape (directions, n), each row increasing.
    """
    axes = np.random.default_rng(seed).normal(size=(directions, points.shape[1]))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    return np.sort(axes @ np.float64(points).T, axis=1)


def sliced_w1(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the mean Wasserstein-1 distance over the directions (Bonneel et al. 2015).

    Nothing is scaled here: give standardised events.

    Args:
        real: Sorted projections of the real sample, from `project`, shape (directions, n).
        generated: Those of the generated sample, shape (directions, m).

    Returns:
        A float in the unit of the points.

    >>> sliced_w1(project(np.zeros((3, 1))), project(np.full((5, 1), 0.5)))
    0.5
    """
    return float(np.mean([_w1_of_sorted(a, b) for a, b in zip(real, generated, strict=True)]))


def sliced_ks(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the mean Kolmogorov-Smirnov distance over the directions (arXiv:2409.16336).

    Args:
        real: Sorted projections of the real sample, from `project`, shape (directions, n).
        generated: Those of the generated sample, shape (directions, m).

    Returns:
        A float in [0, 1].

    >>> sliced_ks(project(np.zeros((3, 2))), project(np.ones((5, 2))))
    1.0
    """
    return float(np.mean([_ks_of_sorted(a, b) for a, b in zip(real, generated, strict=True)]))
