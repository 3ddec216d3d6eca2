"""How a run's epoch counts are divided into training jobs."""

from collections.abc import Sequence
from itertools import groupby


def legs(epochs: Sequence[int], width: int) -> list[list[int]]:
    """Split increasing epoch counts into legs: one per stretch of `width` epochs that holds any.

    Stretches are counted from 0, so that a count added beyond the last one leaves every leg alone.

    >>> legs([1, 3, 10, 30, 100, 300], 100)
    [[1, 3, 10, 30, 100], [300]]
    """
    return [list(leg) for _, leg in groupby(epochs, key=lambda count: -(-count // width))]
