"""Make dimuon events with Pythia 8, or points of a mixture of Gaussians."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collapse.events.mixture_simulation import simulate_mixture
from collapse.events.simulation import simulate_dimuons
from collapse.logs import job_log


def simulate(*, simulation: Mapping[str, Any], path: Path | str) -> None:
    """Write a file of simulated events.

    Args:
        simulation: One of the config's `simulations`; with `mixture`, it is of points.
        path: Where to write the ROOT file.

    Raises:
        InputError: If an option is out of range, if Pythia is needed and isn't installed, or if no
            event passes the cuts.
    """
    make = simulate_mixture if "mixture" in simulation else simulate_dimuons
    make(path, **simulation)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        simulate(simulation=snakemake.params.simulation, path=snakemake.output.events)
