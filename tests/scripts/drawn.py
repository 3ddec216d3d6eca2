"""A small study on disk, as the jobs that draw find it."""

from dataclasses import replace

import numpy as np
from collapse.events.store import create_events
from collapse.files import write_csv
from collapse.sealed import create_sealed, identify

from tests.figures import runs, toy

NAMES = [feature.name for feature in toy.FEATURES]
FEATURES = [{"name": f.name, "label": f.label, "unit": f.unit, "log": f.log} for f in toy.FEATURES]
WINDOWS = {"z": {"feature": "mass", "low": 81, "high": 101, "label": "$Z$"}}
# The last is the first by another name.
RECIPES = {
    "original": {"batch_size": 32},
    "capable": {"batch_size": 64},
    "again": {"batch_size": 32},
}
LEGS = ((1,), (10, 100))


def write_events(folder):
    values = toy.real_events(600)
    with create_events(folder / "events.h5", NAMES, (300, 0, 300), []) as matrix:
        matrix[:] = values
    return folder / "events.h5"


def write_legs(folder, recipe, seed):
    """Write the samples of a run, those at an epoch with that seed; return their paths."""
    paths = []
    for counts in LEGS:
        paths.append(folder / f"{recipe}.seed{seed}.leg{counts[-1]}.h5")
        with create_sealed(paths[-1], "samples", identify(RECIPES[recipe], seed, NAMES)) as file:
            for count in counts:
                file[f"{count}/events"] = toy.real_events(200, count)
    return list(map(str, paths))


def write_traces(folder, recipe, seed):
    paths = []
    for epochs in ([0, 1], [10, 100]):
        paths.append(folder / f"{recipe}.seed{seed}.trace{epochs[-1]}.h5")
        with create_sealed(paths[-1], "traces", identify(RECIPES[recipe], seed, NAMES)) as file:
            file["epochs"] = epochs
            file["events"] = np.stack([toy.real_events(50, epoch + seed) for epoch in epochs])
    return list(map(str, paths))


def write_diagnoses(folder, recipe=None):
    """Write the diagnoses of `tests/figures/runs.py`; return their paths."""
    paths = []
    for run in runs.RUNS:
        if recipe in (None, run.recipe):
            paths.append(str(folder / f"{run.recipe}.seed{run.seed}.json"))
            replace(run, dataset="toy").save(paths[-1])
    return paths


def write_table(path, rows):
    write_csv(path, rows[0], [row.values() for row in rows])
    return str(path)


def pictures(folder, name, formats=("png", "svg")):
    return [str(folder / f"{name}.{suffix}") for suffix in formats]
