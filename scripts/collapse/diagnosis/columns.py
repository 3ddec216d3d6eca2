"""Columns: features that a continuous generator can't learn as they are.

All functions take one or more columns of finite numbers; `ingest` drops events that are not.
"""

import numpy as np

# A feature of fewer distinct values, each met so often, is a label and not a measurement.
FEW_VALUES = 100
REPEATS = 10
# A value that one event in so many has exactly is a placeholder, an edge or a default.
SPIKE = 0.01
# At 15,000 events a normal column has 2.4, an exponential one 3.5, one of Student's t with three
# degrees of freedom 15.
HEAVY = 10.0
# Ranks that agree to this are one feature twice, up to rounding.
SAME = 0.9999


def value_counts(column):
    """Return the distinct values of a column and how often each occurs."""
    return np.unique(column, return_counts=True)


def is_discrete(values, counts):
    """Say whether a column is a label: few distinct values, or whole numbers, all met often.

    Args:
        values: Its distinct values.
        counts: How often each occurs.
    """
    often = counts.sum() >= REPEATS * len(values)
    return often and (len(values) <= FEW_VALUES or bool((values == np.round(values)).all()))


def find_spike(values, counts):
    """Return the most frequent value and its share, if that is at least `SPIKE`; else None.

    A generator that is a smooth function of continuous noise gives no single value a share, so the
    best classifier's AUC is at least (1 + share) / 2.

    Args:
        values: A column's distinct values.
        counts: How often each occurs.
    """
    top = counts.argmax()
    share = float(counts[top] / counts.sum())
    # One event alone is no spike, however few there are.
    return (float(values[top]), share) if share >= SPIKE and counts[top] >= REPEATS else None


def tail_ratio(column):
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


def duplicates(columns):
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
    ranks = np.stack([_ranks(column) for column in columns.T], axis=1)
    ranks -= ranks.mean(axis=0)
    norms = np.sqrt((ranks**2).sum(axis=0))
    ranks /= np.where(norms > 0, norms, 1)
    correlation = ranks.T @ ranks
    found, gone = [], set()
    for i, j in np.argwhere(np.triu(np.abs(correlation) >= SAME, k=1)).tolist():
        if i not in gone and j not in gone:
            gone.add(j)
            found.append((i, j, round(float(correlation[i, j]), 6)))
    return found


def _ranks(column):
    _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
