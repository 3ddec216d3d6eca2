"""Distances from averages over pairs of events: energy distance, MMD and KPD."""

import numpy as np

from collapse.metrics.pairs import ENTRIES, off_diagonal, squared_distances

# Squared bandwidths, in squared median distances.
BANDWIDTHS = (4.0, 2.0, 1.0, 0.5, 0.25)
_MEDIAN_EVENTS = 1000
KPD_BATCH, KPD_BATCHES = 5000, 10


def median_distance(points: np.ndarray) -> float:
    """Return the median distance of pairs among the first 1,000 events, at least a tiny number.

    Args:
        points: float, shape (n, d).

    Returns:
        A float; 1 where more than half of the pairs are equal.
    """
    some = points[:_MEDIAN_EVENTS]
    pairs = np.concatenate(
        [
            block[np.arange(len(some)) > np.arange(rows.start, rows.stop)[:, None]]
            for rows, block in squared_distances(some, some, np.float64)
        ]
    )
    median = float(np.sqrt(max(np.median(pairs), 0.0))) if len(pairs) else 0.0
    return median if median > 1e-6 else 1.0


def pair_means(a: np.ndarray, b: np.ndarray | None, scale: float) -> tuple[float, float]:
    """Return the mean distance and the mean kernel of all pairs, in one pass.

    The kernel is the mean of Gaussians of the squared bandwidths `BANDWIDTHS` * scale ** 2.

    Args:
        a: float, shape (n, d).
        b: float, shape (m, d), or None for the pairs of different events of `a`.
        scale: The median distance.

    Returns:
        Two floats.
    """
    distance = kernel = 0.0
    blocks = off_diagonal(a, 0.0) if b is None else squared_distances(a, b)
    widest = np.float32(-0.5 / (BANDWIDTHS[0] * scale**2))
    scratch = None
    for _, block in blocks:
        scratch = np.empty_like(block) if scratch is None else scratch[: len(block)]
        np.maximum(block, 0, out=block)
        gaussian = np.exp(np.multiply(block, widest, out=scratch), out=scratch)
        # Each bandwidth is half the one before, so that its Gaussian is the square of that.
        kernel += float(gaussian.sum())
        for _ in BANDWIDTHS[1:]:
            np.square(gaussian, out=gaussian)
            kernel += float(gaussian.sum())
        distance += float(np.sqrt(block, out=block).sum())
    if b is None:
        pairs = len(a) * (len(a) - 1)
        kernel -= len(BANDWIDTHS) * len(a)
    else:
        pairs = len(a) * len(b)
    return distance / pairs, kernel / (pairs * len(BANDWIDTHS))


def energy_and_mmd(
    real: np.ndarray, generated: np.ndarray, scale: float | None = None,
    within: tuple[float, float] | None = None
) -> tuple[float, float]:  # fmt: skip
    """Return energy distance and MMD, which share their pairs; see `energy_distance` and `mmd`.

    Args:
        real: float, shape (n, d), standardised.
        generated: float, shape (m, d).
        scale: `median_distance(real)`, if known.
        within: `pair_means(real, None, scale)`, if known.

    Returns:
        Two floats.
    """
    scale = scale or median_distance(real)
    energy_real, kernel_real = within or pair_means(real, None, scale)
    energy_generated, kernel_generated = pair_means(generated, None, scale)
    energy, kernel = pair_means(real, generated, scale)
    return (
        2 * energy - energy_real - energy_generated,
        kernel_real + kernel_generated - 2 * kernel,
    )


def energy_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """Energy distance: 2 E|X - Y| - E|X - X'| - E|Y - Y'| (Szekely and Rizzo 2013).

    Without a square root, and unbiased: an event isn't paired with itself, so truth against truth
    is 0 in the mean and half of its values are negative. Nothing is scaled here.

    Args:
        real: float, shape (n, d), standardised.
        generated: float, shape (m, d).

    Returns:
        A float, in the unit of the points.

    >>> energy_distance(np.zeros((3, 1)), np.full((4, 1), 2.0))
    4.0
    """
    return energy_and_mmd(real, generated)[0]


def mmd(real: np.ndarray, generated: np.ndarray) -> float:
    """Squared maximum mean discrepancy, unbiased (Gretton et al. 2012, JMLR 13, eq. 3).

    The kernel is the mean of Gaussians whose squared bandwidths are 4, 2, 1, 1/2 and 1/4 times the
    squared median distance of the real events. Nothing else is scaled here.

    Args:
        real: float, shape (n, d), standardised.
        generated: float, shape (m, d).

    Returns:
        A float of at most 2, 0 in the mean for truth.

    >>> round(mmd(np.zeros((3, 1)), np.full((4, 1), 1e3)), 12)
    2.0
    """
    return energy_and_mmd(real, generated)[1]


def kpd(real: np.ndarray, generated: np.ndarray, normalise: bool = True, seed: int = 0) -> float:
    """Kernel physics distance: squared MMD with a polynomial kernel of degree 4 (arXiv:2211.10295).

    The kernel is (x y / d + 1) ** 4. As in JetNet, features are divided by the greatest absolute
    real value, a constant zero by 1, and the value is the median over batches of 5,000 events; here
    the batches are disjoint, 10 at most, and one of all events where there are less than 10,000.

    Args:
        real: float, shape (n, d), in physical units.
        generated: float, shape (m, d).
        normalise: Whether to divide.
        seed: Deals the events to the batches.

    Returns:
        A float, 0 in the mean for truth; infinite where the powers overflow.

    >>> points, origin = np.full((9, 2), 2.0), np.zeros((9, 2))
    >>> kpd(points, origin), kpd(points, origin, False)
    (15.0, 624.0)
    """
    real, generated = np.asarray(real, float), np.asarray(generated, float)
    if normalise:
        largest = np.abs(real).max(axis=0)
        largest[largest == 0] = 1
        real, generated = real / largest, generated / largest
    size = min(KPD_BATCH, len(real), len(generated))
    batches = min(KPD_BATCHES, len(real) // size, len(generated) // size)
    if batches > 1:
        rng = np.random.default_rng(seed)
        real, generated = rng.permutation(real), rng.permutation(generated)
        size = min(size, len(real), len(generated))
        pieces = [slice(i * size, (i + 1) * size) for i in range(batches)]
    else:
        pieces = [slice(None)]
    with np.errstate(over="ignore", invalid="ignore"):
        values = [_polynomial_mmd(real[piece], generated[piece]) for piece in pieces]
    value = float(np.median(values))
    # Infinity minus infinity.
    return float("inf") if np.isnan(value) else value


def _polynomial_mmd(a: np.ndarray, b: np.ndarray) -> float:
    within = (_quartic(x, x, off=True) / (len(x) * (len(x) - 1)) for x in (a, b))
    return sum(within) - 2 * _quartic(a, b) / (len(a) * len(b))


def _quartic(a: np.ndarray, b: np.ndarray, off: bool = False) -> float:
    total, step = 0.0, max(1, min(len(a), ENTRIES // len(b)))
    left, right, buffer = a / a.shape[1], np.ascontiguousarray(b.T), np.empty((step, len(b)))
    for start in range(0, len(a), step):
        part = left[start : start + step]
        block = np.matmul(part, right, out=buffer[: len(part)])
        block += 1
        np.square(block, out=block)
        np.square(block, out=block)
        if off:
            block[np.arange(len(part)), np.arange(start, start + len(part))] = 0
        total += float(block.sum())
    return total
