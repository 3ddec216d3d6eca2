"""Measure the samples of a leg against the test split."""

from collapse.logs import job_log
from collapse.metrics.tables import evaluate

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        evaluate(
            events=snakemake.input.events,
            samples=snakemake.input.samples,
            floors=snakemake.input.floors,
            recipe=snakemake.params.recipe,
            seed=int(snakemake.wildcards.seed),
            settings=snakemake.params.settings,
            path=snakemake.output.metrics,
            regions=snakemake.output.regions,
        )
