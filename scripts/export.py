"""Export the generator of one run at one epoch count as a `.keras` file."""

from collapse.gan.export import export
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        export(
            generators=snakemake.input.generators,
            scaler=snakemake.input.scaler,
            recipe=snakemake.params.recipe,
            count=int(snakemake.wildcards.epochs),
            threads=snakemake.threads,
            model=snakemake.output.model,
            about=snakemake.output.about,
        )
