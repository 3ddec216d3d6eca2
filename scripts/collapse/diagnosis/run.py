"""The diagnosis of a run: a verdict for each checkpoint, falls and recoveries, the outcome."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from collapse.diagnosis import course
from collapse.diagnosis.course import State, Trace
from collapse.diagnosis.evidence import Evidence
from collapse.diagnosis.results import FELL, Checkpoint, Fall, Run
from collapse.diagnosis.verdicts import DRAWS, Judgement, judge


def diagnose_run(
    counts: Sequence[int], updates: Sequence[int], evidence: Sequence[Evidence],
    strengths: Mapping[str, float], least_mode_share: float, trace: Trace | None = None,
    draws: int = DRAWS, **named: Any
) -> Run:  # fmt: skip
    """Diagnose a run from what was measured at its checkpoints.

    Args:
        counts: The epoch counts, increasing.
        updates: The steps done at each.
        evidence: An `Evidence` for each.
        strengths: Kind -> strength.
        least_mode_share: The share of its real fraction below which a mode is missing.
        trace: How good it was between the counts, or None.
        draws: Draws of other samples of the same size.
        named: `dataset`, `recipe`, `seed` and `events` of the `Run`.
    """
    # Drawn by the count, so that other counts change nothing.
    said = [
        judge(e, strengths, least_mode_share, seed=count, draws=draws)
        for count, e in zip(counts, evidence, strict=True)
    ]
    states = _states(counts, evidence, said, draws)
    found = [course.find_falls(state) for state in states]
    early = _early(counts, found[0], trace)
    if early is not None:
        # The trace alone shows it, so that no draw of the counts' samples could say otherwise.
        found = [[early, *(f for f in falls if f.placed_by != "start")] for falls in found]
    outcomes = [course.outcome_of(state, falls) for state, falls in zip(states, found, strict=True)]
    falls = []
    for fall in found[0] if outcomes[0] in FELL else []:
        certainty = float(np.mean([_same(fall, other) for other in found[1:]]))
        falls.append(replace(_placed(fall, trace), certainty=certainty))
    trends = [course.trend(states[0], place) for place in range(len(counts))]
    each = zip(counts, updates, said, trends, evidence, strict=True)
    checkpoints = [
        Checkpoint(
            epoch=count, updates=steps, verdict=judged.verdict, certainty=judged.certainty,
            trend=trend, coverage=_value(e, "covered"), auc=_value(e, "auc"),
            findings=judged.findings,
        )
        for count, steps, judged, trend, e in each
    ]  # fmt: skip
    certainty = float(np.mean([other == outcomes[0] for other in outcomes[1:]]))
    return Run(
        **named, outcome=outcomes[0], certainty=certainty, checkpoints=checkpoints, falls=falls
    )


def _value(evidence: Evidence, metric: str) -> float:
    m = evidence.one(metric)
    return math.nan if m is None else float(m.value)


def _states(
    counts: Sequence[int], evidence: Sequence[Evidence], said: Sequence[Judgement], draws: int
) -> list[State]:
    """Return the `State` of the run as measured, and of each draw."""
    drawn = [
        course.parts_of(e.draw(np.random.default_rng(count), draws))
        for count, e in zip(counts, evidence, strict=True)
    ]
    modes = (e.of("mode_fraction") | e.of("window_fraction") for e in evidence)
    names = next((tuple(n for n, m in found.items() if m.floor) for found in modes if found), ())
    stacked = {"verdicts": np.stack([judged.drawn for judged in said], axis=1)}
    for key in drawn[0]:
        arrays = [d[key] for d in drawn]
        if key in {"modes", "mode_noise"}:
            # A diverged checkpoint has none.
            arrays = [a if a.shape[-1] else np.zeros((draws + 1, len(names))) for a in arrays]
        stacked[key] = np.stack(arrays, axis=1)
    each = ({key: array[k] for key, array in stacked.items()} for k in range(draws + 1))
    return [State(tuple(counts), mode_names=names, **arrays) for arrays in each]


def _same(fall: Fall, others: Sequence[Fall]) -> bool:
    return any((fall.low, fall.high) == (other.low, other.high) for other in others)


def _early(counts: Sequence[int], found: Sequence[Fall], trace: Trace | None) -> Fall | None:
    """Return a fall before the first count, which the trace alone shows, or None."""
    if trace is None or any(fall.placed_by != "start" for fall in found):
        return None
    return course.early_fall(counts, trace.of("covered"), trace.noise)


def _placed(fall: Fall, trace: Trace | None) -> Fall:
    """Return a fall between two counts with its onset by the trace, where that tells."""
    if trace is None or fall.placed_by != "counts":
        return fall
    onset, placed_by = course.place_onset(fall.low, fall.high, trace.of(fall.part))
    return replace(fall, onset=onset, placed_by=placed_by)
