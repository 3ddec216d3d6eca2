"""The advice, measured: each recipe against the one that it extends, over matched seeds.

One outcome is fixed beforehand, `PRIMARY` at the last count, and gives one test for each piece of
advice: the exact sign-flip test over the seeds, with Holm's correction over the pieces. Every other
cell carries an interval and no p-value.
"""

import math
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


def sign_flip(differences):
    """Return the two-sided p-value of paired differences, were their signs a matter of chance.

    All 2^n patterns of signs are tried, Fisher's exact test of 1935; p is at least 2 / 2^n. NaN for
    no differences.

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
        signs = 1 - 2 * ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = 1 - 2 * np.random.default_rng(0).integers(2, size=(_DRAWN, n))
        signs[0] = 1
    sums = np.abs(signs @ differences)
    # Sums that are equal but for rounding count as equal.
    return float(np.mean(sums >= sums[0] * (1 - 1e-12)))


def holm(p_values):
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


def interval(differences):
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


def smallest_effect(n, sd=1.0, power=0.8, draws=2000, alpha=SIGNIFICANT):
    """Return the mean difference that a sign-flip test of n seeds finds with the given power.

    In units of the differences' standard deviation, if these are normal; to two digits.

    >>> smallest_effect(4)
    inf
    """
    if 2 / 2**n > alpha:
        return math.inf
    noise = np.random.default_rng(0).normal(size=(draws, n))
    signs = 1 - 2 * ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1)
    low, high = 0.0, 10.0
    while high - low > 0.01:
        middle = (low + high) / 2
        sums = np.abs((noise + middle) @ signs.T.astype(float))
        found = np.mean(np.mean(sums >= sums[:, :1] * (1 - 1e-12), axis=1) <= alpha)
        low, high = (low, middle) if found >= power else (middle, high)
    return sd * round(high, 2)


def compare(table, bases):
    """Compare every recipe with its base, on every dataset, at every epoch, by every outcome.

    Args:
        table: Rows of dicts with `dataset`, `recipe`, `seed`, `epoch`, `metric`, `feature` and
            `value`.
        bases: Recipe -> the one that it extends.

    Returns:
        A list of dicts: `dataset`, `recipe`, `base`, `metric`, `epoch`, `seeds`, `mean_base`,
        `mean`, `difference` with `low` and `high` (t interval), `better` (whether the difference is
        for the better), `primary`, and, of the primary outcome alone, `p` and `p_holm`.
    """
    values = {}
    for row in table:
        if row["metric"] in OUTCOMES and row["feature"] == "" and row["value"] == row["value"]:
            key = row["dataset"], row["recipe"], row["metric"], row["epoch"]
            values.setdefault(key, {})[row["seed"]] = row["value"]
    datasets = dict.fromkeys(row["dataset"] for row in table)
    epochs = sorted({row["epoch"] for row in table})
    rows = []
    for dataset, (recipe, base), metric, epoch in product(
        datasets, bases.items(), OUTCOMES, epochs
    ):
        theirs = values.get((dataset, base, metric, epoch), {})
        ours = values.get((dataset, recipe, metric, epoch), {})
        seeds = sorted(set(ours) & set(theirs))
        if not seeds:
            continue
        differences = [ours[seed] - theirs[seed] for seed in seeds]
        mean, low, high = interval(differences)
        primary = metric == PRIMARY and epoch == epochs[-1]
        rows.append(
            {
                "dataset": dataset,
                "recipe": recipe,
                "base": base,
                "metric": metric,
                "epoch": epoch,
                "seeds": len(seeds),
                "mean_base": float(np.mean([theirs[seed] for seed in seeds])),
                "mean": float(np.mean([ours[seed] for seed in seeds])),
                "difference": mean,
                "low": low,
                "high": high,
                "better": (mean > 0) == OUTCOMES[metric] and mean != 0,
                "primary": primary,
                "p": sign_flip(differences) if primary else math.nan,
                "p_holm": math.nan,
            }
        )
    for dataset in datasets:
        tested = [row for row in rows if row["primary"] and row["dataset"] == dataset]
        for row, p in zip(tested, holm([row["p"] for row in tested]), strict=True):
            row["p_holm"] = p
    return rows


def reversals(rows):
    """List where the ranking of a recipe and its base reverses with training time.

    It does if the interval of their difference lies above zero at one count and below at another.

    Args:
        rows: What `compare` returned.

    Returns:
        A list of dicts: `dataset`, `recipe`, `base`, `metric`, `better_at`, `worse_at`, epochs as a
        list each.
    """
    signs = {}
    for row in rows:
        if row["low"] > 0 or row["high"] < 0:
            key = row["dataset"], row["recipe"], row["base"], row["metric"]
            up = (row["low"] > 0) == OUTCOMES[row["metric"]]
            signs.setdefault(key, ([], []))[0 if up else 1].append(row["epoch"])
    return [
        dict(zip(("dataset", "recipe", "base", "metric"), key, strict=True))
        | {"better_at": better, "worse_at": worse}
        for key, (better, worse) in signs.items()
        if better and worse
    ]


def outcome(row, reversed_pieces):
    """Say of a piece of advice, by its primary row, whether it holds.

    Args:
        row: A row of `compare` that is primary.
        reversed_pieces: (dataset, recipe) of which the primary outcome's ranking reverses.

    Returns:
        `holds`, `fails`, `depends` or `not decidable`.
    """
    if (row["dataset"], row["recipe"]) in reversed_pieces:
        return "depends"
    if row["p_holm"] < SIGNIFICANT:
        return "holds" if row["better"] else "fails"
    return "not decidable"
