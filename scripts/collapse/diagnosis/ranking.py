"""Which recipe is best when."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Ranking:
    """The recipes at one epoch count by one metric, the best first.

    Attributes:
        metric: The metric.
        epoch: The epoch count.
        recipes: The recipes; those that are equal keep the order of the study.
        ranks: The rank of each, from 1; equal ones share their mean rank.
        overlaps: Of each but the last, whether its seeds overlap with those of the next, so that
            their order may be chance. Never with one seed, which tells nothing of that.
    """

    metric: str
    epoch: int
    recipes: tuple[str, ...]
    ranks: tuple[float, ...]
    overlaps: tuple[bool, ...]


def rank_recipes(
    table: Iterable[Mapping[str, Any]], recipes: Sequence[str], better: Mapping[str, bool]
) -> list[Ranking]:
    """Rank recipes by the means over their seeds. What is not finite comes last.

    Args:
        table: Rows of dicts with `recipe`, `epoch`, `metric`, `feature` and `value`.
        recipes: The study's recipes in order.
        better: Metric -> whether more of it is better, in the order of the result.

    Returns:
        A `Ranking` for each metric and epoch count that the table has.
    """
    found: dict[tuple[str, int], dict[str, list[float]]] = {}
    for row in table:
        metric, value = row["metric"], row["value"]
        if metric in better and row["feature"] == "":
            worse = (-value if better[metric] else value) if math.isfinite(value) else math.inf
            of_recipes = found.setdefault((metric, row["epoch"]), {})
            of_recipes.setdefault(row["recipe"], []).append(worse)
    order = sorted(found, key=lambda key: (list(better).index(key[0]), key[1]))
    return [_ranking(*key, found[key], recipes) for key in order]


def _ranking(
    metric: str, epoch: int, found: Mapping[str, Sequence[float]], recipes: Sequence[str]
) -> Ranking:
    means = {name: float(np.mean(found[name])) for name in recipes if name in found}
    order = sorted(means, key=lambda name: means[name])
    overlaps = tuple(
        len(found[above]) > 1 and max(found[above]) >= min(found[below])
        for above, below in pairwise(order)
    )
    ranks = _shared_ranks([means[name] for name in order])
    return Ranking(metric, epoch, tuple(order), ranks, overlaps)


def _shared_ranks(values: Sequence[float]) -> tuple[float, ...]:
    """Return the rank of each of some increasing values, equal ones sharing their mean rank.

    >>> _shared_ranks([0.1, 0.2, 0.2, 0.3])
    (1.0, 2.5, 2.5, 4.0)
    """
    _, inverse, counts = np.unique(np.round(values, 12), return_inverse=True, return_counts=True)
    return tuple((np.cumsum(counts) - (counts - 1) / 2)[inverse].tolist())
