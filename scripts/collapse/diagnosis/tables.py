"""The diagnoses of all runs as tables: verdicts, outcomes, onset by recipe, survival, a text."""

import math
import warnings
from collections import Counter
from itertools import groupby

import numpy as np

from collapse.diagnosis.results import FELL, Run
from collapse.files import atomic, write_csv

VERDICTS = (
    "dataset", "recipe", "seed", "epoch", "updates", "verdict", "trend", "certainty", "kinds",
    "coverage", "auc", "metric", "feature", "value", "floor", "z", "effect", "strength",
)  # fmt: skip
OUTCOMES = (
    "dataset", "recipe", "seed", "outcome", "certainty", "since", "fall", "onset", "low", "high",
    "placed_by", "part", "best", "worst", "recovery", "onset_certainty",
)  # fmt: skip
ONSET = (
    "dataset", "recipe", "runs", "collapsed", "fraction", "fraction_low", "fraction_high",
    "recovered", "median_onset", "median_low", "median_high", "last_epoch", "outcomes",
)  # fmt: skip
SURVIVAL = ("dataset", "recipe", "epoch", "survival", "low", "high")
_CONFIDENCE = 0.95


def tabulate_diagnosis(*, diagnoses, verdicts, outcomes, onset, survival, text):
    """Write the tables of all runs.

    Args:
        diagnoses: Paths of the runs' diagnoses.
        verdicts: Where the verdict of each checkpoint goes, with the numbers that decided it;
            columns `VERDICTS`.
        outcomes: Where the outcome of each run and all its falls go; columns `OUTCOMES`.
        onset: Where each recipe's fraction of collapsed runs and median onset go; columns `ONSET`.
        survival: Where the share of runs that have not collapsed goes; columns `SURVIVAL`.
        text: Where a table to read goes.
    """
    runs = [Run.load(path) for path in diagnoses]
    write_csv(verdicts, VERDICTS, [row for run in runs for row in _verdict_rows(run)])
    write_csv(outcomes, OUTCOMES, [row for run in runs for row in _outcome_rows(run)])
    by_recipe = {}
    for run in runs:
        by_recipe.setdefault((run.dataset, run.recipe), []).append(run)
    write_csv(onset, ONSET, [(*key, *onset_of(group)) for key, group in by_recipe.items()])
    steps = [
        (*key, *row) for key, group in by_recipe.items() for row in survival_curve(*_times(group))
    ]
    write_csv(survival, SURVIVAL, steps)
    with atomic(text) as part:
        part.write_text(readable(runs))


def _verdict_rows(run):
    for c in run.checkpoints:
        # Those that the verdict comes from are first.
        decided = vars(c.findings[0]) if c.findings else {}
        numbers = ("metric", "feature", "value", "floor", "z", "effect", "strength")
        yield [
            _cell(value)
            for value in (
                run.dataset, run.recipe, run.seed, c.epoch, c.updates, c.verdict, c.trend,
                c.certainty, " ".join(c.kinds), c.coverage, c.auc,
                *(decided.get(key, "") for key in numbers),
            )
        ]  # fmt: skip


def _outcome_rows(run):
    named = run.dataset, run.recipe, run.seed, run.outcome, run.certainty, run.since
    for i, fall in enumerate(run.falls or [None], start=1):
        found = [""] * 10
        if fall is not None:
            found = [
                i, fall.onset, fall.low, fall.high, fall.placed_by, fall.part, fall.best,
                fall.worst, fall.recovery, fall.certainty,
            ]  # fmt: skip
        yield [_cell(value) for value in (*named, *found)]


def _cell(value):
    missing = value is None or (isinstance(value, float) and not math.isfinite(value))
    return "" if missing else value


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
    recovered = sum(run.outcome == "recovered" for run in runs)
    last = max(run.last.epoch for run in runs)
    ended = Counter(run.outcome for run in runs).most_common()
    words = ", ".join(f"{word} {count}" for word, count in ended)
    spread = float(interval.low), float(interval.high)
    return (n, k, k / n, *spread, recovered, *medians, last, words)


def _times(runs):
    """Return the epoch of each run's first onset, or its last count, and whether it had one."""
    observed = [run.outcome in FELL for run in runs]
    times = [run.falls[0].onset if run.falls else run.last.epoch for run in runs]
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

    >>> from collapse.diagnosis.results import Checkpoint, Run
    >>> points = [Checkpoint(epoch, 10 * epoch, verdict, 1.0, "steady", 0.9, 0.5, [])
    ...           for epoch, verdict in ((1, "imperfect"), (3, "imperfect"), (10, "healthy"))]
    >>> print(readable([Run("d", "r", 1, 5000, "healthy", 0.97, points, [])]), end="")
    dataset  recipe  seed  verdicts by epoch           outcome  certainty  onset  recovery
    d        r       1     1-3 imperfect, 10 healthy   healthy  0.97       -      -
    """
    lines = [
        (
            "dataset", "recipe", "seed", "verdicts by epoch", "outcome", "certainty", "onset",
            "recovery",
        )
    ]  # fmt: skip
    for run in runs:
        parts = []
        for verdict, group in groupby(run.checkpoints, key=lambda c: c.verdict):
            epochs = [checkpoint.epoch for checkpoint in group]
            span = f"{epochs[0]}-{epochs[-1]}" if len(epochs) > 1 else f"{epochs[0]}"
            parts.append(f"{span} {verdict}")
        onsets = ", ".join(onset_in_words(fall) for fall in run.falls)
        onsets = onsets or (f"since {run.since}" if run.since is not None else "-")
        back = ", ".join(str(fall.recovery or "-") for fall in run.falls) or "-"
        lines.append(
            (
                run.dataset, run.recipe, str(run.seed), ", ".join(parts), run.outcome,
                f"{run.certainty:.2f}", onsets, back,
            )
        )  # fmt: skip
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    widths[3] += 1
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def onset_in_words(fall):
    """Say when a run fell, and how well that is known.

    >>> from collapse.diagnosis.results import Fall
    >>> onset_in_words(Fall(8, 3, 10, "trace", "covered", 0.9, 0.1, None, 1.0))
    '8 (3-10)'
    >>> onset_in_words(Fall(1, 0, 3, "trace", "covered", 0.9, 0.1, None, 1.0))
    '1 (before 3)'
    >>> onset_in_words(Fall(1, 0, 1, "start", "covered", 0.1, 0.1, None, 1.0))
    'from the start'
    """
    if fall.placed_by == "start":
        return "from the start"
    bracket = f"{fall.low}-{fall.high}" if fall.low else f"before {fall.high}"
    return f"{fall.onset} ({bracket})"
