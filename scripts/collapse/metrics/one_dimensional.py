"""Distances of one feature: real against generated, each a float array of shape (n,) or (m,)."""

import numpy as np

LOW, HIGH = 0.05, 0.95


def ks(real, generated):
    """Kolmogorov-Smirnov distance: the largest difference of the two distribution functions.

    Args:
        real: float, shape (n,).
        generated: float, shape (m,).

    Returns:
        A float in [0, 1].

    >>> ks([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 2.5, 2.5])
    0.5
    """
    real, generated = np.sort(real), np.sort(generated)
    values = np.concatenate([real, generated])
    below_real = np.searchsorted(real, values, side="right") / len(real)
    below_generated = np.searchsorted(generated, values, side="right") / len(generated)
    return float(np.abs(below_real - below_generated).max())


def w1(real, generated):
    """Wasserstein-1 distance: the area between the two distribution functions.

    Args:
        real: float, shape (n,).
        generated: float, shape (m,).

    Returns:
        A float, in the feature's unit.

    >>> w1([0.0, 1.0], [2.0, 3.0])
    2.0
    """
    real, generated = np.sort(np.float64(real)), np.sort(np.float64(generated))
    values = np.sort(np.concatenate([real, generated]))
    below_real = np.searchsorted(real, values[:-1], side="right") / len(real)
    below_generated = np.searchsorted(generated, values[:-1], side="right") / len(generated)
    return float(np.abs(below_real - below_generated) @ np.diff(values))


def interquantile_range(values):
    """Return the distance of the 5 % and 95 % quantiles, which one bad track doesn't move.

    >>> round(interquantile_range(np.arange(101.0)), 12)
    90.0
    """
    low, high = np.quantile(values, [LOW, HIGH])
    return float(high - low)


def spread_ratio(real, generated):
    """Return the generated over the real 5-95 % interquantile range; 0 where all events are equal.

    >>> spread_ratio(np.arange(101.0), np.arange(101.0) / 2)
    0.5
    """
    width = interquantile_range(real)
    return interquantile_range(generated) / width if width else float("nan")


def w1_relative(real, generated):
    """Return `w1` in units of the real 5-95 % interquantile range, comparable between features."""
    width = interquantile_range(real)
    return w1(real, generated) / width if width else float("nan")


def out_of_range(real, generated):
    """Return the share of real events beyond the smallest or largest generated value.

    >>> out_of_range([1.0, 2.0, 3.0, 4.0], [1.5, 3.5])
    0.5
    """
    real = np.asarray(real)
    return float(np.mean((real < np.min(generated)) | (real > np.max(generated))))


def window_fraction(values, low, high):
    """Return the share of events in [low, high).

    >>> window_fraction(np.array([1.0, 2.0, 3.0, 4.0]), 2, 4)
    0.5
    """
    values = np.asarray(values)
    return float(np.mean((values >= low) & (values < high)))
