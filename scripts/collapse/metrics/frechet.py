"""Frechet distances: of two normal distributions, and FPD, extrapolated to infinite samples."""

from collections.abc import Sequence

import numpy as np

SIZES, REPEATS, LARGEST, LEAST_SHARE = 10, 20, 50_000, 0.4
# Above so many features an eigenvalue problem takes so long that two repeats must do.
_MANY = 64


def frechet_distance(
    mean1: np.ndarray, cov1: np.ndarray, mean2: np.ndarray, cov2: np.ndarray
) -> np.ndarray:
    """Squared Frechet distance of two normal distributions (Dowson and Landau 1982).

    |mean1 - mean2|^2 + tr(cov1 + cov2 - 2 sqrt(cov1 cov2)). The root's trace comes from the
    eigenvalues of the symmetric product sqrt(cov1) cov2 sqrt(cov1), which, unlike a general matrix
    root, works for singular matrices and gives no imaginary part.

    Args:
        mean1: float, shape (..., d).
        cov1: float, shape (..., d, d).
        mean2: float, shape (..., d).
        cov2: float, shape (..., d, d).

    Returns:
        A float, or an array of the leading shape.

    >>> cov = np.array([[1, 0.25], [0.25, 1]])
    >>> round(float(frechet_distance(np.zeros(2), cov, np.array([1.0, 0.0]), cov)), 9)
    1.0
    """
    values, vectors = np.linalg.eigh(cov1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))[..., None, :]) @ np.swapaxes(
        vectors, -1, -2
    )
    product = np.linalg.eigvalsh(root @ cov2 @ root)
    overlap = np.sqrt(np.clip(product, 0, None)).sum(axis=-1)
    traces = np.trace(cov1, axis1=-2, axis2=-1) + np.trace(cov2, axis1=-2, axis2=-1)
    return np.square(np.subtract(mean1, mean2)).sum(axis=-1) + traces - 2 * overlap


def sample_sizes(events: int) -> np.ndarray:
    """Return the batch sizes: 10, from 40 % to all of the events, at equal steps in 1 / size.

    JetNet's are 20,000 to 50,000, and so are these where there are that many.

    >>> sample_sizes(90_000)[[0, -1]].tolist()
    [20000, 50000]
    """
    largest = min(events, LARGEST)
    least = max(2, round(LEAST_SHARE * largest))
    return np.rint(1 / np.linspace(1 / least, 1 / largest, SIZES)).astype(int)


def moments(
    values: np.ndarray, sizes: Sequence[int] | np.ndarray, seed: int | np.random.SeedSequence,
    repeats: int = REPEATS
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return means and covariances of random batches without replacement, nested in each repeat.

    Args:
        values: float, shape (n, d).
        sizes: Batch sizes, increasing, at most n.
        seed: Of the batches.
        repeats: How many series of batches.

    Returns:
        float64 arrays of shapes (repeats, sizes, d) and (repeats, sizes, d, d).
    """
    rng = np.random.default_rng(seed)
    d = values.shape[1]
    sums, squares = np.empty((repeats, len(sizes), d)), np.empty((repeats, len(sizes), d, d))
    edges = [0, *sizes]
    for repeat in range(repeats):
        shuffled = values[rng.permutation(len(values))[: sizes[-1]]]
        for i, (start, stop) in enumerate(zip(edges, sizes, strict=False)):
            part = shuffled[start:stop]
            sums[repeat, i], squares[repeat, i] = part.sum(axis=0), part.T @ part
    counts = np.asarray(sizes, np.float64)[:, None]
    means = np.cumsum(sums, axis=1) / counts
    second = np.cumsum(squares, axis=1) / counts[..., None]
    outer = means[..., :, None] * means[..., None, :]
    return means, (second - outer) * (counts / (counts - 1))[..., None]


def fpd(real: np.ndarray, generated: np.ndarray, normalise: bool = True, seed: int = 0) -> float:
    """Frechet physics distance, extrapolated to infinitely many events (arXiv:2211.10295).

    The Frechet distance of finite samples is too large by a term in 1 / n. As in JetNet it is
    computed at 10 batch sizes, 20 times each, and the value is a straight line's intercept, at
    least 0. Batches are drawn without replacement and their sizes follow the data; see
    `sample_sizes`. It sees means and covariances alone: distributions of another shape with equal
    moments are at no distance.

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d).
        normalise: Whether to divide features by the greatest absolute real value, a constant zero
            by 1. A single outlier then sets the scale; `gaussianise` avoids that.
        seed: Of the batches.

    Returns:
        A float, at least 0; infinite where squares overflow.

    >>> round(fpd(np.full((99, 2), 2.0), np.zeros((99, 2))), 9)
    2.0
    >>> round(fpd(np.full((99, 2), 2.0), np.zeros((99, 2)), normalise=False), 9)
    8.0
    """
    real, generated = np.asarray(real, float), np.asarray(generated, float)
    if normalise:
        largest = np.abs(real).max(axis=0)
        largest[largest == 0] = 1
        real, generated = real / largest, generated / largest
    # Around the real mean, or rounding would spoil the covariance of a far and narrow feature.
    middle = real.mean(axis=0)
    sizes = sample_sizes(min(len(real), len(generated)))
    repeats = REPEATS if real.shape[1] <= _MANY else 2
    one, other = np.random.SeedSequence(seed).spawn(2)
    with np.errstate(over="ignore", invalid="ignore"):
        first = moments(real - middle, sizes, one, repeats)
        second = moments(generated - middle, sizes, other, repeats)
        if not all(np.isfinite(part).all() for part in (*first, *second)):
            return float("inf")
        distances = frechet_distance(*first, *second).mean(axis=0)
    if len(set(sizes.tolist())) == 1:
        return max(0.0, float(distances.mean()))
    return max(0.0, float(np.polynomial.polynomial.polyfit(1 / sizes, distances, 1)[0]))
