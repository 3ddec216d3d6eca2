"""Read events, apply the selection, and write the features' matrix with its split and cutflow."""

from collapse.events.ingest import ingest
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        ingest(
            dataset=snakemake.params.dataset,
            path=snakemake.output.events,
            places=dict(zip(snakemake.params.files, snakemake.input.files, strict=True)),
        )
