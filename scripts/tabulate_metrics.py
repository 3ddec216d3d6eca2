"""Put the metrics of all checkpoints into one tidy table."""

from collections.abc import Sequence
from pathlib import Path

from collapse.files import atomic
from collapse.logs import job_log


def tabulate_metrics(
    *, legs: Sequence[Path | str], regions_of_legs: Sequence[Path | str], metrics: Path | str,
    regions: Path | str
) -> None:  # fmt: skip
    """Write all checkpoints' metrics as one tidy table, and their regions as another.

    Args:
        legs: Paths of the metrics of each leg.
        regions_of_legs: Paths of the regions of each leg.
        metrics: Where the metrics go, below one header.
        regions: Where the regions go.
    """
    for files, path in ((legs, metrics), (regions_of_legs, regions)):
        with atomic(path) as part, part.open("w") as stream:
            for place, file in enumerate(files):
                with Path(file).open() as lines:
                    header = next(lines)
                    stream.writelines(lines if place else [header, *lines])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_metrics(
            legs=snakemake.input.metrics,
            regions_of_legs=snakemake.input.regions,
            metrics=snakemake.output.metrics,
            regions=snakemake.output.regions,
        )
