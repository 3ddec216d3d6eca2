"""The parts of a run between its counts, from the few events that training traced."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from collapse.diagnosis.course import CAPTURED, PARTS, Trace
from collapse.metrics import neighbours
from collapse.metrics.modes import soft_share
from collapse.metrics.one_dimensional import spread_ratio
from collapse.metrics.truth import K, Truth

# A mode of which the trace's few events should hold fewer is left out: it could be empty by chance.
_LEAST_EXPECTED = 8
# Pairs of real samples of the trace's size, behind its floors.
_PAIRS = 5


class TracedParts:
    """Measures the parts of small sets of events, as of a trace's epochs.

    They are compared with one another only: at this size they differ from those of a checkpoint.

    Args:
        real: Held-out events, float, shape (n, d).
        names: The features' names.
        evaluation: The config's `evaluation`.
        size: Events in a set.
    """

    def __init__(
        self, real: np.ndarray, names: Sequence[str], evaluation: Mapping[str, Any], size: int
    ) -> None:
        rng = np.random.default_rng(0)
        size = min(size, len(real) // 2)
        deals = [rng.permutation(len(real))[: 2 * size] for _ in range(_PAIRS)]
        self._truth = Truth(real[deals[0][:size]], real[:1], names, evaluation)
        self._around = neighbours.radii(self._truth.scaled, (K,))
        found = [self._prdc(real[deal[size:]]) for deal in deals]
        self._floors = {
            name: float(np.mean([prdc[name] for prdc in found])) for name in ("recall", "coverage")
        }
        self._modes = self._truth.modes
        if self._modes:
            expected = self._modes.expected(real)
            self._kept = expected >= _LEAST_EXPECTED / size
            self._expected = expected[self._kept]
        # The standard deviation that a share of so many events has at most.
        self.noise = 0.5 / math.sqrt(size)

    def _prdc(self, generated: np.ndarray) -> dict[str, float]:
        scaled = self._truth.standardise(generated)
        return neighbours.prdc(self._truth.scaled, scaled, (K,), self._around)[0]

    def measure(self, generated: np.ndarray) -> dict[str, float]:
        """Return the parts of one set of shape (size, d), each 1 for truth.

        All but `finite` are 0 where most is not finite.
        """
        kept = generated[np.isfinite(generated).all(axis=1)]
        finite = len(kept) / len(generated)
        if finite <= 0.5:
            return dict.fromkeys(PARTS, 0.0) | {"finite": finite}
        truth = self._truth
        found = self._prdc(kept)
        spreads = map(spread_ratio, truth.real.T, kept.T)
        parts = {
            "covered": min(1.0, *(found[name] / floor for name, floor in self._floors.items())),
            "spread": float(np.nanmin([*spreads, 1.0])),
            "distinct": neighbours.repeats(truth.standardise(kept), truth.within)[1],
            "finite": finite,
        }
        parts["shares"] = parts["captured"] = parts["covered"]
        if self._modes and self._kept.any():
            shares = self._modes.fractions(kept)[self._kept]
            parts["shares"] = soft_share(self._expected, shares)
            parts["captured"] = soft_share(CAPTURED * self._expected, shares)
        return parts


def measure_trace(
    epochs: Iterable[int], sets: Sequence[np.ndarray], real: np.ndarray, names: Sequence[str],
    evaluation: Mapping[str, Any]
) -> Trace:  # fmt: skip
    """Return how good a run was at each traced epoch.

    Args:
        epochs: The traced epochs.
        sets: The events at each, float, shape (size, d).
        real: Held-out events, float, shape (n, d).
        names: The features' names.
        evaluation: The config's `evaluation`.
    """
    parts = TracedParts(real, names, evaluation, len(sets[0]))
    return Trace(list(epochs), [parts.measure(events) for events in sets], parts.noise)
