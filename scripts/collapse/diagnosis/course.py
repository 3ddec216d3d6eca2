"""The course of a run: how good each part of it was, when it fell and came back, how it ended.

What a GAN does well is a vector. Learning trades its parts against one another; a collapse loses
some and gains none. So a fall is a loss of one part without a gain of another, against any earlier
count, and not a threshold that one number crosses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from collapse.diagnosis.evidence import Evidence
from collapse.diagnosis.kinds import COLLAPSES, INPUTS, KINDS, VERDICTS
from collapse.diagnosis.results import Fall
from collapse.metrics.counts import critical

# Each part is 1 for truth. `shares` is the mean of what the modes hold of their share; a mode that
# has a quarter of it is full in `captured`, as those of a generator that is still coarse are.
PARTS = ("covered", "shares", "captured", "spread", "distinct", "finite")
# A part has fallen if it lost this much, significantly, while no other has gained that much. It is
# back once it lacks less than `_BACK`.
_LOST, _GAINED, _BACK = 0.2, 0.1, 0.1
_SIGMAS = 4.0
# Where one of these fell, the others follow from it.
_CAUSES = ("finite", "distinct", "spread")
# Nothing makes up for a spread below this, and so small a share of distinct events covers nothing.
_NOTHING, _FEW = 0.1, 0.25
# A mode that held more than this of its share and holds less than that is lost.
_HELD, CAPTURED = 0.5, 0.25
# What never reached this was never covered.
_COVERED = 0.3
# Trends: parts that change by this, the AUC by that; a spread near nothing that doubles grows.
_CHANGED, _AUC, _DOUBLED = 0.1, 0.05, 2.0
_HEALTHY = VERDICTS.index("healthy")
_FAULTS = {VERDICTS.index(kind.name) for kind in KINDS if not kind.adds}
_INPUTS = {VERDICTS.index(name) for name in INPUTS}
_DIVERGED = VERDICTS.index("diverged")
_EMPTY = {"diverged", *COLLAPSES, *(kind.name for kind in KINDS if kind.empties)}

# Epochs, and something at each.
Traced = tuple[Sequence[int], Sequence[float]]


@dataclass(frozen=True)
class Trace:
    """How good a run was between its counts, by the few events that training traced.

    Attributes:
        epochs: The traced epochs, increasing.
        parts: `PARTS` at each, which are compared with one another only.
        noise: The standard deviation of what is covered.
    """

    epochs: Sequence[int]
    parts: Sequence[Mapping[str, float]]
    noise: float

    def of(self, part: str) -> Traced:
        """Return the epochs and a part at each; for a mode or a verdict the modes' shares."""
        name = part if part in PARTS else "shares"
        return self.epochs, [parts[name] for parts in self.parts]


@dataclass(frozen=True)
class State:
    """How good a run was at each of its counts.

    Attributes:
        counts: The epoch counts, increasing.
        parts: `PARTS` at each, float, shape (counts, parts); NaN for what isn't known.
        noise: Their standard deviations.
        modes: The share of each mode over the real one, float, shape (counts, modes).
        mode_noise: Their standard deviations.
        recall: The recall over its floor, float, shape (counts,).
        auc: The classifier's AUC at each; NaN where not measured.
        auc_noise: Its standard deviation.
        narrowest: The least spread ratio, which may be far below 1, float, shape (counts,).
        verdicts: Places in `VERDICTS`, int, shape (counts,).
        mode_names: The modes' names.
    """

    counts: tuple[int, ...]
    parts: np.ndarray
    noise: np.ndarray
    modes: np.ndarray
    mode_noise: np.ndarray
    recall: np.ndarray
    auc: np.ndarray
    auc_noise: np.ndarray
    narrowest: np.ndarray
    verdicts: np.ndarray
    mode_names: tuple[str, ...] = ()


