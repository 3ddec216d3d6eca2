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
import os
import runpy
from pathlib import Path

import snakemake.settings.types as settings
from collapse.logs import SHOWN_LATER
from snakemake.api import SnakemakeApi
from snakemake.cli import parse_config
from snakemake.iocontainers import Snakemake


def run_by_hand(options: argparse.Namespace) -> None:
    """Run the script of the job that makes a file."""
    quiet = settings.OutputSettings(quiet={settings.Quietness.ALL})
    config = settings.ConfigSettings(parse_config(options.config), options.configfile)
    with SnakemakeApi(quiet) as api:
        cores = settings.ResourceSettings(cores=1)
        workflow = api.workflow(cores, config, snakefile=options.snakefile)
        # The plain way to a graph of jobs that nothing runs.
        with contextlib.redirect_stdout(io.StringIO()):
            workflow.dag(settings.DAGSettings(targets={options.file})).summary()
        workflow = workflow._workflow
        job = next(job for job in workflow.dag.jobs if options.file in job.output)
        output, log = (
            type(paths)(toclone=paths, custom_map=lambda path: str(Path(options.to, path)))
            for paths in (job.output, job.log)
        )
        script = job.rule.basedir.join(job.rule.script).get_path_or_uri(secret_free=True)
        given = Snakemake(
            job.input, output, job.params, job.wildcards, job.threads, job.resources, log,
            workflow.config, job.rule.name, None, str(Path(script).parent),
        )  # fmt: skip
        os.environ.pop(SHOWN_LATER, None)  # nothing comes after this job to show it
        runpy.run_path(script, {"snakemake": given}, "__main__")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", help="what the job makes, as Snakemake names it")
    parser.add_argument("--to", default="by_hand", help="the folder for what the job writes")
    snakefile = Path(__file__).parents[1] / "Snakefile"
    parser.add_argument("--snakefile", type=Path, default=snakefile)
    parser.add_argument("--configfile", type=Path, nargs="+", default=())
    parser.add_argument("--config", nargs="+", metavar="KEY=VALUE")
    run_by_hand(parser.parse_args())
