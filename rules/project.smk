"""The project's folder, also where this workflow is a module of another one."""

import sys
import tempfile
from pathlib import Path

from snakemake.sourcecache import LocalSourceFile


def project_folder(here):
    """The project that a file of this folder is of; one fetched by `github(...)` is cloned here.

    Of such a workflow Snakemake has single files, and scripts could not import the package.
    """
    if isinstance(here, LocalSourceFile):
        return Path(here.path).parent
    repo = here.hosted_repo.repo
    commit = repo.commit(here.ref).hexsha
    clone = Path(".snakemake", "collapse", commit).absolute()
    if not clone.exists():
        clone.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=clone.parent) as folder:
            part = Path(folder, commit)
            repo.clone(part, no_checkout=True).git.checkout(commit)
            part.rename(clone)
    return clone


# Not `workflow.basedir`, which is the importing file's where this is a module.
PROJECT = project_folder(workflow.current_basedir)
sys.path.insert(0, str(PROJECT / "scripts"))
