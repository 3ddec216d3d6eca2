"""The two sides of a comparison, each part computed once, when it is first needed."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from collapse.metrics import (
    bins,
    correlation,
    kernels,
    neighbours,
    relations,
    sliced,
    support,
    units,
)
from collapse.metrics.comparison import LEAST_EVENTS, thinned
from collapse.metrics.modes import Mixture, Windows, modes_of, windows_of
from collapse.metrics.standardise import gaussianise, robust_scale, standardise

K, K_PAPER = 5, 3
# Events that shares, extremes and copies are looked up among, at most.
MOST_EVENTS = 200_000
# Halves of the generated events from which the errors of their quantiles come.
_HALVES = 16


def derived_of(settings: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return which columns are derived from the others.

    >>> derived_of({"derived": {"mass": {}, "of others": {}}}, ["pt", "mass"])
    ['mass']
    """
    return [name for name in names if name in settings.get("derived", {})]


class Population:
    """All real events, for what few of them would say badly: shares of windows, and extremes.

    Args:
        events: float, shape (n, d), finite; may be memory-mapped. Of many some are looked at,
            evenly spread.
        names: The features' names, in column order.
        settings: The config's `evaluation`.
    """

    def __init__(
        self, events: np.ndarray, names: Sequence[str], settings: Mapping[str, Any]
    ) -> None:
        events = thinned(events, MOST_EVENTS)
        self.size = len(events)
        self.columns = np.sort(events, axis=0).T.copy()
        self.low, self.high = self.columns[:, 0], self.columns[:, -1]
        self.mean = self.columns.mean(axis=1, dtype=np.float64)
        self.sd = self.columns.std(axis=1, dtype=np.float64)
        windows = windows_of(settings, names)
        self.in_windows = windows.fractions(events) if windows else np.empty(0)


class Truth:
    """The real side of every comparison.

    Args:
        real: Held-out events, float, shape (n, d), finite.
        memory: Training events, float, shape (k, d), k at most n: the cells of NDB are made from
            them, and memorisation asks whether generated events are near them.
        names: The columns' names in their order: features, then derived columns.
        settings: The config's `evaluation`; of it `windows`, `modes`, `least_mode_share`, `folds`,
            `derived`. Distances and correlations are of the features alone.
        population: All real events, a `Population`; by default `real` alone.
        training: More training events, which generated ones may be copies of; by default `memory`.
    """

    def __init__(
        self, real: np.ndarray, memory: np.ndarray, names: Sequence[str],
        settings: Mapping[str, Any], population: Population | None = None,
        training: np.ndarray | None = None
    ) -> None:  # fmt: skip
        self.real, self.memory = np.asarray(real), np.asarray(memory)
        self.names, self.settings = list(names), settings
        self.learnt = len(self.names) - len(derived_of(settings, self.names))
        self.features = self.real[:, : self.learnt]
        self.population = population or Population(self.real, self.names, settings)
        self._training = self.memory if training is None else training
        self.modes: Mixture | Windows | None = modes_of(settings, self.names)
        self.windows: Windows | None = windows_of(settings, self.names)

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Return the features of events in robust standard deviations of the real sample."""
        return standardise(values[:, : self.learnt], *self._scale)

    @cached_property
    def _scale(self) -> tuple[np.ndarray, np.ndarray]:
        return robust_scale(self.features)

    @cached_property
    def scaled(self) -> np.ndarray:
        """The real events, standardised."""
        return self.standardise(self.real)

    @cached_property
    def scaled_memory(self) -> np.ndarray:
        """The training events, standardised."""
        return self.standardise(self.memory)

    @cached_property
    def columns(self) -> np.ndarray:
        """The real events, each feature sorted."""
        return np.sort(self.features, axis=0)

    @cached_property
    def normal(self) -> np.ndarray:
        """The real events by their own ranks."""
        return gaussianise(self.columns, self.features)

    @cached_property
    def projections(self) -> np.ndarray:
        """The real events in random directions."""
        return sliced.project(self.scaled)

    @cached_property
    def correlations(self) -> np.ndarray:
        """Spearman's coefficients of the real events."""
        return correlation.spearman(self.features)

    @cached_property
    def scale(self) -> float:
        """The median distance of real events."""
        return kernels.median_distance(self.scaled)

    @cached_property
    def pairs(self) -> tuple[float, float]:
        """The means over pairs of real events."""
        return kernels.pair_means(self.scaled, None, self.scale)

    @cached_property
    def radii(self) -> np.ndarray:
        """The balls around real events."""
        return neighbours.radii(self.scaled, (K_PAPER, K))

    @cached_property
    def within(self) -> float:
        """The distance within which two events are the same one."""
        gap = neighbours.typical_gap(self.scaled)
        return neighbours.same_within(gap, self.scaled.shape[1])

    @cached_property
    def scaled_training(self) -> np.ndarray:
        """The training events that generated ones may be copies of, standardised."""
        return self.standardise(np.asarray(self._training))

    @cached_property
    def relations(self) -> relations.Relations:
        """The relations between features that training events obey."""
        return relations.Relations(self._training[:, : self.learnt], self.features)

    @cached_property
    def cells(self) -> np.ndarray:
        """The bins of NDB."""
        return bins.cells(self.scaled_memory)


