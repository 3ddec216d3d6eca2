"""When the runs of a recipe collapse: how many do, by when, and how well that is known."""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from collapse.diagnosis.results import FELL, Run

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Onset:
    """A row of `onset.csv`, a recipe on a dataset; `docs/tables.md` describes the columns."""

    dataset: str
    recipe: str
    runs: int
    collapsed: int
    fraction: float
    fraction_low: float
    fraction_high: float
    recovered: int
    median_onset: int | None
    median_low: int | None
    median_high: int | None
    last_epoch: int
    outcomes: str


@dataclass(frozen=True)
class Survival:
    """A row of `survival.csv`, a step of a recipe's curve, with its interval from low to high."""

    dataset: str
    recipe: str
    epoch: int
    survival: float
    low: float
    high: float


def onset_of(runs: Sequence[Run]) -> Onset:
    """Return how many runs of a recipe collapsed, and when half of them had.

    The interval of the fraction is Wilson's; that of the median comes from the survival curve.
    """
    from scipy.stats import binomtest

    k, n = sum(run.outcome in FELL for run in runs), len(runs)
    interval = binomtest(k, n).proportion_ci(_CONFIDENCE, method="wilson")
    curve = survival_of(runs)
    ended = Counter(run.outcome for run in runs).most_common()
    return Onset(
        dataset=runs[0].dataset, recipe=runs[0].recipe, runs=n, collapsed=k, fraction=k / n,
        fraction_low=float(interval.low), fraction_high=float(interval.high),
        recovered=sum(run.outcome == "recovered" for run in runs),
        median_onset=next((step.epoch for step in curve if step.survival <= 0.5), None),
        median_low=next((step.epoch for step in curve if step.low <= 0.5), None),
        median_high=next((step.epoch for step in curve if step.high <= 0.5), None),
        last_epoch=max(run.last.epoch for run in runs),
        outcomes=", ".join(f"{word} {count}" for word, count in ended),
    )  # fmt: skip


def survival_of(runs: Sequence[Run]) -> list[Survival]:
    """Return the survival curve of a recipe's runs.

    Runs without an onset are censored at their last count.
    """
    times = [run.falls[0].onset if run.falls else run.last.epoch for run in runs]
    observed = [run.outcome in FELL for run in runs]
    return survival_curve(times, observed, runs[0].dataset, runs[0].recipe)


def survival_curve(
    times: Sequence[int], observed: Sequence[bool], dataset: str = "", recipe: str = ""
) -> list[Survival]:
    """Estimate the share of runs that have not collapsed yet, by Kaplan and Meier (1958).

    Args:
        times: The epoch of each run's onset, or of its last count.
        observed: Whether it was an onset; the others are censored on the right.
        dataset: The runs' dataset.
        recipe: Their recipe.

    Returns:
        The steps from epoch 0; the interval is the exponential Greenwood one, at 95 %, and
        everything from 0 to 1 where it can't be told.

    >>> curve = survival_curve([10, 30, 300, 300], [True, True, False, False])
    >>> [(step.epoch, step.survival) for step in curve]
    [(0, 1.0), (10, 0.75), (30, 0.5), (300, 0.5)]
    """
    from scipy.stats import CensoredData, ecdf

    ends, fell = np.asarray(times, float), np.asarray(observed, bool)
    estimate = ecdf(CensoredData(uncensored=ends[fell], right=ends[~fell])).sf
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # Where all or none have collapsed it can't be told, and is filled below.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = estimate.confidence_interval(_CONFIDENCE, method="log-log")
    low, high = interval.low.probabilities, interval.high.probabilities
    certain = estimate.probabilities == 1
    low = np.where(certain, 1.0, np.where(np.isnan(low), 0.0, low))
    high = np.where(certain, 1.0, np.where(np.isnan(high), 1.0, high))
    columns = estimate.quantiles.astype(int), estimate.probabilities, low, high
    steps = zip(*(column.tolist() for column in columns), strict=True)
    start = Survival(dataset, recipe, 0, 1.0, 1.0, 1.0)
    return [start, *(Survival(dataset, recipe, *step) for step in steps)]
