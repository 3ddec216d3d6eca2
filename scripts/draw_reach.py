"""Draw what the heads of a dataset's recipes can reach."""

from collapse.figures.jobs.reach import draw_reach
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_reach(
            events=snakemake.input.events,
            features=snakemake.params.features,
            groups=list(
                zip(
                    snakemake.params.scalers,
                    snakemake.params.scalers.values(),
                    snakemake.input.scalers,
                    snakemake.input.reaches,
                    strict=True,
                )
            ),
            dataset=snakemake.wildcards.dataset,
            paths=snakemake.output.reach,
        )
