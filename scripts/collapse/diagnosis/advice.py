"""The advice, measured: each recipe against the one that it extends, over matched seeds.

One outcome is fixed beforehand, `PRIMARY` at the last count, and gives one test for each piece of
advice: the exact sign-flip test over the seeds, with Holm's correction over the pieces. Every other
cell carries an interval and no p-value.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

PRIMARY = "covered"
# Metric -> whether more of it is better. Two are there only where modes are known.
OUTCOMES = {"covered": True, "modes_share": True, "mode_tv": False, "auc": False, "precision": True}
CONFIDENCE = 0.95
SIGNIFICANT = 0.05
# 2^20 sign patterns take a second; beyond that they are drawn.
_MOST_EXACT = 20
_DRAWN = 1 << 20
# What a value is of: dataset, recipe, metric, epoch.
_Of = tuple[str, str, str, int]


@dataclass(frozen=True)
class Value:
    """A value of `tables/metrics.csv`."""

    dataset: str
    recipe: str
    seed: int
    epoch: int
    metric: str
    feature: str
    value: float


@dataclass(frozen=True)
class Comparison:
    """A row of `advice.csv`, a recipe against its base; `docs/tables.md` describes the columns."""

    dataset: str
    recipe: str
    base: str
    metric: str
    epoch: int
    seeds: int
    mean_base: float
    mean: float
    difference: float
    low: float
    high: float
    better: bool
    primary: bool
    p: float = math.nan
    p_holm: float = math.nan


@dataclass(frozen=True)
class Reversal:
    """A row of `reversals.csv`: epochs at which a recipe is better than its base, and worse."""

    dataset: str
    recipe: str
    base: str
    metric: str
    better_at: tuple[int, ...]
    worse_at: tuple[int, ...]


def sign_flip(differences: Sequence[float] | np.ndarray) -> float:
    """Return the two-sided p-value of paired differences, were their signs a matter of chance.

    All 2^n patterns of signs are tried, Fisher's exact test of 1935; p is at least 2 / 2^n. NaN for
    no differences. SciPy's `permutation_test` counts sums that are 0 but for rounding as different,
    and takes four times as long.

    Args:
        differences: float, shape (n,).

    >>> sign_flip([0.1, 0.2, 0.3, 0.1])
    0.125
    >>> sign_flip([0.0, 0.0])
    1.0
    """
    differences = np.asarray(differences, float)
    n = len(differences)
    if n == 0:
        return math.nan
    if n <= _MOST_EXACT:
        signs = _all_signs(n)
    else:
        signs = 1 - 2 * np.random.default_rng(0).integers(2, size=(_DRAWN, n))
        signs[0] = 1
    sums = np.abs(signs @ differences)
    # Sums that are equal but for rounding count as equal.
    return float(np.mean(sums >= sums[0] * (1 - 1e-12)))


def _all_signs(n: int) -> np.ndarray:
    """Return all 2^n patterns of n signs, int, shape (2^n, n), that of no minus first."""
    return 1 - 2 * ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values (1979), in the order given.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted, running = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = running
    return adjusted


def interval(differences: Sequence[float] | np.ndarray) -> tuple[float, float, float]:
    """Return mean, low and high of paired differences, by Student's t at 95 %.

    >>> interval([1.0])
    (1.0, nan, nan)
    """
    from scipy.stats import t

    differences = np.asarray(differences, float)
    mean, n = float(differences.mean()), len(differences)
    if n < 2:
        return mean, math.nan, math.nan
    half = float(t.ppf((1 + CONFIDENCE) / 2, n - 1) * differences.std(ddof=1) / math.sqrt(n))
    return mean, mean - half, mean + half


def smallest_effect(
    n: int, sd: float = 1.0, power: float = 0.8, draws: int = 2000, alpha: float = SIGNIFICANT
) -> float:
    """Return the mean difference that a sign-flip test of n seeds finds with the given power.

    In units of the differences' standard deviation, if these are normal; to two digits.

    >>> smallest_effect(4)
    inf
    """
    if 2 / 2**n > alpha:
        return math.inf
    noise = np.random.default_rng(0).normal(size=(draws, n))
    signs = _all_signs(n)
    low, high = 0.0, 10.0
    while high - low > 0.01:
        middle = (low + high) / 2
        sums = np.abs((noise + middle) @ signs.T.astype(float))
        found = np.mean(np.mean(sums >= sums[:, :1] * (1 - 1e-12), axis=1) <= alpha)
        low, high = (low, middle) if found >= power else (middle, high)
    return sd * round(high, 2)


def compare(table: Iterable[Value], bases: Mapping[str, str]) -> list[Comparison]:
    """Compare every recipe with its base, on every dataset, at every epoch, by every outcome.

    Args:
        table: All values of all runs.
        bases: Recipe -> the one that it extends.

    Returns:
        The comparisons of recipes that have seeds in common. The primary outcome alone has
        p-values, corrected over the pieces of a dataset.
    """
    table = list(table)
    epochs = sorted({row.epoch for row in table})
    values: dict[_Of, dict[int, float]] = {}
    for row in table:
        if row.metric in OUTCOMES and row.feature == "" and not math.isnan(row.value):
            of = row.dataset, row.recipe, row.metric, row.epoch
            values.setdefault(of, {})[row.seed] = row.value
    found: list[Comparison] = []
    for dataset in dict.fromkeys(row.dataset for row in table):
        each = [
            _compare_seeds(values, (dataset, recipe, metric, epoch), base, epochs[-1])
            for (recipe, base), metric, epoch in product(bases.items(), OUTCOMES, epochs)
        ]
        found += _corrected([row for row in each if row])
    return found


def _compare_seeds(
    values: Mapping[_Of, Mapping[int, float]], of: _Of, base: str, last: int
) -> Comparison | None:
    dataset, recipe, metric, epoch = of
    theirs, ours = values.get((dataset, base, metric, epoch), {}), values.get(of, {})
    seeds = sorted(set(ours) & set(theirs))
    if not seeds:
        return None
    differences = [ours[seed] - theirs[seed] for seed in seeds]
    mean, low, high = interval(differences)
    primary = metric == PRIMARY and epoch == last
    return Comparison(
        dataset=dataset, recipe=recipe, base=base, metric=metric, epoch=epoch, seeds=len(seeds),
        mean_base=float(np.mean([theirs[seed] for seed in seeds])),
        mean=float(np.mean([ours[seed] for seed in seeds])), difference=mean, low=low, high=high,
        better=(mean > 0) == OUTCOMES[metric] and mean != 0, primary=primary,
        p=sign_flip(differences) if primary else math.nan,
    )  # fmt: skip


def _corrected(rows: Sequence[Comparison]) -> list[Comparison]:
    """Return the comparisons on a dataset with their p-values corrected."""
    corrected = iter(holm([row.p for row in rows if row.primary]))
    return [replace(row, p_holm=next(corrected)) if row.primary else row for row in rows]


def find_reversals(rows: Iterable[Comparison]) -> list[Reversal]:
    """List where the ranking of a recipe and its base reverses with training time.

    It does if the interval of their difference lies above zero at one count and below at another.
    """
    epochs: dict[tuple[str, str, str, str], tuple[list[int], list[int]]] = {}
    for row in rows:
        if row.low > 0 or row.high < 0:
            of = row.dataset, row.recipe, row.base, row.metric
            better, worse = epochs.setdefault(of, ([], []))
            (better if (row.low > 0) == OUTCOMES[row.metric] else worse).append(row.epoch)
    return [
        Reversal(*of, better_at=tuple(better), worse_at=tuple(worse))
        for of, (better, worse) in epochs.items()
        if better and worse
    ]


def outcome(row: Comparison, reversed_pieces: Collection[tuple[str, str]]) -> str:
    """Say of a piece of advice, by its primary row, whether it holds.

    It `holds`, `fails`, is `not decidable`, or `depends`: it is one of the pieces, (dataset,
    recipe), of which the primary outcome's ranking reverses.
    """
    if (row.dataset, row.recipe) in reversed_pieces:
        return "depends"
    if row.p_holm < SIGNIFICANT:
        return "holds" if row.better else "fails"
    return "not decidable"