class Sample:
    """The generated side of a comparison.

    Args:
        truth: The real side.
        generated: float, shape (m, d). Events that are not finite are counted and left out.
        seed: Of the classifier.

    Attributes:
        events: The finite events.
        size: How many events there are, finite or not.
        finite: The share of them that is finite.
    """

    def __init__(self, truth: Truth, generated: np.ndarray, seed: int = 0) -> None:
        finite = np.isfinite(generated).all(axis=1)
        self.truth, self.seed = truth, seed
        self.events, self.size = generated[finite], len(generated)
        self.features = self.events[:, : truth.learnt]
        self.finite = float(finite.mean())

    @property
    def measurable(self) -> bool:
        """Whether enough events are finite."""
        return len(self.events) >= LEAST_EVENTS

    @cached_property
    def scaled(self) -> np.ndarray:
        """The events, standardised as the real ones."""
        return self.truth.standardise(self.events)

    @cached_property
    def projections(self) -> np.ndarray:
        """The events in the same random directions."""
        return sliced.project(self.scaled)

    @cached_property
    def reached(self) -> np.ndarray:
        """Which real events are within the generated extremes of all features."""
        low, high = self.events.min(axis=0), self.events.max(axis=0)
        return ((self.truth.real >= low) & (self.truth.real <= high)).all(axis=1)

    @cached_property
    def real_within(self) -> np.ndarray:
        """The real events within the generated extremes; all of them if none is."""
        return self.truth.real[self.reached] if self.reached.any() else self.truth.real

    @cached_property
    def outside(self) -> np.ndarray:
        """Where events lie outside of all real ones, shape (m, d)."""
        return support.outside(self.events, self.truth.population.low, self.truth.population.high)

    @cached_property
    def recognised(self) -> units.Units | None:
        """The units that the events are in, if these are not the real ones."""
        real = self.truth.population
        numbers = (side[: self.truth.learnt] for side in (real.low, real.high, real.mean, real.sd))
        return units.recognise(self.truth.features, self.features, *numbers)

    @cached_property
    def way_back(self) -> tuple[np.ndarray, np.ndarray]:
        """What brings each column to the real place and width: a factor and an offset."""
        if not self.recognised:
            return units.straight_line(self.truth.real, self.events)
        # Derived columns follow from the features.
        derived = len(self.truth.names) - self.truth.learnt
        factor, offset = self.recognised.factor, self.recognised.offset
        return np.append(factor, np.ones(derived)), np.append(offset, np.zeros(derived))

    @cached_property
    def by_mode(self) -> dict[str, float]:
        """What the known modes measure, by the metrics' names."""
        return self.truth.modes.measure(self.truth.real, self.events) if self.truth.modes else {}

    @cached_property
    def pairs(self) -> tuple[float, float]:
        """The energy distance and the squared MMD."""
        truth = self.truth
        return kernels.energy_and_mmd(truth.scaled, self.scaled, truth.scale, truth.pairs)

    @cached_property
    def prdc(self) -> dict[int, dict[str, float]]:
        """Precision, recall, density and coverage for each number of neighbours."""
        ks = (K_PAPER, K)
        found = neighbours.prdc(self.truth.scaled, self.scaled, ks, self.truth.radii)
        return dict(zip(ks, found, strict=True))

    @cached_property
    def repeats(self) -> tuple[float, float]:
        """The share of events that is repeated, and that of different ones."""
        return neighbours.repeats(self.scaled, self.truth.within)

    @cached_property
    def halves(self) -> list[np.ndarray]:
        """Places of halves of the events, drawn without replacement.

        A half of a sample varies about the whole as much as the whole does about its source.
        """
        rng, size = np.random.default_rng(0), len(self.events)
        return [rng.permutation(size)[: size // 2] for _ in range(_HALVES)]
