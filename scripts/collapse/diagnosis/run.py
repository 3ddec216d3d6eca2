"""The diagnosis of a run: a verdict for each checkpoint, falls and recoveries, the outcome."""

import logging
import math

import numpy as np

from collapse.diagnosis import course
from collapse.diagnosis.evidence import Evidence, Measured
from collapse.diagnosis.results import FELL, Checkpoint, Fall, Run
from collapse.diagnosis.traces import TracedParts
from collapse.diagnosis.verdicts import DRAWS, judge
from collapse.events.store import open_events
from collapse.files import read_csv
from collapse.metrics.comparison import compared_events
from collapse.sealed import open_sealed


def diagnose(
    *, events, metrics, regions, traces, dataset, recipe, seed, settings, evaluation, path
):  # fmt: skip
    """Write the verdict of each checkpoint of a run, its falls and recoveries, and its outcome.

    Args:
        events: Path of the events file.
        metrics: Paths of the metrics of each leg.
        regions: Paths of the regions of each leg.
        traces: Paths of the traces of each leg; none for samples from elsewhere.
        dataset: The dataset's name.
        recipe: The recipe's name.
        seed: The run's seed.
        settings: The config's `diagnosis`.
        evaluation: The config's `evaluation`.
        path: Where to write, as JSON: what `collapse.diagnosis.results.Run` has.
    """
    table = open_events(events)
    size = compared_events(len(table.values), len(table.split("test")), evaluation)
    updates, evidence = read_evidence(metrics, regions, evaluation, settings["z"], size)
    trace = _read_traces(traces, table, evaluation) if traces else None
    run = diagnose_run(
        list(updates), list(updates.values()), evidence, settings["strengths"],
        evaluation["least_mode_share"], trace, dataset=dataset, recipe=recipe, seed=seed,
        events=size,
    )  # fmt: skip
    for checkpoint in run.checkpoints:
        logging.info(
            "epoch %d: %s, %s, certainty %.2f (%s)", checkpoint.epoch, checkpoint.verdict,
            checkpoint.trend, checkpoint.certainty, ", ".join(checkpoint.kinds) or "-",
        )  # fmt: skip
    logging.info("outcome: %s, certainty %.2f", run.outcome, run.certainty)
    run.save(path)


