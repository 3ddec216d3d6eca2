"""Make dimuon events with Pythia 8, or points of a mixture of Gaussians."""

from collapse.events.mixture_simulation import simulate_mixture
from collapse.events.simulation import simulate
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        options = snakemake.params.simulation
        make = simulate_mixture if "mixture" in options else simulate
        make(snakemake.output.events, **options)
