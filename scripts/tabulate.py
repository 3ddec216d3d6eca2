"""Put the metrics of all checkpoints into one tidy table."""

from collapse.logs import job_log
from collapse.metrics.tables import tabulate

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate(
            runs=list(zip(snakemake.params.runs, snakemake.input.metrics, strict=True)),
            path=snakemake.output.metrics,
        )
