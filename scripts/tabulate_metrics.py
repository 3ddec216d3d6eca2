"""Put the metrics of all checkpoints into one tidy table."""

from collapse.logs import job_log
from collapse.metrics.tables import tabulate_metrics

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_metrics(
            runs=[
                (run, files)
                for run, *files in zip(
                    snakemake.params.runs,
                    snakemake.input.metrics,
                    snakemake.input.regions,
                    strict=True,
                )
            ],
            metrics=snakemake.output.metrics,
            regions=snakemake.output.regions,
        )
