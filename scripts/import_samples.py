"""Read generated events that come from elsewhere, at every epoch count of a leg."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from collapse.errors import InputError
from collapse.events.external import parse_columns, sample_files
from collapse.events.selection import Selection, draw_rows
from collapse.events.sources import resolve_files
from collapse.events.store import open_events
from collapse.logs import job_log
from collapse.metrics.comparison import compared_events
from collapse.sealed import create_sealed, identify


def import_samples(
    *, events: Path | str, recipe: dict[str, Any], dataset: Mapping[str, Any], name: str,
    seed: int, counts: Sequence[int], settings: Mapping[str, Any], path: Path | str,
    chunk_bytes: int = 64 << 20
) -> None:  # fmt: skip
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
    n_test = len(table.split("test"))
    least = compared_events(len(table.values), n_test, settings)
    most = settings["sample_events"] or n_test
    columns = parse_columns(recipe, dataset)
    with create_sealed(path, "samples", identify(recipe, seed, table.names)) as target:
        for count in counts:
            files = sample_files(recipe, dataset=name, seed=seed, epochs=count)
            read = [(file, inside, file) for file, inside in resolve_files(files)]
            rows, total = draw_rows(Selection(columns, read, chunk_bytes=chunk_bytes), most)
            if len(rows) < least:
                message = (
                    f"{', '.join(files)}: expected at least {least} events, as many as are "
                    f"compared at a time. Received: {len(rows)}. Generate more of them, or lower "
                    "evaluation.events."
                )
                raise InputError(message)
            infinite = len(rows) - int(np.isfinite(rows).all(axis=1).sum())
            message = "epoch %d: %d events, drawn from %d, %d of them not finite"
            logging.info(message, count, len(rows), total, infinite)
            group = target.create_group(str(count))
            group.attrs["updates"] = group.attrs["diverged_step"] = 0
            group["events"] = rows


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        import_samples(
            events=snakemake.input.events,
            recipe=snakemake.params.recipe,
            dataset=snakemake.params.dataset,
            name=snakemake.wildcards.dataset,
            seed=int(snakemake.wildcards.seed),
            counts=snakemake.params.counts,
            settings=snakemake.params.evaluation,
            path=snakemake.output.samples,
        )
