"""Columns: features that a continuous generator can't learn as they are.

All functions take one or more columns of finite numbers; `ingest` drops events that are not.
"""

from collections.abc import Mapping

import numpy as np

from collapse.metrics.correlation import spearman

# A feature of fewer distinct values, each met so often, is a label and not a measurement.
FEW_VALUES = 100
REPEATS = 10
# A value that one event in so many has exactly is a placeholder, an edge or a default.
SPIKE = 0.01
# Among the values of a label that is one only if it is so many times as frequent as the next: of a
# few values about equally frequent each has a large share.
DOMINANT = 10
# At 15,000 events a normal column has 2.4, an exponential one 3.5, one of Student's t with three
# degrees of freedom 15.
HEAVY = 10.0
# What a scaler leaves is 0.2 to 7 wide from the 5 % to the 95 % quantile, unless its tails are
# heavy, and has its median within 5 such widths of 0. `capable` on six unscaled features of one
# width came in 150 epochs, one seed, to an AUC of 0.56 to 0.59 at widths of 10 to 300, 0.73 at 1
# to 3, 0.92 at 0.1, 0.99 at 0.03 and 1.00 at 100,000; to 0.98 with medians 3 widths from 0.
NARROW, WIDE, OFF_CENTRE = 0.1, 100.0, 5.0
# There one feature of width 30 among five of 3 made it 0.77, one of 100 made it 0.91.
UNEVEN = 30.0
# The width of a standard normal column.
_USUAL = 3.3
# Ranks that agree to this are one feature twice, up to rounding.
SAME = 0.9999


def value_counts(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values of a column and how often each occurs."""
    return np.unique(column, return_counts=True)


def is_discrete(values: np.ndarray, counts: np.ndarray) -> bool:
    """Say whether a column is a label: few distinct values, or whole numbers, all met often.

    A value that dominates is left out, since it would make the others seem often met: incomes in
    whole dollars of which nine in ten are 0 are not discrete, but have a spike at 0.

    Args:
        values: Its distinct values.
        counts: How often each occurs.

    >>> values, counts = np.arange(101), np.full(101, 3)
    >>> is_discrete(values, counts), is_discrete(values, 10 * counts)
    (False, True)
    >>> counts[0] = 3000
    >>> is_discrete(values, counts)
    False
    """
    if len(values) > 2 and _dominates(counts):
        kept = counts < counts.max()
        values, counts = values[kept], counts[kept]
    often = counts.sum() >= REPEATS * len(values)
    few = len(values) <= FEW_VALUES or (values == np.round(values)).all()
    return bool(often and few)


def find_spike(values: np.ndarray, counts: np.ndarray) -> tuple[float, float] | None:
    """Return the value that a share of the events has exactly, and the share; None without one.

    It is the most frequent value, if at least `SPIKE` of the events have it, and for a discrete
    column if it dominates the others. A generator that is a smooth function of continuous noise
    gives no single value a share, so the best classifier's AUC is at least (1 + share) / 2.

    Args:
        values: A column's distinct values.
        counts: How often each occurs.

    >>> find_spike(np.array([0, 1, 2]), np.array([910, 50, 40]))
    (0.0, 0.91)
    >>> find_spike(np.array([0, 1, 2]), np.array([400, 350, 250]))
    """
    top = np.argmax(counts)
    share = float(counts[top] / counts.sum())
    # One event alone is no spike, however few there are.
    if share < SPIKE or counts[top] < REPEATS:
        return None
    if is_discrete(values, counts) and not _dominates(counts):
        return None
    return float(values[top]), share


def _dominates(counts: np.ndarray) -> bool:
    return len(counts) > 1 and counts.max() >= DOMINANT * np.partition(counts, -2)[-2]


def tail_ratio(column: np.ndarray) -> float:
    """Return the full range of a column over its central 90 %; 1 if that has no width.

    It doesn't change with a linear scaler: standard, minmax and robust leave the bulk of a column
    with heavy tails in a corner of what the networks see. A logarithm or a quantile transform
    changes it.

    >>> float(round(tail_ratio(np.linspace(0, 1, 1001)), 3))
    1.111
    """
    if not len(column):
        return 1.0
    least, low, high, greatest = np.quantile(column, [0, 0.05, 0.95, 1])
    return float((greatest - least) / (high - low)) if high > low else 1.0


def odd_sizes(columns: Mapping[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    """Find the columns whose sizes are extreme, or very different from the others'.

    The size is the range from the 5 % to the 95 % quantile. It is extreme if it is beyond `NARROW`
    or `WIDE`, or if the median is more than `OFF_CENTRE` times it away from 0; and different if it
    is more than `UNEVEN` times that of the column that is nearest to a standard normal in size, or
    less than that part of it. Columns without a size, and those of which `tail_ratio` says all, are
    left out.

    Args:
        columns: Scaled columns by name, finite.

    Returns:
        For each column found (size, median), the worst first.

    >>> x = np.linspace(-1, 1, 101)
    >>> found = odd_sizes({"a": x, "b": 2 * x, "energy": 1e5 * (x + 2)})
    >>> {name: (float(round(size)), float(round(median))) for name, (size, median) in found.items()}
    {'energy': (180000.0, 200000.0)}
    """
    sizes = {}
    for name, column in columns.items():
        low, median, high = np.quantile(column, [0.05, 0.5, 0.95]) if len(column) else (0, 0, 0)
        if high > low and tail_ratio(column) <= HEAVY:
            sizes[name] = float(high - low), float(median)
    usual = min((size for size, _ in sizes.values()), key=lambda s: _ratio(s, _USUAL), default=1.0)
    excess = {
        name: max(
            size / WIDE, NARROW / size, abs(median) / size / OFF_CENTRE,
            _ratio(size, usual) / UNEVEN,
        )
        for name, (size, median) in sizes.items()
    }  # fmt: skip
    worst = sorted(excess, key=excess.__getitem__, reverse=True)
    return {name: sizes[name] for name in worst if excess[name] > 1}


def _ratio(a: float, b: float) -> float:
    return max(a / b, b / a)


def duplicates(columns: np.ndarray) -> list[tuple[int, int, float]]:
    """List the pairs of columns of which one is a monotone function of the other.

    Spearman's rank correlation, of average ranks where values repeat, is at least `SAME` in
    absolute value. Constant columns are no duplicates.

    Args:
        columns: float, shape (n, d).

    Returns:
        A list of (first, second, correlation); the second of a pair is in no later one.

    >>> x = np.linspace(1, 2, 50)
    >>> duplicates(np.stack([x, np.sin(9 * x), -1000 * np.log(x)], axis=1))
    [(0, 2, -1.0)]
    """
    correlation = spearman(columns)
    found: list[tuple[int, int, float]] = []
    gone: set[int] = set()
    for i, j in np.argwhere(np.triu(np.abs(correlation) >= SAME, k=1)).tolist():
        if i not in gone and j not in gone:
            gone.add(j)
            found.append((i, j, round(float(correlation[i, j]), 6)))
    return found
