"""Train one leg of a run."""

from pathlib import Path

from collapse.gan.training import train
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        results = Path(snakemake.output.checkpoint).parents[5]
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
            networks=snakemake.params.networks,
            title=f"{snakemake.wildcards.recipe}, seed {snakemake.wildcards.seed}",
            code=snakemake.params.code,
            programs=Path(".snakemake", "xla"),
            recovery=results / "recovery" / f"{Path(snakemake.log[0]).stem}.npz",
            recovery_seconds=snakemake.config["recovery_seconds"],
        )
