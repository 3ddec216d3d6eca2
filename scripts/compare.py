"""Draw all recipes of a dataset together."""

from collapse.figures.jobs import compare
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        recipes, samples = snakemake.params.recipes, snakemake.input.samples
        legs = len(samples) // len(recipes)
        compare(
            events=snakemake.input.events,
            table=snakemake.input.metrics,
            samples={
                recipe: samples[i * legs : (i + 1) * legs] for i, recipe in enumerate(recipes)
            },
            features=snakemake.params.features,
            spectrum=snakemake.params.spectrum,
            n_formats=len(snakemake.params.formats),
            windows=snakemake.params.windows,
            recipes=recipes,
            seed=snakemake.params.seed,
            dataset=snakemake.wildcards.dataset,
            epochs=snakemake.params.epochs,
            metrics=snakemake.output.metrics,
            spectra=snakemake.output.spectra,
        )
