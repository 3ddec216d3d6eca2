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
    from git import Repo

    hosted = getattr(here, "hosted_repo", None)
    repo = hosted.repo if hosted else Repo(here.repo_path)
    commit = repo.commit(here.ref).hexsha
    clone = Path(".snakemake", "collapse", commit).absolute()
    if not clone.exists():
        clone.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=clone.parent) as folder:
            part = Path(folder, commit)
            Repo.clone_from(repo.git_dir, part, no_checkout=True).git.checkout(commit)
            part.rename(clone)
    return clone


# Not `workflow.basedir`, which is the importing file's where this is a module.
PROJECT = project_folder(workflow.current_basedir)
sys.path.insert(0, str(PROJECT / "scripts"))
