"""The diagnoses of all runs as tables: verdicts, onset by recipe, survival, and a text to read."""

import warnings
from itertools import groupby

import numpy as np

from collapse.files import read_json, whole, write_csv

VERDICTS = (
    "dataset", "recipe", "seed", "epoch", "updates", "verdict", "kinds", "coverage", "auc",
    "metric", "feature", "value", "floor", "z", "effect", "strength",
)  # fmt: skip
ONSET = (
    "dataset", "recipe", "runs", "collapsed", "fraction", "fraction_low", "fraction_high",
    "recovered", "median_onset", "median_low", "median_high", "last_epoch",
)  # fmt: skip
SURVIVAL = ("dataset", "recipe", "epoch", "survival", "low", "high")
_CONFIDENCE = 0.95


def tabulate(*, diagnoses, verdicts, onset, survival, text):
    """Write the tables of all runs.

    Args:
        diagnoses: Paths of the runs' diagnoses.
        verdicts: Where the verdict of each checkpoint goes, with the numbers that decided it;
            columns `VERDICTS`.
        onset: Where each recipe's fraction of collapsed runs and median onset go; columns `ONSET`.
        survival: Where the share of runs that have not collapsed goes; columns `SURVIVAL`.
        text: Where a table to read goes.
    """
    runs = [read_json(path) for path in diagnoses]
    write_csv(verdicts, VERDICTS, [row for run in runs for row in _verdict_rows(run)])
    by_recipe = {}
    for run in runs:
        by_recipe.setdefault((run["dataset"], run["recipe"]), []).append(run)
    write_csv(onset, ONSET, [(*key, *onset_of(group)) for key, group in by_recipe.items()])
    steps = [
        (*key, *row) for key, group in by_recipe.items() for row in survival_curve(*_times(group))
    ]
    write_csv(survival, SURVIVAL, steps)
    with whole(text) as part:
        part.write_text(readable(runs))


def _verdict_rows(run):
    for checkpoint in run["checkpoints"]:
        found = checkpoint["findings"]
        named = [finding for finding in found if finding["kind"] != "imperfect"]
        first = (named or found or [{}])[0]
        yield [
            "" if cell is None else cell
            for cell in (
                run["dataset"], run["recipe"], run["seed"],
                checkpoint["epoch"], checkpoint["updates"], checkpoint["verdict"],
                " ".join(dict.fromkeys(finding["kind"] for finding in named)),
                checkpoint["coverage"], checkpoint["auc"],
                *(first.get(key) for key in
                  ("metric", "feature", "value", "floor", "z", "effect", "strength")),
            )
        ]  # fmt: skip


def onset_of(runs):
    """Return what `ONSET` has after the recipe, for the runs of one recipe.

    The interval of the fraction is Wilson's; that of the median comes from the survival curve,
    whose runs without an onset are censored at their last count.
    """
    from scipy.stats import binomtest

    times, observed = _times(runs)
    k, n = int(np.sum(observed)), len(runs)
    interval = binomtest(k, n).proportion_ci(_CONFIDENCE, method="wilson")
    curve = survival_curve(times, observed)
    medians = [next((row[0] for row in curve if row[place] <= 0.5), "") for place in (1, 2, 3)]
    recovered = sum(1 for run in runs if run["falls"] and run["falls"][0]["recovery"] is not None)
    last = max(checkpoint["epoch"] for run in runs for checkpoint in run["checkpoints"])
    return (n, k, k / n, float(interval.low), float(interval.high), recovered, *medians, last)


def _times(runs):
    """Return the epoch of each run's first onset, or its last count, and whether it had one."""
    observed = [bool(run["falls"]) for run in runs]
    times = [
        run["falls"][0]["onset"] if fell else run["checkpoints"][-1]["epoch"]
        for run, fell in zip(runs, observed, strict=True)
    ]
    return times, observed


def survival_curve(times, observed):
    """Estimate the share of runs that have not collapsed yet, by Kaplan and Meier (1958).

    Args:
        times: The epoch of each run's onset, or of its last count.
        observed: Whether it was an onset; the others are censored on the right.

    Returns:
        Rows of (epoch, survival, low, high), from epoch 0; the interval is the exponential
        Greenwood one, at 95 %, and everything from 0 to 1 where it can't be told.

    >>> [row[:2] for row in survival_curve([10, 30, 300, 300], [True, True, False, False])]
    [(0, 1.0), (10, 0.75), (30, 0.5), (300, 0.5)]
    """
    from scipy.stats import CensoredData, ecdf

    times, observed = np.asarray(times, float), np.asarray(observed, bool)
    estimate = ecdf(CensoredData(uncensored=times[observed], right=times[~observed])).sf
    rows = [(0, 1.0, 1.0, 1.0)]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # Where all or none have collapsed it can't be told, and is filled below.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = estimate.confidence_interval(_CONFIDENCE, method="log-log")
    bounds = interval.low.probabilities, interval.high.probabilities
    for epoch, share, low, high in zip(
        estimate.quantiles, estimate.probabilities, *bounds, strict=True
    ):
        if share == 1:
            low, high = 1.0, 1.0
        rows.append((int(epoch), float(share), *_known(low, high)))
    return rows


def _known(low, high):
    return float(low) if low == low else 0.0, float(high) if high == high else 1.0


def readable(runs):
    """Return a table to read: a line for each run.

    >>> run = {"dataset": "d", "recipe": "r", "seed": 1, "falls": [], "checkpoints": [
    ...     {"epoch": 1, "verdict": "learning"}, {"epoch": 3, "verdict": "learning"},
    ...     {"epoch": 10, "verdict": "healthy"}]}
    >>> print(readable([run]), end="")
    dataset  recipe  seed  verdicts by epoch          onset  recovery
    d        r       1     1-3 learning, 10 healthy   -      -
    """
    lines = [("dataset", "recipe", "seed", "verdicts by epoch", "onset", "recovery")]
    for run in runs:
        parts = []
        for verdict, group in groupby(run["checkpoints"], key=lambda c: c["verdict"]):
            epochs = [checkpoint["epoch"] for checkpoint in group]
            span = f"{epochs[0]}-{epochs[-1]}" if len(epochs) > 1 else f"{epochs[0]}"
            parts.append(f"{span} {verdict}")
        fall = run["falls"][0] if run["falls"] else None
        lines.append(
            (
                run["dataset"], run["recipe"], str(run["seed"]), ", ".join(parts),
                onset_in_words(fall), str((fall and fall["recovery"]) or "-"),
            )
        )  # fmt: skip
    widths = [max(len(line[i]) for line in lines) for i in range(6)]
    widths[3] += 1
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def onset_in_words(fall):
    """Say when a run fell, and how well that is known.

    >>> onset_in_words({"onset": 8, "low": 3, "high": 10, "placed_by": "trace"})
    '8 (3-10)'
    >>> onset_in_words({"onset": 1, "low": 0, "high": 3, "placed_by": "trace"})
    '1 (before 3)'
    """
    if fall is None:
        return "-"
    bracket = f"{fall['low']}-{fall['high']}" if fall["low"] else f"before {fall['high']}"
    return f"{fall['onset']} ({bracket})"
