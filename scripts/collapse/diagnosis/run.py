"""The diagnosis of a run: a verdict for each checkpoint, and when it collapsed and came back."""

import logging
import math

import numpy as np

from collapse.diagnosis import onset
from collapse.diagnosis.verdicts import Finding, Measured, as_row, differences, findings, verdicts
from collapse.events.store import open_events
from collapse.files import read_csv, read_json, write_json
from collapse.metrics import neighbours, suite
from collapse.metrics.modes import coverage_of
from collapse.metrics.tables import held_out_events
from collapse.sealed import open_sealed

# A mode of which the trace's few events should hold fewer is left out of the trace's coverage: it
# could be empty by chance.
_LEAST_EXPECTED = 8


def diagnose(
    *, events, metrics, samples, traces, reach, dataset, recipe, seed, settings, evaluation, path
):
    """Write the verdict of each checkpoint of a run, its falls and its recoveries.

    Args:
        events: Path of the events file.
        metrics: Paths of the metrics of each leg.
        samples: Paths of the samples of each leg: the step at which the training diverged.
        traces: Paths of the traces of each leg; none for samples from elsewhere.
        reach: Path of what the recipe can't reach, or None.
        dataset: The dataset's name.
        recipe: The recipe's name.
        seed: The run's seed.
        settings: The config's `diagnosis`.
        evaluation: The config's `evaluation`.
        path: Where to write, as JSON: `coverage` names the metric that stands for it, each of
            `checkpoints` has its epoch, updates, verdict, coverage and findings, each of `falls`
            what `collapse.diagnosis.onset.Fall` has.
    """
    table = open_events(events)
    by_epoch = _read(metrics)
    unreachable = _unreachable(reach)
    name = "modes_share" if ("modes_share", "") in next(iter(by_epoch.values()))[1] else "recall"
    named, different, coverage, auc = [], [], [], []
    nothing = Measured(math.nan, math.nan, math.nan)
    diverged = _diverged(samples)
    for count, (_, measured) in by_epoch.items():
        if count in diverged:
            step = diverged[count]
            named.append(
                [Finding("diverged", "diverged_step", "", step, math.nan, math.inf, step, 0)]
            )
        else:
            named.append(
                findings(
                    measured, settings["strengths"], settings["z"], evaluation["least_mode_share"],
                    unreachable,
                )
            )  # fmt: skip
        different.append(differences(measured, settings["strengths"], settings["z"]))
        coverage.append(measured.get((name, ""), nothing).value)
        auc.append(measured.get(("auc", ""), nothing).value)
    counts = list(by_epoch)
    *trace, trace_noise = trace_coverage(traces, table, evaluation) if traces else ((), (), 0.0)
    noise = _noise(metrics, name)
    margin = settings["strengths"]["onset"]
    # A point covers nothing, whichever window it happens to lie in.
    covered = [
        0.0 if any(finding.kind == "point_collapse" for finding in kinds) else c
        for kinds, c in zip(named, coverage, strict=True)
    ]
    found = onset.falls(counts, covered, noise, margin, trace, trace_noise)
    fallen = [
        any(f.high <= count and (f.recovery is None or count < f.recovery) for f in found)
        for count in counts
    ]
    words = verdicts(counts, named, different, coverage, auc, fallen, margin, settings["strengths"])
    for (count, word), kinds in zip(zip(counts, words, strict=True), named, strict=True):
        logging.info(
            "epoch %d: %s (%s)", count, word, ", ".join(dict.fromkeys(f.kind for f in kinds)) or "-"
        )
    write_json(
        path,
        {
            "dataset": dataset,
            "recipe": recipe,
            "seed": seed,
            "coverage": name,
            "checkpoints": [
                {
                    "epoch": count,
                    "updates": by_epoch[count][0],
                    "verdict": word,
                    "coverage": None if math.isnan(c) else c,
                    "auc": None if math.isnan(a) else a,
                    "findings": [as_row(finding) for finding in (*kinds, *differs)],
                }
                for count, word, c, a, kinds, differs in zip(
                    counts, words, coverage, auc, named, different, strict=True
                )
            ],
            "falls": [vars(fall) | {"censored": fall.censored} for fall in found],
        },
    )


def trace_coverage(traces, table, evaluation):
    """Return the coverage of the traced events: the epochs, c at each, and its noise.

    The share of the modes that a sample of the trace's size should hold, or the recall where there
    are no such modes. It is compared with itself only: at this size it differs from that of a
    checkpoint.

    Args:
        traces: Paths of the traces of each leg.
        table: The `Events`.
        evaluation: The config's `evaluation`.

    Returns:
        A tuple of ints, a tuple of floats, and the standard deviation that a share of so many
        events has at most.
    """
    epochs, sets = [], []
    for trace in traces:
        with open_sealed(trace, "traces") as file:
            epochs += file["epochs"][()].tolist()
            sets += list(file["events"][()])
    noise = 0.5 / math.sqrt(len(sets[0]))
    return tuple(epochs), coverage_of_few(sets, table, evaluation), noise


def coverage_of_few(sets, table, evaluation):
    """Return the coverage of small sets of events, as of a trace's epochs.

    Args:
        sets: Arrays of events, float, shape (k, d), all of one size.
        table: The `Events`.
        evaluation: The config's `evaluation`.

    Returns:
        A tuple of floats.
    """
    real = held_out_events(table, evaluation["events"])
    truth = suite.Truth(real, real[:1], table.names, evaluation)
    coverage = _coverage_of_size(truth, len(sets[0]))
    return tuple(_of_finite(coverage, generated) for generated in sets)


def _coverage_of_size(truth, size):
    """Return a function: so many generated events -> their coverage."""
    if truth.modes:
        coverage = coverage_of(truth.modes, truth.real, _LEAST_EXPECTED / size)
        if coverage:
            return coverage
    few = truth.scaled[:size]
    around = neighbours.radii(few, (suite.K,))

    def coverage(generated):
        scaled = truth.standardise(generated)
        return neighbours.prdc(few, scaled, (suite.K,), around)[0]["recall"]

    return coverage


def _of_finite(coverage, generated):
    finite = generated[np.isfinite(generated).all(axis=1)]
    # A generator that has lost half of its events to NaN has collapsed as well.
    return coverage(finite) if len(finite) * 2 > len(generated) else 0.0


def _read(metrics):
    """Return epoch -> (updates, (metric, feature) -> `Measured`)."""
    by_epoch = {}
    for file in metrics:
        for row in read_csv(file):
            _, measured = by_epoch.setdefault(int(row["epoch"]), (int(row["updates"]), {}))
            measured[row["metric"], row["feature"]] = Measured(
                *(float(row[key]) if row[key] else math.nan for key in ("value", "floor_mean", "z"))
            )
    return dict(sorted(by_epoch.items()))


def _noise(metrics, name):
    for file in metrics:
        for row in read_csv(file):
            if row["metric"] == name and row["floor_sd"]:
                return float(row["floor_sd"])
    return 0.0


def _unreachable(reach):
    found = (read_json(reach) if reach else {}).get("reach") or {"features": {}}
    return {
        feature: share["below"] + share["above"] for feature, share in found["features"].items()
    }


def _diverged(samples):
    """Return epoch -> the step at which the training had diverged by then."""
    found = {}
    for path in samples:
        with open_sealed(path, "samples") as file:
            for count, group in file.items():
                step = int(group.attrs.get("diverged_step", 0))
                if step:
                    found[int(count)] = step
    return found
