"""Run one job's script by hand, in this process: for `print`, `breakpoint` and a debugger.

    python scripts/by_hand.py results/dimuon/data/dimuon/floors.csv

asks Snakemake for the job that makes this file and runs its script with the inputs, parameters and
wildcards that it would have. What the job reads must be there; what it writes, its log too, lies
under `by_hand/`, so that nothing of the study changes. `python -m pdb scripts/by_hand.py ...` stops
at any line.
"""

import argparse
import contextlib
import io
import runpy
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.cli import parse_config
from snakemake.iocontainers import Snakemake
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

SCRIPTS = Path(__file__).resolve().parent


def run_by_hand(
    file: str, *, to: str = "by_hand", snakefile: Path = SCRIPTS.parent / "Snakefile",
    configfiles: tuple[Path, ...] = (), config: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Run the script of the job that makes a file.

    Args:
        file: The file, as Snakemake names it.
        to: The folder for what the job writes.
        snakefile: The workflow.
        configfiles: Config files, as after `--configfile`.
        config: Single values, as after `--config`.
    """
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        settings = ConfigSettings(config=parse_config(config), configfiles=configfiles)
        workflow = api.workflow(ResourceSettings(cores=1), settings, snakefile=snakefile)
        with contextlib.redirect_stdout(io.StringIO()):
            workflow.dag(DAGSettings(targets={file})).summary()
        jobs = workflow._workflow.dag.jobs
        job = next(job for job in jobs if file in job.output and job.rule.script)
        output, log = (
            type(paths)(toclone=paths, custom_map=lambda path: str(Path(to, path)))
            for paths in (job.output, job.log)
        )
        script = Path(job.rule.basedir.join(job.rule.script).get_path_or_uri(secret_free=True))
        given = Snakemake(
            job.input, output, job.params, job.wildcards, job.threads, job.resources, log,
            workflow._workflow.config, job.rule.name, None, str(script.parent),
        )  # fmt: skip
        runpy.run_path(str(script), {"snakemake": given}, "__main__")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--to", default="by_hand", metavar="FOLDER")
    parser.add_argument("--snakefile", type=Path, default=SCRIPTS.parent / "Snakefile")
    parser.add_argument("--configfile", type=Path, nargs="+", default=(), dest="configfiles")
    parser.add_argument("--config", nargs="+", default=(), metavar="KEY=VALUE")
    run_by_hand(**vars(parser.parse_args()))
