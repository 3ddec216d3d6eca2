"""Record what made the results."""

from pathlib import Path

from collapse.logs import job_log
from collapse.provenance import record_provenance

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        record_provenance(
            study=snakemake.params.study,
            project=Path(snakemake.scriptdir).parent,
            path=snakemake.output.provenance,
        )
