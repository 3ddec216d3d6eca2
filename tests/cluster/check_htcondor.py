"""A study on HTCondor: `make test-htcondor`.

HTCondor needs a Debian 13, in which it and all jobs run as the user ci. The study that its bytes
are compared with runs there as well: another C library rounds differently.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from collapse.digest import file_digest

from tests.workflow import ROOT, SHORT, copy_project, digests

HERE = Path(__file__).parent
DEBIAN = os.environ.get("HTCONDOR_ROOT")


@pytest.fixture(scope="module")
def condor(tmp_path_factory):
    """A folder of ci's; HTCondor runs."""
    state = Path("/var/tmp/htcondor-test")
    assert not state.exists(), (
        f"{state} is left from another test: see that none runs, and remove it"
    )
    studies = state / "studies"
    studies.mkdir(parents=True)
    folders = [state, ROOT, sys.base_prefix]
    try:
        subprocess.run([HERE / "condor-up.sh", DEBIAN, *folders], check=True)
        yield state
    finally:
        subprocess.run([HERE / "condor-down.sh", DEBIAN, *folders], check=False)
        shutil.rmtree(state)


def there(state, folder, *command):
    """Run a command in the Debian 13, as ci; return what it said."""
    environment = [
        "env", "-i", "HOME=/home/ci", "USER=ci", f"PATH={sys.prefix}/bin:/usr/bin:/bin",
        "LANG=C.UTF-8", f"CONDOR_CONFIG={state}/condor_config",
    ]  # fmt: skip
    done = subprocess.run(
        ["chroot", "--userspec=4242:4242", DEBIAN, *environment,
         "sh", "-c", 'cd "$0" && exec "$@"', folder, *map(str, command)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def run(state, folder, *arguments):
    """Run the default study, cut to minutes, in its folder, as the profiles ask for."""
    study = ["--configfile", "config/config.yaml", "short.yaml"]
    return there(state, folder, "snakemake", *arguments, "--latency-wait", 5, *study)


@pytest.fixture(scope="module")
def study(condor):
    """Makes a copy of the project, with what cuts the default study."""

    def make(name):
        folder = copy_project(condor / "studies" / name)
        (folder / "short.yaml").write_text(yaml.safe_dump(SHORT))
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, 4242, 4242)
        return folder

    return make


@pytest.fixture(scope="module")
def local(condor, study):
    folder = study("local")
    run(condor, folder, "--cores", 2)
    return folder


def transferred(condor, folder):
    """The bytes that each job of a folder had carried to it, by HTCondor's own record."""
    said = there(
        condor, folder, "condor_history", "-constraint", f'Iwd == "{folder}"', "-af", "BytesRecvd"
    )
    return [float(line) for line in said.split()]


def test_with_shared_files(condor, study, local):
    folder = study("shared")
    run(condor, folder, "--workflow-profile", "profiles/htcondor")
    assert digests(folder) == digests(local)
    assert transferred(condor, folder) == [0] * 19


def test_with_files_that_are_transferred(condor, study, local):
    folder = study("transferred")
    profiles = "--profile", "profiles/htcondor", "--workflow-profile", "profiles/htcondor-transfer"
    run(condor, folder, *profiles)
    assert digests(folder) == digests(local)
    provenance = json.loads((folder / "results/dimuon/provenance.json").read_text())
    assert list(provenance["inputs"].values()) == [file_digest(folder / "resources/dimuon.root")]
    # The events are on this machine, so what reads them is no job of HTCondor's.
    carried = transferred(condor, folder)
    assert len(carried) == 18
    assert min(carried) > 1e5
    assert "Nothing to be done" in run(condor, folder, *profiles, "--dry-run")
