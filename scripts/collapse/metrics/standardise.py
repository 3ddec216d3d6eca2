"""Common units for features, from the real sample alone: what generates must not set the scale."""

import numpy as np
from scipy.special import ndtri

# The 5-95 % range of a normal distribution in its standard deviations.
_RANGE = 2 * float(ndtri(0.95))
# Beyond, an event is infinitely far for every purpose, and single precision would overflow.
_LIMIT = 1e4


def robust_scale(real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each feature's centre and width: the median, and the 5-95 % range as a normal's sd.

    Args:
        real: float, shape (n, d).

    Returns:
        Two float64 arrays of shape (d,). Where the range is 0 the width is the standard deviation,
        and 1 where that is 0 too.

    >>> centre, width = robust_scale(np.array([[0.0, 7.0], [1.0, 7.0], [2.0, 7.0]]))
    >>> centre.tolist(), width.round(3).tolist()
    ([1.0, 7.0], [0.547, 1.0])
    """
    low, centre, high = np.quantile(np.float64(real), [0.05, 0.5, 0.95], axis=0)
    width = (high - low) / _RANGE
    flat = width == 0
    if flat.any():
        width[flat] = np.std(np.float64(real[:, flat]), axis=0)
        width[width == 0] = 1
    return centre, width


def standardise(values: np.ndarray, centre: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return values in robust standard deviations of the real sample, at most 10,000 off.

    Args:
        values: float, shape (n, d).
        centre: float, shape (d,).
        width: float, shape (d,).

    Returns:
        float64, shape (n, d).
    """
    return np.clip((values - centre) / width, -_LIMIT, _LIMIT)


def gaussianise(real: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return values by their rank among the real ones, as quantiles of a normal distribution.

    No outlier can set the scale, and beyond the real extremes all is the same.

    Args:
        real: float, shape (n, d), each column sorted.
        values: float, shape (m, d).

    Returns:
        float64, shape (m, d). A value that equals several real ones takes their middle rank.

    >>> gaussianise(np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [99.0]])).round(3).tolist()
    [[0.0], [1.15]]
    """
    ranks = np.empty(values.shape)
    for i, column in enumerate(real.T):
        ranks[:, i] = np.searchsorted(column, values[:, i], side="left")
        ranks[:, i] += np.searchsorted(column, values[:, i], side="right")
    return ndtri((ranks / 2 + 0.5) / (len(real) + 1))
