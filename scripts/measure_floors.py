"""Measure truth against truth at the sizes used."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collapse.events.derived import derive
from collapse.events.store import open_events
from collapse.files import write_csv
from collapse.logs import job_log
from collapse.metrics.comparison import sizes_of
from collapse.metrics.floors import FLOORS, measure_truth


def measure_floors(*, events: Path | str, settings: Mapping[str, Any], path: Path | str) -> None:
    """Write the floors of a dataset: each metric on truth against truth.

    Args:
        events: Path of the events file.
        settings: The config's `evaluation`.
        path: Where to write; columns `collapse.metrics.floors.FLOORS`.
    """
    table = derive(open_events(events), settings["derived"])
    values, train, test = table.values, table.split("train"), table.split("test")
    sizes = sizes_of(len(values), len(train), len(test), settings)
    rows = measure_truth(values, sizes, table.names, settings)
    logging.info("Floors from pairs of %d events each, out of %d", sizes.events, len(values))
    write_csv(path, FLOORS, rows)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        measure_floors(
            events=snakemake.input.events,
            settings=snakemake.params.settings,
            path=snakemake.output.floors,
        )
