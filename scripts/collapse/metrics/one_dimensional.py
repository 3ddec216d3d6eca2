"""Distances of one feature: real against generated, each a float array of shape (n,) or (m,)."""

from collections.abc import Sequence

import numpy as np

Column = np.ndarray | Sequence[float]

LOW, HIGH = 0.05, 0.95
SEPARATION_BINS = 50


def ks(real: Column, generated: Column) -> float:
    """Kolmogorov-Smirnov distance: the largest difference of the two distribution functions.

    Args:
        real: float, shape (n,).
        generated: float, shape (m,).

    Returns:
        A float in [0, 1].

    >>> ks([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 2.5, 2.5])
    0.5
    """
    return _ks_of_sorted(np.sort(real), np.sort(generated))


def _ks_of_sorted(real: np.ndarray, generated: np.ndarray) -> float:
    # The largest difference is at a generated value or just below one.
    steps = np.arange(len(generated) + 1) / len(generated)
    up_to = np.searchsorted(real, generated, side="right") / len(real)
    below = np.searchsorted(real, generated, side="left") / len(real)
    return float(max(np.max(steps[1:] - up_to), np.max(below - steps[:-1])))


def w1(real: Column, generated: Column) -> float:
    """Wasserstein-1 distance: the area between the two distribution functions.

    Args:
        real: float, shape (n,).
        generated: float, shape (m,).

    Returns:
        A float, in the feature's unit.

    >>> w1([0.0, 1.0], [2.0, 3.0])
    2.0
    """
    return _w1_of_sorted(np.sort(np.asarray(real, float)), np.sort(np.asarray(generated, float)))


def _w1_of_sorted(real: np.ndarray, generated: np.ndarray) -> float:
    if len(real) == len(generated):
        return float(np.abs(real - generated).mean())
    values = np.sort(np.concatenate([real, generated]))
    below_real = np.searchsorted(real, values[:-1], side="right") / len(real)
    below_generated = np.searchsorted(generated, values[:-1], side="right") / len(generated)
    return float(np.abs(below_real - below_generated) @ np.diff(values))


def interquantile_range(values: Column) -> float:
    """Return the distance of the 5 % and 95 % quantiles, which one bad track doesn't move.

    >>> round(interquantile_range(np.arange(101.0)), 12)
    90.0
    """
    low, high = np.quantile(values, [LOW, HIGH])
    return float(high - low)


def spread_ratio(real: Column, generated: Column) -> float:
    """Return the generated over the real 5-95 % interquantile range.

    0 where all generated events are equal, and NaN where the real range is 0.

    >>> spread_ratio(np.arange(101.0), np.arange(101.0) / 2)
    0.5
    """
    width = interquantile_range(real)
    return interquantile_range(generated) / width if width else float("nan")


def w1_relative(real: Column, generated: Column) -> float:
    """Return `w1` in units of the real 5-95 % interquantile range, comparable between features.

    In the feature's own unit where that range is 0.
    """
    return w1(real, generated) / (interquantile_range(real) or 1.0)


def out_of_range(real: Column, generated: Column) -> float:
    """Return the share of real events beyond the smallest or largest generated value.

    With the samples exchanged, 1 minus this is SDMetrics' BoundaryAdherence: the share of the
    generated events within the real range (docs.sdv.dev/sdmetrics).

    >>> out_of_range([1.0, 2.0, 3.0, 4.0], [1.5, 3.5])
    0.5
    >>> 1 - out_of_range([0.9, 1.8, 2.1, 5.0], [1.0, 2.4, 2.6, 0.8])
    0.75
    """
    real = np.asarray(real)
    return float(np.mean((real < np.min(generated)) | (real > np.max(generated))))


def range_coverage(real: Column, generated: Column) -> float:
    """Return the share of the real range, from the least to the greatest event, that is covered.

    SDMetrics' RangeCoverage (docs.sdv.dev/sdmetrics), and 0 instead of NaN for no common range: 1
    where the generated extremes enclose the real ones. A single far event of either sample decides.

    Returns:
        A float in [0, 1]; for a constant real feature 1 if it is enclosed and otherwise 0.

    >>> range_coverage([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.0, 1.0, 2.0, 3.0])
    0.5
    """
    low, high = float(np.min(real)), float(np.max(real))
    least, greatest = float(np.min(generated)), float(np.max(generated))
    if low == high:
        return float(least <= low <= greatest)
    missing = max(least - low, 0.0) + max(high - greatest, 0.0)
    return max(0.0, 1 - missing / (high - low))


def separation(real: Column, generated: Column, bins: int = SEPARATION_BINS) -> float:
    """Separation power of two histograms: half the sum of (p - q)^2 / (p + q).

    The CaloChallenge's measure (arXiv:2410.21611). Each bin holds the same share of the real
    sample, and what lies beyond its extremes has a bin on either side, so that the value doesn't
    depend on the feature's unit or on outliers.

    Args:
        real: float, shape (n,).
        generated: float, shape (m,).
        bins: Bins of equal real share; fewer where values repeat.

    Returns:
        A float in [0, 1]: 0 for equal histograms, 1 for disjoint ones. Truth against truth is at
        about bins / (2 n) for samples of n.

    >>> separation(np.arange(100.0), np.arange(100.0)), separation(np.arange(9.0), np.full(5, 9.0))
    (0.0, 1.0)
    """
    real, generated = np.asarray(real, float), np.asarray(generated, float)
    edges = np.unique(np.quantile(real, np.linspace(0, 1, bins + 1)))
    # Bins hold their lower edge, so the greatest value needs one above it.
    edges = np.append(edges, np.nextafter(edges[-1], np.inf))
    p, q = (
        np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1) / len(x)
        for x in (real, generated)
    )
    total = p + q
    seen = total > 0
    return float(0.5 * np.sum((p - q)[seen] ** 2 / total[seen]))


def tail_ratio(real: Column, generated: Column, quantile: float) -> float:
    """Return the generated over the real distance of a quantile from the real median.

    Args:
        real: float, shape (n,).
        generated: float, shape (m,).
        quantile: The quantile, such as 0.99.

    Returns:
        A float: 1 for truth, below 1 for a tail that is cut, negative beyond the real median. Where
        the real quantile is the median, the missing distance is measured in units of the real
        5-95 % range instead; NaN if that is 0 too.

    >>> real = np.arange(-50.0, 51.0)
    >>> tail_ratio(real, real / 2, 0.99), tail_ratio(real, real / 2, 0.01)
    (0.5, 0.5)
    """
    median, tail = np.quantile(real, [0.5, quantile])
    length = tail - median
    if length == 0:
        length = np.copysign(interquantile_range(real), quantile - 0.5)
    if length == 0:
        return float("nan")
    return float(1 + (np.quantile(generated, quantile) - tail) / length)


def distinct_values(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the number of distinct generated values over that of distinct real ones.

    Of as many events each; of unequal samples the larger is cut. Rounded values are too few, and a
    continuous generator gives a discrete feature too many.

    >>> distinct_values(np.arange(10.0), np.arange(10.0) // 2)
    0.5
    """
    size = min(len(real), len(generated))
    return len(np.unique(generated[:size])) / len(np.unique(real[:size]))


def window_fraction(values: Column, low: float, high: float) -> float:
    """Return the share of events in [low, high).

    >>> window_fraction(np.array([1.0, 2.0, 3.0, 4.0]), 2, 4)
    0.5
    """
    values = np.asarray(values)
    return float(np.mean((values >= low) & (values < high)))
