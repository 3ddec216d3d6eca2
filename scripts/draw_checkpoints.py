"""Draw real against generated at every epoch count of a run."""

from collapse.figures.jobs.checkpoints import draw_checkpoints
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_checkpoints(
            events=snakemake.input.events,
            samples=snakemake.input.samples,
            regions=snakemake.input.regions,
            features=snakemake.params.features,
            pair=snakemake.params.scatter,
            n_formats=len(snakemake.params.formats),
            recipes=snakemake.params.recipes,
            recipe=snakemake.wildcards.recipe,
            seed=int(snakemake.wildcards.seed),
            epochs=snakemake.params.epochs,
            overlays=snakemake.output.overlays,
            scatters=snakemake.output.scatters,
        )
