"""How a run's epoch counts are divided into training jobs."""

from collections.abc import Collection, Sequence
from itertools import groupby


def legs(epochs: Sequence[int], width: int) -> list[list[int]]:
    """Split increasing epoch counts into legs: one per stretch of `width` epochs that holds any.

    Stretches are counted from 0, so that a count added beyond the last one leaves every leg alone.

    >>> legs([1, 3, 10, 30, 100, 300], 100)
    [[1, 3, 10, 30, 100], [300]]
    """
    return [list(leg) for _, leg in groupby(epochs, key=lambda count: -(-count // width))]


def trained_anew(
    done: Collection[int], epochs: Sequence[int], width: int
) -> tuple[int, int, int] | None:
    """Find a leg that takes the place of a shorter one that has been trained.

    Args:
        done: The last counts of the legs of a run that exist.
        epochs: The epoch counts, increasing.
        width: Epochs of a stretch.

    Returns:
        From which count it is trained, to which the shorter one was, and to which it will be.

    >>> trained_anew([10], [10, 20], 100), trained_anew([100, 300], [100, 300, 320], 100)
    ((0, 10, 20), None)
    """
    ends = [leg[-1] for leg in legs(epochs, width)]
    for start, end in zip([0, *ends], ends, strict=False):
        shorter = [
            count
            for count in done
            if start < count < end and -(-count // width) == -(-end // width)
        ]
        if end not in done and shorter:
            return start, max(shorter), end
    return None
