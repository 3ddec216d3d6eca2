"""Compare each recipe with the one that it extends, and judge the answer's claims."""

from collapse.diagnosis.claims import measure_advice
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        measure_advice(
            metrics=snakemake.input.metrics,
            diagnoses=snakemake.input.diagnoses,
            bases=snakemake.params.bases,
            changes=snakemake.params.changes,
            advice=snakemake.output.advice,
            reversals=snakemake.output.reversals,
            claims=snakemake.output.claims,
        )
