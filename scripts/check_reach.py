"""Check what a recipe can never reach, before the first epoch."""

from collapse.diagnosis.reach import check_reach
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        check_reach(
            events=snakemake.input.events,
            scaler=snakemake.input.scaler,
            dataset=snakemake.wildcards.dataset,
            name=snakemake.wildcards.recipe,
            recipe=snakemake.params.recipe,
            path=snakemake.output.reach,
        )
