"""Write the front page of the report and the study's key table."""

from collapse.logs import job_log
from collapse.report import write_front

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_front(
            diagnoses=snakemake.input.diagnoses,
            reports=snakemake.input.reports,
            regions=snakemake.input.regions,
            advice=snakemake.input.advice,
            claims=snakemake.input.claims,
            maps=snakemake.input.maps,
            front=snakemake.output.front,
            latex=snakemake.output.latex,
        )
