"""Where a sample ends: edges that it piles up at, and what lies beyond the other's extremes.

No edge is known beforehand: the samples show theirs.
"""

import numpy as np

from collapse.metrics.counts import beyond_extremes, compare_counts

# Of a sample's events, how many at one end are compared with the real density there.
_ENDS = (0.005, 0.01, 0.02, 0.05, 0.1)
# A pile-up holds so many times what the real density puts there. A sample that was merely cut has
# about as many as the real one at its edge, and a narrower one fewer.
_PILED = 3.0
# The standard deviation of an extreme in units of the mean of the first gap (Gumbel's law).
_EXTREME = float(np.pi / np.sqrt(6))
# Significant from so many standard deviations on.
_SIGMAS = 4.0


def beyond(column: np.ndarray, generated: np.ndarray) -> tuple[float, float]:
    """Return the shares of real events below the least and above the greatest generated one.

    Args:
        column: Real values, sorted, shape (n,).
        generated: Generated values, shape (m,).

    Returns:
        Two floats.

    >>> beyond(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 3.5]))
    (0.25, 0.25)
    """
    below, above = _beyond(column, generated)
    return below / len(column), above / len(column)


def _beyond(column: np.ndarray, generated: np.ndarray) -> tuple[int, int]:
    below = int(np.searchsorted(column, generated.min(), side="left"))
    return below, len(column) - int(np.searchsorted(column, generated.max(), side="right"))


def beyond_errors(column: np.ndarray, generated: np.ndarray) -> tuple[float, float]:
    """Return the standard errors of the shares of real events beyond the generated extremes.

    An extreme varies by about as much as the gaps between the outermost events are wide: the k-th
    gap is a k-th of the first in the mean.

    Args:
        column: Real values, sorted, shape (n,).
        generated: Generated values, shape (m,), m above 5.

    Returns:
        Two floats, for the least and for the greatest.
    """
    ends = np.sort(np.partition(generated, (4, -5)))[[0, 4, -5, -1]]
    below, near, far, last = np.searchsorted(column, ends) / len(column)
    scale = _EXTREME / sum(1 / k for k in range(1, 5))
    least = 1 / len(generated)
    return max(scale * (near - below), least), max(scale * (last - far), least)


def pile_up(column: np.ndarray, generated: np.ndarray) -> tuple[float, float]:
    """Return which share of the generated events piles up at edges that real events lie beyond.

    At either end, the outermost events are counted in both samples, over a width that holds a small
    share of the generated ones. They have piled up if these are several times as many as the real
    density gives, significantly so, and if significantly many real events lie beyond the end. Real
    events that end in an edge, such as a cut, end in one when they are shrunk as well: so the width
    must be several times less than that of the real outermost events, each in units of its spread.

    Args:
        column: Real values, sorted, shape (n,).
        generated: Generated values, shape (m,).

    Returns:
        The share in excess of the real one, and the standard deviations by which it is; 0 and 0
        without a pile-up.

    >>> real = np.linspace(-3, 3, 6001)
    >>> share, sigmas = pile_up(real, np.clip(real, -2, 2))
    >>> round(share, 2), sigmas > 10
    (0.33, True)
    >>> pile_up(real, real[2000:4000])
    (0.0, 0.0)
    """
    n, m = len(column), len(generated)
    found, outs = np.sort(generated), _beyond(column, generated)
    # Of a sample that was merely cut the density is higher everywhere.
    reached = max(n - sum(outs), 1)
    width, real_width = (np.subtract(*np.quantile(x, [0.95, 0.05])) for x in (found, column))
    share, sigmas = 0.0, 0.0
    for ends, real, out in (
        (found, column, outs[0]),
        (-found[::-1], -column[::-1], outs[1]),
    ):
        if beyond_extremes(out, n, m) < _SIGMAS:
            continue
        counts = np.unique([max(int(part * m), 5) for part in _ENDS])
        inner = ends[np.minimum(counts, m) - 1]
        held = np.searchsorted(ends, inner, side="right")
        there = np.searchsorted(real, inner, side="right") - out
        off = compare_counts(held, m, there, reached)
        excess = held / m - there / reached
        own = (inner - ends[0]) * (real_width / width if width else 0.0)
        # A little fewer, since the shares of a discrete feature's values vary.
        there_too = real[np.ceil(0.8 * held / m * n).astype(int) - 1] - real[0]
        narrow = _PILED * own < there_too
        piled = narrow & (held / m >= _PILED * there / reached) & (off >= _SIGMAS)
        if piled.any():
            share += float(excess[piled].max())
            sigmas = max(sigmas, float(off[piled].max()))
    return share, sigmas


def edge_shares(columns: np.ndarray, edges: np.ndarray) -> list[float]:
    """Return for each feature the share of real events beyond what a generator can reach.

    Args:
        columns: Real values, each row sorted, shape (d, n).
        edges: The lower and the upper edges in physical units, shape (2, d).

    >>> edge_shares(np.array([[-3.0, 0.0, 0.5, 2.0]]), np.array([[-1.0], [1.0]]))
    [0.5]
    """
    shares = []
    for column, (low, high) in zip(columns, edges.T, strict=True):
        up_to = np.searchsorted(column, high, side="right")
        below = np.searchsorted(column, low, side="left")
        shares.append(1 - float(up_to - below) / len(column))
    return shares


def outside(generated: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return where generated events lie outside all real ones.

    Args:
        generated: float, shape (m, d).
        low: The least real value of each feature, shape (d,).
        high: The greatest.

    Returns:
        Booleans, shape (m, d).
    """
    return (generated < low) | (generated > high)
