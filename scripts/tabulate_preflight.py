"""Put what was found before the first epoch into one table and one text."""

from collapse.logs import job_log
from collapse.preflight.summary import tabulate_preflight

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_preflight(
            reports=snakemake.input.reports,
            table=snakemake.output.table,
            text=snakemake.output.text,
        )