def parts_of(evidence: Evidence) -> dict[str, np.ndarray]:
    """Return how good a checkpoint is, part by part, from what was measured, drawn or not.

    They are arrays by their names in `State`, but with the shape () or (draws + 1,) in the counts'
    place.
    """
    shape = np.shape(evidence.of("non_finite")[""].value)
    unknown, certain = np.full(shape, np.nan), np.zeros(shape)
    parts, noise = dict.fromkeys(PARTS, unknown), dict.fromkeys(PARTS, certain)
    covered, distinct = evidence.one("covered"), evidence.one("distinct")
    if covered is not None:
        parts["covered"], noise["covered"] = np.clip(covered.value, 0, 1), certain + covered.error
    shares, errors = _mode_shares(evidence, shape)
    if len(shares):
        parts["shares"], noise["shares"] = _mean(np.minimum(shares, 1), errors)
        short = np.where(shares < CAPTURED, errors / CAPTURED, 0.0)
        parts["captured"], noise["captured"] = _mean(np.minimum(shares / CAPTURED, 1), short)
    spreads = evidence.of("spread_ratio").values()
    # A point covers nothing, whichever window it happens to lie in; nor do a few repeated events.
    point, narrowest = np.zeros(shape, bool), unknown
    if spreads:
        ratios = np.array([m.value for m in spreads])
        own = np.array([np.broadcast_to(m.error, shape) for m in spreads])
        narrowest, point = np.maximum(ratios.min(axis=0), 0), ratios.max(axis=0) < _NOTHING
        parts["spread"] = np.clip(narrowest, 0, 1)
        noise["spread"] = np.take_along_axis(own, ratios.argmin(axis=0)[None], axis=0)[0]
    if distinct is not None and distinct.floor:
        parts["distinct"] = np.clip(distinct.value / distinct.floor, 0, 1)
        noise["distinct"] = certain + distinct.error / distinct.floor
        point = point | (np.nan_to_num(parts["distinct"], nan=1.0) < _FEW)
    for name in ("covered", "shares", "captured"):
        parts[name] = np.where(point & ~np.isnan(parts[name]), 0.0, parts[name])
    parts["finite"] = 1 - evidence.of("non_finite")[""].value
    # Nothing is left of what has diverged.
    gone = parts["finite"] <= 0
    for name in PARTS[:-1]:
        lost = gone | (np.isnan(parts[name]) & (parts["finite"] < 0.5))
        parts[name] = np.where(lost, 0.0, parts[name])
    recall, auc = evidence.one("recall"), evidence.one("auc")
    return {
        "parts": np.stack([parts[name] for name in PARTS], axis=-1),
        "noise": np.stack([noise[name] for name in PARTS], axis=-1),
        "modes": np.moveaxis(np.where(point, 0.0, shares), 0, -1),
        "mode_noise": np.moveaxis(errors, 0, -1),
        "recall": recall.value / recall.floor if recall is not None else unknown,
        "auc": auc.value if auc is not None else unknown,
        "auc_noise": certain + (auc.error if auc is not None else 0.0),
        "narrowest": narrowest,
    }


