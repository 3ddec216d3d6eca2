"""The tables of metrics: reading samples, writing rows, and each value beside its floor."""

import logging
import math

import numpy as np

from collapse.errors import InputError
from collapse.events.store import open_events
from collapse.files import read_csv, write_csv
from collapse.metrics import suite
from collapse.metrics.boxes import as_text
from collapse.metrics.counts import few_draws
from collapse.metrics.support import edge_share
from collapse.sealed import identify, open_sealed

FLOORS = (
    *("metric", "feature", "mean", "sd", "q025", "q16", "q50", "q84", "q975"),
    *("draws", "kind", "analytic"),
)
METRICS = (
    *("epoch", "updates", "metric", "feature"),
    *("value", "error", "floor_mean", "floor_sd", "z"),
)
REGIONS = (
    *("epoch", "region", "box", "real_share", "generated_share"),
    *("ratio", "ratio_low", "ratio_high", "z", "tail", "displaced", "explains"),
)
RUN = ("dataset", "recipe", "seed")


def measure_floors(*, events, settings, path):
    """Write the floors of a dataset: each metric on truth against truth.

    Args:
        events: Path of the events file.
        settings: The config's `evaluation`.
        path: Where to write; columns `FLOORS`.
    """
    table = open_events(events)
    size, memory = sizes(table, settings)
    training = suite.training_events(len(table.values), len(table.split("train")), size)
    rows = suite.floors(table.values, size, memory, table.names, settings, 0, training)
    logging.info("Floors from pairs of %d events each, out of %d", size, len(table.values))
    write_csv(path, FLOORS, rows)


def evaluate(*, events, samples, floors, recipe, seed, settings, path, regions):
    """Write the metrics of a leg's samples, each beside its floor, and where the events are wrong.

    Args:
        events: Path of the events file.
        samples: Path of the leg's samples.
        floors: Path of the dataset's floors.
        recipe: A complete recipe.
        seed: The run's seed.
        settings: The config's `evaluation`.
        path: Where to write; columns `METRICS`. A value that can't be measured is empty.
        regions: Where the regions go; columns `REGIONS`.
    """
    table = open_events(events)
    size, memory = sizes(table, settings)
    real, seen = held_out_events(table, size), _some(table.split("train"), memory)
    population = suite.Population(table.values, table.names, settings)
    training = suite.training_events(len(table.values), len(table.split("train")), size)
    training = _some(table.split("train"), training)
    truth = suite.Truth(real, seen, table.names, settings, population, training)
    known = {
        (row["metric"], row["feature"]): (float(row["mean"]), float(row["sd"]), int(row["draws"]))
        for row in read_csv(floors)
    }
    rows, boxes = [], []
    with open_sealed(samples, "samples", identify(recipe, seed, table.names)) as file:
        for count in sorted(file, key=int):
            group = file[count]
            generated, updates = _some(group["events"][()], size), int(group.attrs["updates"])
            found = beside_floors(truth, generated, known)
            found += _unreachable(truth, group)
            if step := int(group.attrs.get("diverged_step", 0)):
                found.append(("diverged_step", "", float(step), 0.0, 0.0, 0.0, math.inf))
            rows += [(int(count), updates, *row) for row in found]
            where, explains = suite.find_regions(truth, generated)
            boxes += [
                (int(count), i, *_region_row(region, table.names), beside, explains)
                for i, (region, beside) in enumerate(where, start=1)
            ]
            if way := _way_back(found):
                message = "epoch %s: these are real events in other units. The way back: %s"
                logging.warning(message, count, way)
            area = next(row[2] for row in found if row[0] == "auc")
            logging.info("epoch %s: classifier AUC %.3f", count, area)
    write_csv(path, METRICS, [["" if cell != cell else cell for cell in row] for row in rows])
    write_csv(regions, REGIONS, boxes)


def beside_floors(truth, generated, known, seed=0, judging=False):
    """Measure generated events, each metric beside its floor.

    Args:
        truth: A `suite.Truth`.
        generated: float, shape (m, d).
        known: (metric, feature) -> mean and sd of the floor, and its draws.
        seed: Of the classifier.
        judging: Whether to leave out what no verdict comes from.

    Returns:
        A list of (metric, feature, value, error, floor mean, floor sd, z). z is by exact tests for
        counts, by the error of its own for the AUC, and else by the floor, as Student's t has it
        for so few draws.
    """
    from collapse.metrics.classifier import auc_error

    values = suite.all_metrics(truth, generated, seed, known, judging)
    errors = suite.standard_errors(truth, generated, values)
    exact = suite.exact_sigmas(truth, generated, values)
    found = []
    for key, value in values.items():
        if judging and key not in known:
            continue
        mean, sd, draws = known[key]
        if key in exact:
            off = exact[key]
        elif key == ("auc", ""):
            off = z(value, 0.5, auc_error(0.5, len(truth.real), len(generated)))
        else:
            off = z(value, mean, sd)
            off = float(few_draws(off, draws)) if math.isfinite(off) else off
        found.append((*key, value, errors.get(key, sd), mean, sd, off))
    return found


def _way_back(found):
    """Say how events in other units become physical ones; None if they are physical."""
    values = {row[:2]: row[2] for row in found}
    if values.get(("scaled_units", "")) != 1:
        return None
    ways = {
        name: (value, values["units_offset", name])
        for (metric, name), value in values.items()
        if metric == "units_factor"
    }
    return ", ".join(
        f"{name} = {factor:.6g} * generated {offset:+.6g}"
        for name, (factor, offset) in ways.items()
        if (factor, offset) != (1, 0)
    )


def _unreachable(truth, group):
    """Return the share of all real events beyond the edges of the network that made the samples."""
    if "edges" not in group:
        return []
    edges, columns = group["edges"][()], truth.population.columns
    shares = [edge_share(column, edge) for column, edge in zip(columns, edges.T, strict=True)]
    return [
        ("unreachable", name, share, 0.0, 0.0, 0.0, math.inf if share else 0.0)
        for name, share in zip(truth.names, shares, strict=True)
    ]


def _region_row(region, names):
    return (
        as_text(region.low, region.high, names), region.real_share, region.generated_share,
        region.ratio, *region.interval, region.sigmas, region.is_tail,
    )  # fmt: skip


def tabulate_metrics(*, runs, metrics, regions):
    """Write all checkpoints' metrics as one tidy table, and their regions as another.

    Args:
        runs: Pairs of (dataset, recipe, seed) and the paths of a leg's metrics and regions.
        metrics: Where the metrics go; columns `RUN` and `METRICS`.
        regions: Where the regions go; columns `RUN` and `REGIONS`.
    """
    for place, path, columns in ((0, metrics, METRICS), (1, regions, REGIONS)):
        rows = [
            [*run, *(row[column] for column in columns)]
            for run, files in runs
            for row in read_csv(files[place])
        ]
        write_csv(path, (*RUN, *columns), rows)


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


def sizes(table, settings):
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
