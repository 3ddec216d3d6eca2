"""Record what made the results: config, versions, commit, inputs and host."""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from collapse.events.external import all_sample_files
from collapse.events.sources import local_inputs, simulated_files
from collapse.files import write_json
from collapse.logs import job_log


def record_provenance(*, study: dict[str, Any], project: Path, path: Path | str) -> None:
    """Write a study's provenance as JSON.

    Args:
        study: The complete config.
        project: The project's folder.
        path: Where to write.
    """
    made = simulated_files(study)
    inputs = {
        file: _sha256(file)
        for dataset in study["datasets"].values()
        for file in local_inputs(dataset["files"])
        if os.path.normpath(file) not in made
    }
    for _, _, spec in all_sample_files(study):
        inputs |= {file: _sha256(file) for file in local_inputs(spec)}
    content = {
        "study": study,
        "git": {
            "commit": _git(project, "rev-parse", "HEAD"),
            "modified": _git(project, "status", "--porcelain", "--untracked-files=no"),
        },
        "inputs": inputs,
        "host": {
            "name": platform.node(),
            "system": platform.platform(),
            "processor": platform.machine(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
        "packages": dict(sorted((d.metadata["Name"], d.version) for d in distributions())),
    }
    write_json(path, content)


def _sha256(file: str) -> str | None:
    if not Path(file).is_file():
        # Moved since it was read; the events file made from it still counts.
        return None
    with Path(file).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _git(project: Path, *command: str) -> str | None:
    """Return what git says, or None where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", project, *command], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        record_provenance(
            study=snakemake.params.study,
            project=Path(snakemake.scriptdir).parent,
            path=snakemake.output.provenance,
        )
