"""When a run collapsed and whether it came back: falls and rises of its coverage.

The coverage c(t) is the share of the modes that are captured, or the recall where no modes are
known. A fall is against the run's own best, so that a run which never covered much and slowly
covers more is learning, not recovering.
"""

from dataclasses import dataclass
from itertools import pairwise

# Of the noise of a difference of two values, which an honest fall exceeds.
_SIGMAS = 4.0


@dataclass(frozen=True)
class Fall:
    """One fall of the coverage, and its end.

    Attributes:
        onset: The epoch at which it fell: of the trace where that tells, else the first count at
            which it had fallen.
        low: The last epoch at which it had not fallen; 0 if that is before the first count.
        high: The first count at which it had.
        placed_by: `trace` or `counts`.
        best: The coverage that it fell from.
        worst: The least until it recovered, or until the end.
        recovery: The first count at which it was back within noise of `best`, or None.
    """

    onset: int
    low: int
    high: int
    placed_by: str
    best: float
    worst: float
    recovery: int | None

    @property
    def censored(self):
        """Whether it fell before the first count, so that no count saw the best."""
        return self.low == 0


def falls(counts, coverage, noise, strength, trace=((), ()), trace_noise=0.0):
    """Find where the coverage fell below its own best, and where it came back.

    Args:
        counts: The epoch counts, increasing.
        coverage: c at each, between 0 and 1; NaN, as of a diverged run, is no coverage at all.
        noise: The standard deviation of c on truth against truth at the sizes used.
        strength: The least fall.
        trace: The epochs of the trace and c at each, measured on the trace's own events; these
            are compared with one another only.
        trace_noise: The same noise at the trace's size.

    Returns:
        A list of `Fall`, in order.

    >>> [fall] = falls([1, 10, 100, 300], [0.8, 0.9, 0.2, 0.88], noise=0.01, strength=0.1)
    >>> fall.onset, fall.low, fall.high, fall.recovery
    (100, 10, 100, 300)
    >>> falls([1, 10, 100], [0.1, 0.4, 0.8], noise=0.01, strength=0.1)
    []
    """
    coverage = [value if value == value else 0.0 for value in coverage]
    margin = max(strength, _SIGMAS * 2**0.5 * noise)
    back = max(_SIGMAS * 2**0.5 * noise, 0.25 * strength)
    found, begun = [], None
    early = _before(counts, trace, max(strength, _SIGMAS * 2**0.5 * trace_noise))
    best = coverage[0]
    if early is not None:
        onset, best = early
        begun = Fall(onset, 0, counts[0], "trace", best, coverage[0], None)
    for (earlier, _), (count, value) in pairwise(zip(counts, coverage, strict=True)):
        if begun is None:
            best = max(best, value)
            if value < best - margin:
                onset, placed_by = _place(earlier, count, trace)
                begun = Fall(onset, earlier, count, placed_by, best, value, None)
            continue
        worst = min(begun.worst, value)
        recovered = value >= begun.best - back
        begun = Fall(
            begun.onset, begun.low, begun.high, begun.placed_by, begun.best, worst,
            count if recovered else None,
        )  # fmt: skip
        if recovered:
            found.append(begun)
            begun, best = None, max(begun.best, value)
    return [*found, begun] if begun else found


def _before(counts, trace, margin):
    """Return where the trace fell before the first count, and from what, or None.

    A beginning that a later count betters was not high: the run was learning.
    """
    inside = [(epoch, c) for epoch, c in zip(*trace, strict=True) if epoch <= counts[0]]
    if len(inside) < 2:
        return None
    best = max(c for _, c in inside)
    later = [c for epoch, c in zip(*trace, strict=True) if epoch in counts[1:]]
    if inside[-1][1] >= best - margin or any(c > best + margin for c in later):
        return None
    return _crossing(inside, best), best


def _place(low, high, trace):
    inside = [(epoch, c) for epoch, c in zip(*trace, strict=True) if low <= epoch <= high]
    # The trace must show the fall too: its events are fewer.
    if len(inside) < 3 or inside[-1][1] >= inside[0][1]:
        return high, "counts"
    return _crossing(inside, max(c for _, c in inside)), "trace"


def _crossing(inside, best):
    """Return the epoch after which c stayed below the middle between its best and its end."""
    middle = (best + inside[-1][1]) / 2
    below = inside[-1][0]
    for epoch, c in reversed(inside):
        if c > middle:
            break
        below = epoch
    return below
