"""The tables of metrics: reading samples, writing rows, and each value beside its floor."""

import logging
import math

import numpy as np

from collapse.errors import InputError
from collapse.events.store import open_events
from collapse.files import read_csv, read_json, write_csv
from collapse.metrics import suite
from collapse.sealed import identify, open_sealed

FLOORS = (
    *("metric", "feature", "mean", "sd", "q025", "q16", "q50", "q84", "q975"),
    *("draws", "kind", "analytic"),
)
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
    size, memory = _sizes(table, settings)
    rows = suite.floors(table.values, size, memory, table.names, settings, seed=0)
    logging.info("Floors from pairs of %d events each, out of %d", size, len(table.values))
    write_csv(path, FLOORS, rows)


def evaluate(*, events, samples, floors, reach, recipe, seed, settings, path):
    """Write the metrics of a leg's samples, each beside its floor.

    Args:
        events: Path of the events file.
        samples: Path of the leg's samples.
        floors: Path of the dataset's floors.
        reach: Path of what the recipe can reach, with the edges of its head.
        recipe: A complete recipe.
        seed: The run's seed.
        settings: The config's `evaluation`.
        path: Where to write; columns `METRICS`. A value that can't be measured is empty.
    """
    table = open_events(events)
    size, memory = _sizes(table, settings)
    real, seen = held_out_events(table, size), _some(table.split("train"), memory)
    truth = suite.Truth(real, seen, table.names, settings)
    known = {
        (row["metric"], row["feature"]): (float(row["mean"]), float(row["sd"]))
        for row in read_csv(floors)
    }
    edges = read_json(reach).get("edges", {})
    rows = []
    with open_sealed(samples, "samples", identify(recipe, seed, table.names)) as file:
        for count in sorted(file, key=int):
            generated, updates = file[count]["events"][:size], int(file[count].attrs["updates"])
            values = suite.all_metrics(truth, generated, seed=0)
            found = [(*key, value, *known[key]) for key, value in values.items()]
            piles = suite.pile_up(truth, generated, edges, table.values)
            found += [("pile_up", *pile) for pile in piles]
            rows += [
                (int(count), updates, metric, feature, value, mean, sd, z(value, mean, sd))
                for metric, feature, value, mean, sd in found
            ]
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


def held_out_events(table, size):
    """Return `size` events of the test split, float32 (size, d), the same at each call."""
    return _some(table.split("test"), size)


def _some(values, size):
    # The file's order may be that of data taking, so they are drawn, not cut off.
    rows = np.random.default_rng(0).choice(len(values), min(size, len(values)), replace=False)
    return np.asarray(values[np.sort(rows)])


def _sizes(table, settings):
    """Return the events on each side of a comparison, and the training events beside them.

    They are the same for metrics and floors, whose draws need all three at once.
    """
    n_test = len(table.split("test"))
    size = min(
        settings["events"],
        n_test,
        len(table.values) // 3,
        settings["sample_events"] or n_test,
    )
    if size < suite.LEAST_EVENTS:
        message = (
            f"The test split has {n_test} events; at least {suite.LEAST_EVENTS} are needed to "
            "measure anything. Loosen the selection, read more events, or change the split."
        )
        raise InputError(message)
    return size, min(size, len(table.split("train")))
