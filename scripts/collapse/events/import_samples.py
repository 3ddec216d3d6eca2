"""Generated events from ROOT or HDF5 files, as the file of samples that `sample` would write."""

import logging

import numpy as np

from collapse.errors import InputError
from collapse.events.compute import Table
from collapse.events.external import parse_columns, sample_files
from collapse.events.readers import open_source, read_chunks
from collapse.events.sources import resolve_files
from collapse.events.store import open_events
from collapse.sealed import create_sealed, identify

log = logging.getLogger(__name__)


def import_samples(
    *, events, recipe, dataset, name, seed, counts, settings, path, chunk_bytes=64 << 20
):
    """Write generated events in physical units, one group for each epoch count.

    Nothing is cut: what a generator puts where no real event is counts against it, and so does what
    is not a number.

    Args:
        events: Path of the events file.
        recipe: A recipe of kind `external`.
        dataset: The dataset, of which `features` and `objects` are used.
        name: The dataset's name.
        seed: The run's seed.
        counts: The epoch counts.
        settings: The config's `evaluation`.
        path: Where to write; dataset `events`, float32 (n_events, d), in each group. The steps that
            the training took are not known: `updates` is 0.
        chunk_bytes: About the memory of the branches read at once.

    Raises:
        InputError: If a file can't be used or holds too few events to be measured.
    """
    table = open_events(events)
    least, most = sizes(table, settings)
    columns = parse_columns(recipe, dataset)
    with create_sealed(path, "samples", identify(recipe, seed, table.names)) as target:
        for count in counts:
            files = sample_files(recipe, dataset=name, seed=seed, epochs=count)
            rows, total = _read(resolve_files(files), columns, most, chunk_bytes)
            if len(rows) < least:
                message = (
                    f"{', '.join(files)}: expected at least {least} events, as many as are "
                    f"compared at a time. Received: {len(rows)}. Generate more of them, or lower "
                    "evaluation.events."
                )
                raise InputError(message)
            infinite = len(rows) - int(np.isfinite(rows).all(axis=1).sum())
            message = "epoch %d: %d events, drawn from %d, %d of them not finite"
            log.info(message, count, len(rows), total, infinite)
            group = target.create_group(str(count))
            group.attrs["updates"] = group.attrs["diverged_step"] = 0
            group["events"] = rows


def sizes(table, settings):
    """Return how many generated events a comparison takes, and how many are kept at most.

    Args:
        table: The `Events`.
        settings: The config's `evaluation`.
    """
    n_test = len(table.split("test"))
    most = settings["sample_events"] or n_test
    return min(settings["events"], n_test, len(table.values) // 3, most), most


def _read(files, columns, most, chunk_bytes):
    """Draw events of some files, and count them all.

    A file may be ordered, by time or by process, so that its first events are not a sample of it.

    Returns:
        At most `most` events in the files' order, float32 (n, d), the same at each call; and how
        many there are.
    """
    rng, total = np.random.default_rng(0), 0
    rows, keys = np.empty((0, len(columns.features)), np.float32), np.empty(0)
    for path, inside in files:
        with open_source(path, inside, columns.counters) as source:
            for n, read in read_chunks(source, columns.branches, chunk_bytes):
                table = Table(read, n, columns.objects, path)
                exact = [table.values(feature) for feature in columns.features.values()]
                with np.errstate(over="ignore"):  # beyond float32 counts as not finite
                    rows = np.concatenate([rows, np.column_stack(exact).astype(np.float32)])
                keys = np.concatenate([keys, rng.random(n)])
                kept = np.sort(np.argsort(keys)[:most])
                rows, keys, total = rows[kept], keys[kept], total + n
    return rows, total