def _mode_shares(evidence: Evidence, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of each mode over the real one, and its error: float, (modes, *shape)."""
    found = [*evidence.of("mode_fraction").values(), *evidence.of("window_fraction").values()]
    modes = [m for m in found if m.floor]
    shares = np.array([m.value / m.floor for m in modes]).reshape(-1, *shape)
    errors = np.array([np.broadcast_to(m.error / m.floor, shape) for m in modes])
    return shares, errors.reshape(-1, *shape)


def _mean(values: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return values.mean(axis=0), np.sqrt((errors**2).sum(axis=0)) / len(values)


def fallen_below(state: State, earlier: int, later: int) -> str | None:
    """Say which part, mode or verdict fell from the place of a count to that of a later one."""
    if state.verdicts[later] == _DIVERGED:
        return None if state.verdicts[earlier] == _DIVERGED else "finite"
    lost, down = _lost(state, earlier, later)
    gained, spread = (-lost >= _GAINED).any(), PARTS.index("spread")
    nothing = down[spread] and state.parts[later, spread] < _NOTHING
    if down.any() and (not gained or nothing):
        named = next((name for name in _CAUSES if down[PARTS.index(name)]), None)
        return named or PARTS[int(np.nanargmax(np.where(down, lost, -np.inf)))]
    if state.verdicts[earlier] == _HEALTHY and state.verdicts[later] in _FAULTS:
        return VERDICTS[state.verdicts[later]]
    return _lost_mode(state, earlier, later)


def _lost(state: State, earlier: int, later: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what was lost of each part, and whether that is much and significant."""
    lost = state.parts[earlier] - state.parts[later]
    noise = np.hypot(state.noise[earlier], state.noise[later])
    return lost, (lost >= _LOST) & (lost >= _SIGMAS * noise)


def _lost_mode(state: State, earlier: int, later: int) -> str | None:
    before, after = state.modes[earlier], state.modes[later]
    if not before.size or state.recall[later] >= state.recall[earlier] + _GAINED:
        return None
    noise = np.hypot(state.mode_noise[earlier], state.mode_noise[later])
    # Of so many modes and pairs of counts until then each is a test.
    pairs = later * (later + 1) / 2
    least = critical(_SIGMAS, before.size * pairs)
    lost = (before > _HELD) & (after < CAPTURED) & (before - after >= least * noise)
    # One that is lost for one that is found is a trade.
    found = (after > _HELD) & (before < CAPTURED)
    return state.mode_names[int(lost.argmax())] if lost.sum() > found.sum() else None


def _is_back(state: State, reference: int, fallen_at: int, now: int) -> bool:
    """Return whether what a run had lost at a count is there again."""
    if state.verdicts[now] == _DIVERGED:
        return False
    _, down = _lost(state, reference, fallen_at)
    missing = state.parts[reference] - state.parts[now]
    leeway = np.maximum(_BACK, 2 * np.hypot(*state.noise[[reference, now]]))
    if (down & (missing > leeway)).any():
        return False
    if state.verdicts[reference] == _HEALTHY and state.verdicts[now] in _FAULTS:
        return False
    return fallen_below(state, reference, now) is None


def find_falls(state: State) -> list[Fall]:
    """Find where a run fell below what it was at an earlier count, and where it came back.

    The untrained generator, at epoch 0, was never better: it has not learnt anything to lose.
    Events in other units tell nothing of the run.

    Returns:
        The falls in order, placed by the counts; a single one, placed by `start`, of a run that
        never was better.
    """
    trained = [i for i, count in enumerate(state.counts) if count > 0]
    trained = trained or list(range(len(state.counts)))
    trained = [i for i in trained if state.verdicts[i] not in _INPUTS]
    if not trained:
        return []
    found, begun, first = [], None, 0
    for place, now in enumerate(trained):
        if begun is None:
            # The best to fall from is since the last recovery.
            parts = [(i, fallen_below(state, i, now)) for i in trained[first:place]]
            lost = [(i, part) for i, part in parts if part is not None]
            if lost:
                reference, part = max(lost, key=lambda entry: _course(state, entry[1])[entry[0]])
                begun = reference, now, part, state.counts[trained[place - 1]]
        elif _is_back(state, begun[0], begun[1], now):
            found.append(_fall(state, *begun, end=now))
            begun, first = None, place
    if begun is not None:
        found.append(_fall(state, *begun))
    if not found and _never_covered(state, trained):
        at = trained[0]
        part = PARTS[int(np.nanargmin(state.parts[at]))]
        found = [_fall(state, at, at, part, low=0, placed_by="start")]
    return found


def _fall(
    state: State, reference: int, at: int, part: str, low: int, end: int | None = None,
    placed_by: str = "counts",
) -> Fall:  # fmt: skip
    course, high = _course(state, part), state.counts[at]
    return Fall(
        onset=high, low=low, high=high, placed_by=placed_by, part=part,
        best=float(course[reference]), worst=float(np.nanmin(course[at:end])),
        recovery=None if end is None else state.counts[end], certainty=1.0,
    )  # fmt: skip


def _course(state: State, part: str) -> np.ndarray:
    """Return what fell, at each count: a part, a mode, or what is covered for a verdict."""
    if part in PARTS:
        return state.parts[:, PARTS.index(part)]
    if part in state.mode_names:
        return state.modes[:, state.mode_names.index(part)]
    covered = state.parts[:, PARTS.index("covered")]
    return np.where(np.isnan(covered), np.nanmin(state.parts, axis=1), covered)


def _never_covered(state: State, trained: list[int]) -> bool:
    """Whether a run never covered anything to speak of, does not come to, and ends collapsed."""
    last = trained[-1]
    if (state.verdicts[trained] == _DIVERGED).all():
        return True
    least = np.nanmin(state.parts[trained], axis=1)
    ended = VERDICTS[state.verdicts[last]] in _EMPTY
    return bool(least.max() < _COVERED) and ended and trend(state, last) != "rising"


def trend(state: State, place: int) -> str:
    """Say whether a run is better or worse at a place than when it was trained half as long.

    It is `rising`, `steady` or `falling`; `steady` at the first count.
    """
    halves = [i for i in range(place) if 2 * state.counts[i] <= state.counts[place]]
    if not place:
        return "steady"
    half = halves[-1] if halves else 0
    if fallen_below(state, half, place) is not None:
        return "falling"
    change = state.parts[place] - state.parts[half]
    noise = np.hypot(state.noise[place], state.noise[half])
    # Parts that don't move at all are no evidence, and unknown ones neither.
    up = (change >= _CHANGED) & (change >= _SIGMAS * noise)
    down = (-change >= _CHANGED) & (-change >= _SIGMAS * noise)
    auc = state.auc[half] - state.auc[place]
    auc_noise = np.hypot(state.auc_noise[half], state.auc_noise[place])
    told = auc >= max(_AUC, _SIGMAS * auc_noise)
    narrow, wide = state.narrowest[half], state.narrowest[place]
    grown = wide >= _DOUBLED * narrow and wide < 2 * _NOTHING and wide > 0
    if (up.any() or told or grown) and not down.any():
        return "rising"
    if down.any() and not up.any():
        return "falling"
    return "steady"


def outcome_of(state: State, falls: Sequence[Fall]) -> str:
    """Say in a word how a run with such falls ended.

    It is one of `collapse.diagnosis.results.OUTCOMES`, or the kind of fault that holds at the end.
    """
    last = len(state.counts) - 1
    verdict = VERDICTS[state.verdicts[last]]
    if verdict in INPUTS:
        return verdict
    if falls:
        end = falls[-1]
        if end.recovery is not None:
            return "recovered"
        if verdict == "diverged":
            return verdict
        return "collapsed from the start" if end.placed_by == "start" else "collapsed"
    if verdict in {"imperfect", "healthy"}:
        return verdict
    return "growing" if trend(state, last) == "rising" else verdict


def place_onset(low: int, high: int, trace: Traced) -> tuple[int, str]:
    """Place a fall between two counts by what was traced of the part between them.

    Returns:
        The epoch, and `trace` or `counts`.

    >>> place_onset(10, 100, ([10, 20, 40, 100], [0.9, 0.9, 0.3, 0.2]))
    (40, 'trace')
    """
    inside = [(epoch, c) for epoch, c in zip(*trace, strict=True) if low <= epoch <= high]
    # The trace must show the fall too: its events are fewer.
    if len(inside) < 3 or inside[-1][1] >= inside[0][1] - _BACK:
        return high, "counts"
    best = max(c for epoch, c in inside if epoch > 0)
    middle = (best + inside[-1][1]) / 2
    below = inside[-1][0]
    for epoch, c in reversed(inside):
        if c > middle:
            break
        below = epoch
    return below, "trace"


def early_fall(counts: Sequence[int], trace: Traced, noise: float) -> Fall | None:
    """Return a fall of what the traced events covered before the first count, or None.

    A beginning that a later count betters was not high: the run was learning. Nor was the untrained
    generator.

    Args:
        counts: The epoch counts.
        trace: Epochs, and the coverage of the traced events at each.
        noise: The standard deviation of that.
    """
    inside = [(epoch, c) for epoch, c in zip(*trace, strict=True) if 0 < epoch <= counts[0]]
    if len(inside) < 2:
        return None
    margin = max(_LOST, _SIGMAS * 2**0.5 * noise)
    best, end = max(c for _, c in inside), inside[-1][1]
    later = [c for epoch, c in zip(*trace, strict=True) if epoch in counts[1:]]
    if end > best - margin or any(c > best - _BACK for c in later):
        return None
    epochs, traced = zip(*inside, strict=True)
    onset, _ = place_onset(epochs[0], counts[0], (epochs, traced))
    return Fall(onset, 0, counts[0], "trace", "covered", best, end, None, certainty=1.0)
