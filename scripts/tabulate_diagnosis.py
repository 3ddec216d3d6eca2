"""Put the diagnoses of all runs into tables."""

from collapse.diagnosis.tables import tabulate_diagnosis
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_diagnosis(
            diagnoses=snakemake.input.diagnoses,
            verdicts=snakemake.output.verdicts,
            outcomes=snakemake.output.outcomes,
            onset=snakemake.output.onset,
            survival=snakemake.output.survival,
            text=snakemake.output.text,
        )
