"""Diagnose one run: a verdict for each checkpoint, onset and recovery, and the outcome."""

from collapse.diagnosis.run import diagnose
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        diagnose(
            events=snakemake.input.events,
            metrics=snakemake.input.metrics,
            regions=snakemake.input.regions,
            traces=snakemake.input.traces,
            dataset=snakemake.wildcards.dataset,
            recipe=snakemake.wildcards.recipe,
            seed=int(snakemake.wildcards.seed),
            settings=snakemake.params.settings,
            evaluation=snakemake.params.evaluation,
            path=snakemake.output.diagnosis,
        )
