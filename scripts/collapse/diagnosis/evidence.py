"""What was measured at a checkpoint, as it is and as other samples of it might be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

# A float, or an array of it, which is that of each draw, and whether something holds: the same
# arithmetic is for both, which a union could not say.
Number = Any
Truth = Any

# Shares of the generated events: another sample holds a binomial number of them.
_COUNTED = frozenset({"window_fraction", "mode_fraction", "non_finite", "outside_support"})

# Standard deviations from which on a value is far from its floor.
_FAR = 2.0


@dataclass(frozen=True)
class Measured:
    """A metric's value beside its floor.

    Attributes:
        value: The value; NaN if it couldn't be measured. An array of draws after `Evidence.draw`.
        error: Its standard error.
        floor: The mean of truth against truth.
        floor_sd: Its standard deviation.
        z: How unlikely so far from the floor is for truth, in standard deviations of a normal
            number; an array if the value is one.
    """

    value: Number
    error: float
    floor: float
    floor_sd: float
    z: Number

    def moved(self, value: Number) -> "Measured":
        """Return the same with another value, whose z goes along with it.

        Far from the floor z is proportional to the distance from it; near it, where z needn't be 0
        at the floor, it moves by the standard deviation.

        >>> round(Measured(0.6, 0.01, 0.5, 0.01, 8.0).moved(0.65).z, 9)
        12.0
        """
        if np.isinf(self.z):
            return replace(self, value=value, z=np.where(value == self.floor, 0.0, self.z))
        off = self.value - self.floor
        if abs(self.z) >= _FAR and off * self.z > 0:
            return replace(self, value=value, z=self.z * (value - self.floor) / off)
        unit = max(self.floor_sd, self.error)
        shift = (value - self.value) / unit if unit else 0.0 * value
        return replace(self, value=value, z=self.z + shift)


@dataclass(frozen=True)
class Region:
    """A box in which events are too few or too many, as `regions.csv` has it.

    Attributes:
        box: The box, as `collapse.metrics.boxes.as_text` writes it.
        real_share: Real events in it.
        generated_share: Generated events in it.
        ratio: The one share over the other; of each draw after `Evidence.draw`, as is `z`.
        z: How unlikely that is for truth, in standard deviations; negative for too few.
        tail: Whether it is all that lies beyond one value of one feature.
        displaced: Whether the events that it lacks are beside it.
        explains: Whether the regions explain what else differs.
        epoch: The epoch count of the checkpoint.
    """

    box: str
    real_share: float
    generated_share: float
    ratio: float
    z: float
    tail: bool
    displaced: bool
    explains: bool
    epoch: int = 0


@dataclass(frozen=True)
class Row:
    """What a row of `metrics.csv` has as evidence; `docs/tables.md` describes the columns."""

    epoch: int
    updates: int
    metric: str
    feature: str
    value: float
    error: float
    floor_mean: float
    floor_sd: float
    z: float


@dataclass(frozen=True)
class Evidence:
    """All that was measured at a checkpoint.

    Attributes:
        measured: (metric, feature) -> `Measured`.
        regions: The checkpoint's regions.
        windows: Window -> its feature.
        sigmas: What a single test must exceed, in standard deviations.
        events: Finite generated events that were measured.
    """

    measured: dict[tuple[str, str], Measured]
    regions: tuple[Region, ...] = ()
    windows: dict[str, str] | None = None
    sigmas: float = 4.0
    events: int = 1000

    @cached_property
    def _by_metric(self) -> dict[str, dict[str, Measured]]:
        found: dict[str, dict[str, Measured]] = {}
        for (metric, feature), m in self.measured.items():
            if not np.isnan(m.value).all():
                found.setdefault(metric, {})[feature] = m
        return found

    def of(self, metric: str) -> dict[str, Measured]:
        """Return feature -> `Measured` of what could be measured of a metric."""
        return self._by_metric.get(metric, {})

    def one(self, metric: str) -> Measured | None:
        """Return the `Measured` of a joint metric, or None."""
        return self.of(metric).get("")

    def critical(self, tests: int = 1) -> float:
        """Return what each of so many tests must exceed, by Bonferroni's correction.

        >>> round(Evidence({}).critical(), 2), round(Evidence({}).critical(60), 2)
        (4.0, 4.88)
        """
        # Not above: figures of verdicts need no SciPy.
        from collapse.metrics.counts import critical

        return critical(self.sigmas, tests)

    def draw(self, rng: np.random.Generator, draws: int) -> "Evidence":
        """Return what so many other samples of the same size would show.

        Its values are arrays: what was measured first, and then the draws. Counts are drawn anew;
        other values are moved by their errors. Nothing is measured again, least of all on events
        drawn with replacement, which repeat themselves.
        """
        measured = {}
        for (metric, feature), m in self.measured.items():
            value = float(m.value)
            if np.isnan(value) or not np.isfinite(m.error):
                measured[metric, feature] = replace(m, value=np.full(draws + 1, value))
                continue
            if metric in _COUNTED:
                found = rng.binomial(self.events, min(max(value, 0.0), 1.0), draws) / self.events
            else:
                found = value + m.error * rng.normal(size=draws)
            measured[metric, feature] = m.moved(np.concatenate([[value], found]))
        regions = tuple(self._drawn_region(rng, region, draws) for region in self.regions)
        return replace(self, measured=measured, regions=regions)

    def _drawn_region(self, rng: np.random.Generator, region: Region, draws: int) -> Region:
        found = rng.binomial(self.events, region.generated_share, draws) / self.events
        ratio = found / region.real_share if region.real_share else np.full(draws, np.inf)
        ratio_each: Number = np.concatenate([[region.ratio], ratio])
        z_each: Number = region.z + np.concatenate([[0.0], rng.normal(size=draws)])
        return replace(region, ratio=ratio_each, z=z_each)


def gather_evidence(
    rows: Iterable[Row], regions: Iterable[Region], windows: Mapping[str, str], sigmas: float,
    events: int
) -> tuple[dict[int, int], list[Evidence]]:  # fmt: skip
    """Gather what was measured at each checkpoint of a run.

    Args:
        rows: Of the run's `metrics.csv`.
        regions: Of its `regions.csv`.
        windows: Window -> its feature.
        sigmas: What a single test must exceed.
        events: Generated events that were measured at each.

    Returns:
        Epoch -> updates, and a list of `Evidence`, both by epoch.
    """
    updates: dict[int, int] = {}
    measured: dict[int, dict[tuple[str, str], Measured]] = {}
    for row in rows:
        updates[row.epoch] = row.updates
        found = Measured(row.value, row.error, row.floor_mean, row.floor_sd, row.z)
        measured.setdefault(row.epoch, {})[row.metric, row.feature] = found
    boxes: dict[int, list[Region]] = {}
    for region in regions:
        boxes.setdefault(region.epoch, []).append(region)
    evidence = []
    for count, of in sorted(measured.items()):
        n = max(round(events * (1 - float(of["non_finite", ""].value))), 1)
        evidence.append(Evidence(of, tuple(boxes.get(count, ())), dict(windows), sigmas, n))
    return dict(sorted(updates.items())), evidence
