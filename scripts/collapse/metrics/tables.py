"""The tables of metrics: reading samples, writing rows, and each value beside its floor."""

import logging
import math

import h5py
import numpy as np

from collapse.errors import InputError
from collapse.events.store import open_events
from collapse.files import read_csv, write_csv
from collapse.metrics import suite

FLOORS = ("metric", "feature", "mean", "sd", "q025", "q16", "q50", "q84", "q975", "draws")
METRICS = ("epoch", "updates", "metric", "feature", "value", "floor_mean", "floor_sd", "z")
RUN = ("dataset", "recipe", "seed")


def measure_floors(*, events, settings, path):
    """Write the floors of a dataset: each metric on truth against truth.

    Args:
        events: Path of the events file.
        settings: The config's `evaluation`.
        path: Where to write; columns `FLOORS`.
    """
    table = open_events(events)
    size = _size(table, settings)
    truth = table.values
    rows = suite.floors(
        truth,
        size,
        table.names,
        windows_of(settings, table.names),
        settings["folds"],
        settings["draws"],
        settings["dear_draws"],
        seed=0,
    )
    logging.info("Floors from pairs of %d events each, out of %d", size, len(truth))
    write_csv(path, FLOORS, rows)


def evaluate(*, events, samples, floors, settings, path):
    """Write the metrics of a leg's samples, each beside its floor.

    Args:
        events: Path of the events file.
        samples: Path of the leg's samples.
        floors: Path of the dataset's floors.
        settings: The config's `evaluation`.
        path: Where to write; columns `METRICS`. A value that can't be measured is empty.
    """
    table = open_events(events)
    size = _size(table, settings)
    real = held_out_events(table, size)
    known = {(row["metric"], row["feature"]): row for row in read_csv(floors)}
    rows = []
    with h5py.File(samples) as file:
        for count in sorted(file, key=int):
            generated, updates = file[count]["events"][:size], int(file[count].attrs["updates"])
            values = suite.all_metrics(
                real,
                generated,
                table.names,
                windows_of(settings, table.names),
                settings["folds"],
                seed=0,
            )
            for (metric, feature), value in values.items():
                mean, sd = (float(known[metric, feature][key]) for key in ("mean", "sd"))
                rows.append(
                    (int(count), updates, metric, feature, value, mean, sd, z(value, mean, sd))
                )
            logging.info("epoch %s: classifier AUC %.3f", count, values["auc", ""])
    write_csv(path, METRICS, [["" if cell != cell else cell for cell in row] for row in rows])


def tabulate(*, runs, path):
    """Write all checkpoints' metrics as one tidy table.

    Args:
        runs: Pairs of (dataset, recipe, seed) and the path of a leg's metrics.
        path: Where to write; columns `RUN` and `METRICS`.
    """
    rows = [
        [*run, *(row[column] for column in METRICS)] for run, file in runs for row in read_csv(file)
    ]
    write_csv(path, (*RUN, *METRICS), rows)


def z(value, mean, sd):
    """Return how many standard deviations of the floor a value is off; 0 for no difference.

    >>> z(3.0, 1.0, 0.5)
    4.0
    >>> z(1.0, 0.0, 0.0)
    inf
    """
    if math.isnan(value) or value == mean:
        return value - mean
    return (value - mean) / sd if sd else math.copysign(math.inf, value - mean)


def windows_of(settings, names):
    """Return the windows whose feature a dataset has."""
    return {
        name: window for name, window in settings["windows"].items() if window["feature"] in names
    }


def held_out_events(table, size):
    """Return `size` events of the test split, float32 (size, d), the same at each call.

    The file's order may be that of data taking, so they are drawn, not cut off.
    """
    test = table.split("test")
    rows = np.random.default_rng(0).choice(len(test), min(size, len(test)), replace=False)
    return np.asarray(test[np.sort(rows)])


def _size(table, settings):
    """Return the events on each side of a comparison: the same for metrics and floors."""
    n_test = len(table.split("test"))
    sizes = (
        settings["events"],
        n_test,
        len(table.values) // 2,
        settings["sample_events"] or n_test,
    )
    if min(sizes) < suite.LEAST_EVENTS:
        message = (
            f"The test split has {n_test} events; at least {suite.LEAST_EVENTS} are needed to "
            "measure anything. Loosen the selection, read more events, or change the split."
        )
        raise InputError(message)
    return min(sizes)
