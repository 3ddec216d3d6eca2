"""The diagnosis of a run as records, which are written and read here alone."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from collapse.files import read_json, write_json

# The last word on a run, from the worst to the best; a fault is called by its kind.
OUTCOMES = (
    "diverged", "collapsed", "collapsed from the start", "recovered",
    "growing", "imperfect", "healthy",
)  # fmt: skip
# Those of runs that have collapsed at some time: they have a fall.
FELL = OUTCOMES[:4]


@dataclass(frozen=True)
class Finding:
    """One kind, with the numbers that decided it.

    Attributes:
        kind: Its name, or `imperfect`.
        metric: The metric that decided.
        feature: Its feature, window, mode or region; empty for a joint metric.
        value: Its value.
        floor: The mean of its floor.
        z: How unlikely it is for truth, in standard deviations.
        effect: How large it is, in the units of the strength.
        strength: What the effect had to reach.
    """

    kind: str
    metric: str
    feature: str
    value: float
    floor: float
    z: float
    effect: float
    strength: float


@dataclass(frozen=True)
class Checkpoint:
    """What became of a run by one epoch count.

    Attributes:
        epoch: The epoch count.
        updates: Steps done.
        verdict: The worst kind that holds; `imperfect` or `healthy` without one. Later counts don't
            change it.
        certainty: The probability that other samples of the same size give the same verdict.
        trend: `rising`, `steady` or `falling`, against the run's own past.
        coverage: The lesser of recall and coverage, each over its floor; NaN if not measured.
        auc: The classifier's AUC; NaN if not measured.
        findings: A list of `Finding`, from the worst kind to the least.
    """

    epoch: int
    updates: int
    verdict: str
    certainty: float
    trend: str
    coverage: float
    auc: float
    findings: list[Finding]

    @property
    def kinds(self) -> list[str]:
        """The kinds that hold, from the worst to the least."""
        names = (finding.kind for finding in self.findings if finding.kind != "imperfect")
        return list(dict.fromkeys(names))

    def of(self, kind: str) -> list[Finding]:
        """Return the findings of a kind."""
        return [finding for finding in self.findings if finding.kind == kind]


@dataclass(frozen=True)
class Fall:
    """One fall of a run below what it was, and its end.

    Attributes:
        onset: The epoch at which it fell: of the trace where that tells, else the first count at
            which it had fallen.
        low: The last count at which it had not fallen; 0 if that is before the first count.
        high: The first count at which it had.
        placed_by: `trace`, `counts`, or `start` for a run that never was better.
        part: What fell: `covered`, `shares`, `captured`, `spread`, `distinct`, `finite`, a mode, or
            the verdict of a run that was healthy.
        best: That part before.
        worst: The least of it until it recovered, or until the end.
        recovery: The first count at which it was back, or None.
        certainty: The probability that other samples of the same size show a fall in the same
            bracket.
    """

    onset: int
    low: int
    high: int
    placed_by: str
    part: str
    best: float
    worst: float
    recovery: int | None
    certainty: float

    @property
    def censored(self) -> bool:
        """Whether it fell before the first count, so that no count saw the best."""
        return self.low == 0


@dataclass(frozen=True)
class Run:
    """The diagnosis of a run.

    Attributes:
        dataset: The dataset's name.
        recipe: The recipe's name.
        seed: The run's seed.
        events: Events on each side of a comparison.
        outcome: One of `OUTCOMES`, or the fault that it ended with.
        certainty: The probability that other samples of the same size give the same outcome.
        checkpoints: A list of `Checkpoint`, by epoch.
        falls: A list of `Fall`, in order. There is one if and only if the outcome is in `FELL`.
    """

    dataset: str
    recipe: str
    seed: int
    events: int
    outcome: str
    certainty: float
    checkpoints: list[Checkpoint]
    falls: list[Fall]

    @property
    def first(self) -> Checkpoint:
        """The first checkpoint."""
        return self.checkpoints[0]

    @property
    def last(self) -> Checkpoint:
        """The last checkpoint."""
        return self.checkpoints[-1]

    @property
    def since(self) -> int | None:
        """The first of the counts at which the fault that it ended with holds; None without one.

        >>> points = [Checkpoint(e, e, word, 1.0, "steady", 0.9, 0.6,
        ...                      [Finding(word, "", "", 0.0, 0.0, 9.0, 1.0, 0.1)])
        ...           for e, word in ((1, "tail_cut"), (3, "imperfect"), (10, "tail_cut"))]
        >>> Run("d", "r", 1, 5000, "tail_cut", 1.0, points, []).since
        10
        """
        since = None
        for checkpoint in reversed(self.checkpoints):
            if self.outcome not in checkpoint.kinds:
                break
            since = checkpoint.epoch
        return since

    @property
    def fall(self) -> Fall | None:
        """The first fall, or None."""
        return self.falls[0] if self.falls else None

    def save(self, path: Path | str) -> None:
        """Write the run as JSON, numbers that are not finite as null."""
        tree = asdict(self)
        for fall, record in zip(self.falls, tree["falls"], strict=True):
            record["censored"] = fall.censored
        write_json(path, _plain(tree))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a run that `save` wrote."""
        tree = read_json(path)
        checkpoints = [
            _record(Checkpoint, point, findings=[_record(Finding, f) for f in point["findings"]])
            for point in tree["checkpoints"]
        ]
        falls = [_record(Fall, fall) for fall in tree["falls"]]
        return _record(cls, tree, checkpoints=checkpoints, falls=falls)


def by_recipe(runs: Iterable[Run]) -> dict[tuple[str, str], list[Run]]:
    """Return (dataset, recipe) -> its runs, in the order given."""
    found: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        found.setdefault((run.dataset, run.recipe), []).append(run)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _record(kind: Any, tree: dict[str, Any], **parts: Any) -> Any:
    """Return a record from what was written of it; null is NaN where a float is due."""
    known = {field.name: tree[field.name] for field in fields(kind)} | parts
    for field in fields(kind):
        if field.type is float and known[field.name] is None:
            known[field.name] = math.nan
    return kind(**known)
