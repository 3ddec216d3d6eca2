"""A study on HTCondor: `make test-htcondor`.

HTCondor needs a Debian 13, in which it and all jobs run as the user ci. The study that its bytes
are compared with runs there as well: another C library rounds differently.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow import ROOT, command, digests, write_toy

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


def snakemake_there(state, folder, *arguments):
    """Run it in the Debian 13, as ci."""
    there = [
        "chroot", "--userspec=4242:4242", DEBIAN, "env", "-i", "HOME=/home/ci", "USER=ci",
        f"PATH={sys.prefix}/bin:/usr/bin:/bin", "LANG=C.UTF-8",
        f"CONDOR_CONFIG={state}/condor_config",
        "sh", "-c", f'cd {ROOT}; exec "$@"', "sh",
    ]  # fmt: skip
    done = subprocess.run(
        [*map(str, there), *command(folder, *arguments)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def study(condor):
    def make(name):
        folder = condor / "studies" / name
        folder.mkdir()
        write_toy(folder / "toy.h5")
        shutil.chown(folder, 4242, 4242)
        return folder

    return make


@pytest.fixture(scope="module")
def local(condor, study):
    folder = study("local")
    snakemake_there(condor, folder)
    return folder


def test_with_shared_files(condor, study, local):
    folder = study("shared")
    snakemake_there(condor, folder, "--workflow-profile", "profiles/htcondor", "--latency-wait", 5)
    assert digests(folder) == digests(local)
