"""Make dimuon events with Pythia 8."""

from collapse.events.simulation import simulate
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        simulate(snakemake.output.events, **snakemake.params.simulation)
