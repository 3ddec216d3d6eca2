"""Check what stands in a recipe's way on a dataset, before the first epoch."""

from collapse.logs import job_log
from collapse.preflight.inspect import preflight_recipe

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        preflight_recipe(
            events=snakemake.input.events,
            scaler=snakemake.input.scaler or None,
            dataset=snakemake.wildcards.dataset,
            name=snakemake.wildcards.recipe,
            recipe=snakemake.params.recipe,
            windows=snakemake.params.evaluation["windows"],
            sentinels=snakemake.params.dataset["sentinels"],
            mixture=snakemake.params.evaluation["modes"],
            path=snakemake.output.preflight,
        )
