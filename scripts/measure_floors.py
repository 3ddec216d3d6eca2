"""Measure truth against truth at the sizes used."""

from collapse.logs import job_log
from collapse.metrics.tables import measure_floors

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        measure_floors(
            events=snakemake.input.events,
            settings=snakemake.params.settings,
            path=snakemake.output.floors,
        )
