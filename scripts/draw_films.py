"""Draw what the runs of a recipe generate as they train."""

from collapse.figures.jobs.films import draw_films
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        seeds, traces = snakemake.params.seeds, snakemake.input.traces
        legs = len(traces) // len(seeds)
        draw_films(
            events=snakemake.input.events,
            traces=[traces[i * legs : (i + 1) * legs] for i in range(len(seeds))],
            diagnoses=snakemake.input.diagnoses,
            features=snakemake.params.features,
            pair=snakemake.params.scatter,
            spectrum=snakemake.params.spectrum,
            windows=snakemake.params.windows,
            n_formats=len(snakemake.params.formats),
            recipes=snakemake.params.recipes,
            recipe=snakemake.wildcards.recipe,
            seeds=seeds,
            strips=snakemake.output.strips,
            films=snakemake.output.films,
        )
