"""The diagnoses of runs as rows of tables."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from collapse.diagnosis.results import Finding, Run

_NONE = Finding("", "", "", math.nan, math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Verdict:
    """A row of `verdicts.csv`, a checkpoint; `docs/tables.md` describes the columns."""

    dataset: str
    recipe: str
    seed: int
    epoch: int
    updates: int
    verdict: str
    trend: str
    certainty: float
    kinds: str
    coverage: float
    auc: float
    metric: str
    feature: str
    value: float
    floor: float
    z: float
    effect: float
    strength: float


@dataclass(frozen=True)
class Outcome:
    """A row of `outcomes.csv`, a run, or one of its falls; `docs/tables.md` describes the columns.

    What a run without a fall doesn't have is None, or empty.
    """

    dataset: str
    recipe: str
    seed: int
    outcome: str
    certainty: float
    since: int | None
    fall: int | None = None
    onset: int | None = None
    low: int | None = None
    high: int | None = None
    placed_by: str = ""
    part: str = ""
    best: float = math.nan
    worst: float = math.nan
    recovery: int | None = None
    onset_certainty: float = math.nan


def verdicts_of(run: Run) -> Iterator[Verdict]:
    """Yield a row for each checkpoint, with the finding that its verdict comes from."""
    for point in run.checkpoints:
        # Those that the verdict comes from are first.
        decided = point.findings[0] if point.findings else _NONE
        known = vars(run) | vars(point) | vars(decided) | {"kinds": " ".join(point.kinds)}
        yield Verdict(**{field.name: known[field.name] for field in fields(Verdict)})


def outcomes_of(run: Run) -> Iterator[Outcome]:
    """Yield a row for each fall, or one for a run that has none."""
    ended = Outcome(run.dataset, run.recipe, run.seed, run.outcome, run.certainty, run.since)
    if not run.falls:
        yield ended
    for number, fall in enumerate(run.falls, start=1):
        known = vars(fall) | {"fall": number, "onset_certainty": fall.certainty}
        yield replace(ended, **known | {"certainty": run.certainty})
