"""Draw all pairs of features of a run at its last count and at its onset."""

from collapse.figures.jobs.corners import draw_corners
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_corners(
            events=snakemake.input.events,
            samples=snakemake.input.samples,
            diagnosis=snakemake.input.diagnosis,
            features=snakemake.params.features,
            recipes=snakemake.params.recipes,
            recipe=snakemake.wildcards.recipe,
            seed=int(snakemake.wildcards.seed),
            folder=snakemake.output.corners,
        )
