"""Draw events at random without a memory: hashes of rows and of event numbers.

A row's side of the split depends on its values and the seed alone. Identical rows, which some files
have many of, therefore share a side, and nothing depends on the order or on how a file is read.
"""

from collections.abc import Sequence

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ROWS = np.uint64(0)
_WEIGHTS = np.uint64(0xD1B54A32D192ED03)  # keeps the draws for weights apart from those of rows


def _mix(values: np.ndarray) -> np.ndarray:
    """Scramble uint64 values: the step and the output function of splitmix64, a bijection."""
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _seeded(seed: int, shape: int, domain: np.uint64) -> np.ndarray:
    return _mix(np.full(shape, seed % 2**64, np.uint64) ^ domain)


def hash_rows(rows: np.ndarray, seed: int) -> np.ndarray:
    """Hash each row by its bits, 0.0 and -0.0 alike.

    Args:
        rows: float32, shape (n, d).
        seed: Any whole number.

    Returns:
        uint64, shape (n,).
    """
    bits = (np.asarray(rows, np.float32) + np.float32(0)).view(np.uint32)
    hashes = _seeded(seed, len(bits), _ROWS)
    for column in bits.T:
        hashes = _mix(hashes ^ column)
    return hashes


def uniform(hashes: np.ndarray) -> np.ndarray:
    """Turn hashes, uint64 (n,), into numbers in [0, 1), float64 (n,)."""
    return (hashes >> np.uint64(11)) * 2.0**-53


def split_sides(hashes: np.ndarray, fractions: Sequence[float]) -> np.ndarray:
    """Assign rows to the sides of a split.

    Args:
        hashes: Of the rows, uint64 (n,).
        fractions: Of all sides, summing to 1.

    Returns:
        The side of each row, int64 (n,).

    >>> split_sides(np.array([0, 2**63, 2**64 - 1], np.uint64), [0.4, 0.2, 0.4]).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(np.cumsum(fractions)[:-1], uniform(hashes), side="right")


def accept(weights: np.ndarray, largest: float, events: np.ndarray, seed: int) -> np.ndarray:
    """Unweight events: keep each with a probability in proportion to its weight.

    Args:
        weights: Not negative, float64 (n,).
        largest: The largest weight of all events, which is always kept.
        events: Numbers of the events in the whole data set, int64 (n,).
        seed: Any whole number.

    Returns:
        Which events to keep, bool (n,).
    """
    seeds = _seeded(seed, len(events), _WEIGHTS)
    return uniform(_mix(seeds ^ events.astype(np.uint64))) * largest < weights
