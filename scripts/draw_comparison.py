"""Draw all recipes of a dataset together."""

from collapse.figures.jobs.comparison import draw_comparison
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        recipes, samples = snakemake.params.recipes, snakemake.input.samples
        legs = len(samples) // len(recipes)
        draw_comparison(
            events=snakemake.input.events,
            table=snakemake.input.metrics,
            diagnoses=snakemake.input.diagnoses,
            histories=[
                (recipe, seed, path)
                for (recipe, seed), path in zip(
                    snakemake.params.histories, snakemake.input.histories, strict=True
                )
            ],
            samples={
                recipe: samples[i * legs : (i + 1) * legs] for i, recipe in enumerate(recipes)
            },
            tables={name: snakemake.input[name] for name in ("survival", "onset", "advice")},
            features=snakemake.params.features,
            spectrum=snakemake.params.spectrum,
            n_formats=len(snakemake.params.formats),
            windows=snakemake.params.windows,
            recipes=recipes,
            seed=snakemake.params.seed,
            dataset=snakemake.wildcards.dataset,
            epochs=snakemake.params.epochs,
            pictures={
                name: snakemake.output.get(name, [])
                for name in ("map", "metrics", "modes", "survival", "advice", "ranks")
            },
            spectra=snakemake.output.spectra,
        )