def diagnose_run(
    counts, updates, evidence, strengths, least_mode_share, trace=None, draws=DRAWS, **named
):
    """Diagnose a run from what was measured at its checkpoints.

    Args:
        counts: The epoch counts, increasing.
        updates: The steps done at each.
        evidence: An `Evidence` for each.
        strengths: Kind -> strength.
        least_mode_share: The share of its real fraction below which a mode is missing.
        trace: Epochs, the parts of the traced events at each as dicts, and their noise; or None.
        draws: Draws of other samples of the same size.
        named: `dataset`, `recipe`, `seed` and `events` of the `Run`.

    Returns:
        A `Run`.
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
        found = [[early, *(fall for fall in falls if not fall["start"])] for falls in found]
    outcomes = [course.outcome_of(state, falls) for state, falls in zip(states, found, strict=True)]
    others = found[1:]
    falls = [
        _placed(fall, trace, certainty=np.mean([_same(fall, other) for other in others]))
        for fall in (found[0] if outcomes[0] in FELL else [])
    ]
    checkpoints = [
        Checkpoint(
            epoch=count, updates=steps, verdict=judged.verdict, certainty=judged.certainty,
            trend=course.trend(states[0], i), coverage=_value(e, "covered"), auc=_value(e, "auc"),
            findings=judged.findings,
        )
        for i, (count, steps, judged, e) in enumerate(
            zip(counts, updates, said, evidence, strict=True)
        )
    ]  # fmt: skip
    certainty = float(np.mean([other == outcomes[0] for other in outcomes[1:]]))
    return Run(
        **named, outcome=outcomes[0], certainty=certainty, checkpoints=checkpoints, falls=falls
    )


def read_evidence(metrics, regions, evaluation, sigmas, events):
    """Read what was measured at the checkpoints of a run.

    Args:
        metrics: Paths of the metrics of each leg.
        regions: Paths of the regions of each leg.
        evaluation: The config's `evaluation`.
        sigmas: What a single test must exceed.
        events: Generated events that were measured at each.

    Returns:
        Epoch -> updates, and a list of `Evidence`, both by epoch.
    """
    updates, measured, boxes = {}, {}, {}
    for file in metrics:
        for row in read_csv(file):
            count = int(row["epoch"])
            updates[count] = int(row["updates"])
            numbers = (
                float(row[key] or "nan")
                for key in ("value", "error", "floor_mean", "floor_sd", "z")
            )
            measured.setdefault(count, {})[row["metric"], row["feature"]] = Measured(*numbers)
    for file in regions:
        for row in read_csv(file):
            numbers = ("real_share", "generated_share", "ratio", "z")
            boxes.setdefault(int(row["epoch"]), []).append(
                {key: float(row[key]) for key in numbers}
                | {"box": row["box"]}
                | {key: row[key] == "True" for key in ("tail", "displaced", "explains")}
            )
    windows = {name: window["feature"] for name, window in evaluation["windows"].items()}
    evidence = []
    for count in sorted(measured):
        lost = measured[count]["non_finite", ""].value
        n = max(round(events * (1 - lost)), 1)
        found = tuple(boxes.get(count, ()))
        evidence.append(Evidence(measured[count], found, windows, sigmas, n))
    return {count: updates[count] for count in sorted(updates)}, evidence


def _value(evidence, metric):
    m = evidence.one(metric)
    return math.nan if m is None else float(m.value)


def _states(counts, evidence, said, draws):
    """Return the `State` of the run as measured, and of each draw."""
    drawn = [
        course.parts_of(e.draw(np.random.default_rng(count), draws))
        for count, e in zip(counts, evidence, strict=True)
    ]
    names = next(
        (
            tuple(name for name, m in modes.items() if m.floor)
            for e in evidence
            for modes in ({**e.of("mode_fraction"), **e.of("window_fraction")},)
            if modes
        ),
        (),
    )
    stacked = {}
    for key in drawn[0]:
        arrays = [d[key] for d in drawn]
        if key in {"modes", "mode_noise"}:
            # A diverged checkpoint has none.
            arrays = [a if a.shape[-1] else np.zeros((draws + 1, len(names))) for a in arrays]
        stacked[key] = np.stack(arrays, axis=1)
    verdicts = np.stack([judged.drawn for judged in said], axis=1)
    return [
        course.State(
            counts=tuple(counts), verdicts=verdicts[k], mode_names=names,
            **{key: array[k] for key, array in stacked.items()},
        )
        for k in range(draws + 1)
    ]  # fmt: skip


def _same(fall, others):
    return any((fall["low"], fall["high"]) == (other["low"], other["high"]) for other in others)


def _early(counts, found, trace):
    """Return a fall before the first count, as `course.find_falls` gives them, or None."""
    if trace is None or any(not fall["start"] for fall in found):
        return None
    epochs, parts, noise = trace
    covered = [p["covered"] for p in parts]
    early = course.early_fall(counts, (epochs, covered), noise)
    if early is None:
        return None
    onset, best, end = early
    return {
        "low": 0, "high": counts[0], "part": "covered", "best": best, "worst": end,
        "recovery": None, "start": False, "onset": onset,
    }  # fmt: skip


def _placed(fall, trace, certainty):
    onset, placed_by = fall["high"], "counts"
    if fall["start"]:
        placed_by = "start"
    elif "onset" in fall:
        onset, placed_by = fall["onset"], "trace"
    elif trace is not None:
        epochs, parts, _ = trace
        name = fall["part"] if fall["part"] in parts[0] else "shares"
        traced = epochs, [p[name] for p in parts]
        onset, placed_by = course.place_onset(fall["low"], fall["high"], traced)
    return Fall(
        onset=onset, placed_by=placed_by, certainty=float(certainty),
        **{key: fall[key] for key in ("low", "high", "part", "best", "worst", "recovery")},
    )  # fmt: skip


def _read_traces(traces, table, evaluation):
    epochs, sets = [], []
    for trace in traces:
        with open_sealed(trace, "traces") as file:
            epochs += file["epochs"][()].tolist()
            sets += list(file["events"][()])
    measure = TracedParts(table, evaluation, len(sets[0]))
    return epochs, [measure.measure(events) for events in sets], measure.noise
