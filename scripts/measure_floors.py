"""Measure truth against truth at the sizes used."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collapse.events.acceptance import Acceptance
from collapse.events.derived import derive
from collapse.events.store import open_events
from collapse.files import write_csv
from collapse.logs import job_log
from collapse.metrics.comparison import sizes_of, thinned
from collapse.metrics.floors import FLOORS, measure_truth, share_of_truth
from collapse.metrics.truth import MOST_EVENTS


def measure_floors(*, events: Path | str, settings: Mapping[str, Any], path: Path | str,
    select: str | Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Write the floors of a dataset: each metric on truth against truth.

    Args:
        events: Path of the events file.
        settings: The config's `evaluation`.
        path: Where to write; columns `collapse.metrics.floors.FLOORS`.
        select: The config's `generated.select`.
    """
    learnt = open_events(events)
    table = derive(learnt, settings["derived"])
    values, train, test = table.values, table.split("train"), table.split("test")
    sizes = sizes_of(len(values), len(train), len(test), settings)
    rows = measure_truth(values, sizes, table.names, settings)
    if select:
        some = thinned(learnt.values, MOST_EVENTS)
        failing = Acceptance(select, settings["derived"], learnt.names).failing(some)
        rows += [share_of_truth("outside_acceptance", *item) for item in failing.items()]
    logging.info("Floors from pairs of %d events each, out of %d", sizes.events, len(values))
    write_csv(path, FLOORS, rows)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        measure_floors(
            events=snakemake.input.events,
            settings=snakemake.params.settings,
            select=snakemake.params.select,
            path=snakemake.output.floors,
        )
