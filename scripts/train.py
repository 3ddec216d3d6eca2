"""Train one leg of a run."""

from collapse.gan.training import train
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        train(
            events=snakemake.input.events,
            scaler=snakemake.input.scaler,
            previous=snakemake.input.get("previous"),
            recipe=snakemake.params.recipe,
            seed=int(snakemake.wildcards.seed),
            counts=snakemake.params.counts,
            steps_per_epoch=snakemake.params.steps_per_epoch,
            threads=snakemake.threads,
            checkpoint=snakemake.output.checkpoint,
            generators=snakemake.output.generators,
            history=snakemake.output.history,
            trace=snakemake.output.trace,
            timing=snakemake.output.timing,
        )
