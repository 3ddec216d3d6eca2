"""Fit a scaler on the training events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collapse import scaling
from collapse.events.store import open_events
from collapse.logs import job_log


def fit_scaler(*, events: Path | str, config: Mapping[str, Any], path: Path | str) -> None:
    """Write a scaler that is fitted on the training split.

    Args:
        events: Path of the events file.
        config: The config of the scaler, one of `scalers`.
        path: Where to write.

    Raises:
        InputError: If a feature whose logarithm is asked for isn't positive.
    """
    table = open_events(events)
    scaler = scaling.fit_scaler(table.split("train"), table.names, config)
    scaling.save_scaler(path, scaler)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        fit_scaler(
            events=snakemake.input.events,
            config=snakemake.params.scaler,
            path=snakemake.output.scaler,
        )
