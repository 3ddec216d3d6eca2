"""Exact tests of counts, each as the standard deviations of a normal number that is as unlikely.

Counts of a few events are far from normal: of an expected 16 none are left once in ten million
samples, which (0 - 16) / sqrt(16) = -4 doesn't say.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc, log_ndtr, ndtri_exp

# What is less likely than this is no more unlikely for any purpose, and would underflow.
_LEAST = 1e-300


def as_sigmas(below: ArrayLike, above: ArrayLike) -> np.ndarray:
    """Return a signed number of standard deviations from the probabilities of either tail.

    Args:
        below: The probability of so low a value, or a lower one.
        above: That of so high a value, or a higher one.

    Returns:
        float64: negative where low values are less likely; 0 where both are likely.

    >>> as_sigmas(0.9986501, 0.0013499).round(3).item()
    3.0
    """
    low, high = (np.clip(tail, _LEAST, 1.0) for tail in (below, above))
    rare = np.minimum(low, high)
    sigmas = np.where(rare < 0.5, -ndtri_exp(np.log(rare)), 0.0)
    return np.where(low < high, -sigmas, sigmas)


def critical(sigmas: float, tests: int) -> float:
    """Return what each of so many tests must exceed for one to exceed `sigmas` (Bonferroni).

    >>> round(critical(4.0, 60), 2)
    4.88
    """
    return float(-ndtri_exp(log_ndtr(-sigmas) - np.log(max(tests, 1))))


def corrected(sigmas: float, tests: int) -> float:
    """Return what the largest of so many tests is worth: the inverse of `critical`, at least 0.

    >>> round(corrected(4.88, 60), 2), corrected(1.0, 60)
    (4.0, 0.0)
    """
    rare = log_ndtr(-sigmas) + np.log(max(tests, 1))
    return max(0.0, float(-ndtri_exp(min(rare, np.log(0.5)))))


def compare_counts(found: ArrayLike, size: int, known: ArrayLike, total: int) -> np.ndarray:
    """Return by how many standard deviations a count is off that of another sample.

    Of found + known events of a kind, which sample each is in is a matter of the sizes alone if
    both samples are alike: the conditional binomial test of two Poisson numbers.

    Args:
        found: Events of the kind in the sample, an int or an array of ints.
        size: Events in the sample.
        known: The same in the sample that is compared with, which may be much larger.
        total: Its events.

    Returns:
        float64, of the shape of `found` and `known`: negative for too few.

    >>> compare_counts(0, 2000, 208, 26310).round(1).item()
    -5.0
    >>> compare_counts(20, 2000, 260, 26000).item()
    0.0
    """
    found, known = np.broadcast_arrays(np.asarray(found, float), np.asarray(known, float))
    p = size / (size + total)
    below = np.where(known > 0, betainc(np.maximum(known, 1), found + 1, 1 - p), 1.0)
    above = np.where(found > 0, betainc(np.maximum(found, 1), known + 1, p), 1.0)
    return as_sigmas(below, above)


def beyond_extremes(beyond: ArrayLike, size: int, other: int, sides: int = 1) -> np.ndarray:
    """Return how unlikely so many events beyond the extremes of another sample are.

    Of two samples from one source the k greatest events are all in the first with a probability of
    about (size / (size + other)) ** k; over several sides that makes a negative binomial number.

    Args:
        beyond: Events beyond the other sample's extremes, an int or an array of ints.
        size: Events in the sample.
        other: Events in the other sample.
        sides: Extremes that are looked at together: two for each feature.

    Returns:
        float64, standard deviations: 0 for what is likely.

    >>> beyond_extremes(20, 2000, 2000).round(2).item()
    4.76
    """
    beyond = np.asarray(beyond, float)
    likely = other / (size + other)
    above = np.where(beyond > 0, betaincc(sides, np.maximum(beyond, 1), likely), 1.0)
    return as_sigmas(1.0, above)


def kolmogorov(distance: ArrayLike, n: int, m: int) -> np.ndarray:
    """Return how unlikely a Kolmogorov-Smirnov distance of two samples is, by its limiting law.

    >>> kolmogorov(0.06, 2000, 2000).round(2).item()
    2.97
    """
    from scipy.special import kolmogorov as tail

    scaled = np.asarray(distance) * np.sqrt(n * m / (n + m))
    return as_sigmas(1.0, tail(scaled))


def few_draws(z: ArrayLike, draws: int) -> np.ndarray:
    """Return what a distance in estimated standard deviations is worth, if few draws estimate them.

    Student's t with draws - 1 degrees of freedom for a new value, as a normal number.

    Args:
        z: (value - mean) / sd, of a mean and an sd from the draws.
        draws: How many.

    >>> few_draws(4.0, 20).round(2).item(), few_draws(4.0, 1000).round(2).item()
    (3.3, 3.98)
    """
    from scipy.stats import t

    z = np.asarray(z, float)
    with np.errstate(invalid="ignore"):
        tail = t.logsf(np.abs(z) / np.sqrt(1 + 1 / draws), draws - 1)
    rare = -ndtri_exp(np.clip(tail, log_ndtr(-37.0), np.log(0.5)))
    return np.copysign(rare, z)
