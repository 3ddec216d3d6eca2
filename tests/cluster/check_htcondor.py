"""A study on HTCondor: `make test-htcondor`.

HTCondor needs a Debian 13, in which it and all jobs run as the user ci. The study that its bytes
are compared with runs there as well: another C library rounds differently.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from collapse.planning.digest import file_digest

from tests.workflow import ROOT, SHORT, copy_project, digests

HERE = Path(__file__).parent
RUNNING, REMOVED = "2", "3"  # to HTCondor
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


def typed(state, folder, *command):
    """What runs a command in the Debian 13, as ci; the command takes its process over."""
    environment = [
        "env", "-i", "HOME=/home/ci", "USER=ci", f"PATH={sys.prefix}/bin:/usr/bin:/bin",
        "LANG=C.UTF-8", f"CONDOR_CONFIG={state}/condor_config",
    ]  # fmt: skip
    enter = ["sh", "-c", 'cd "$0" && exec "$@"', folder]
    return ["chroot", "--userspec=4242:4242", DEBIAN, *environment, *enter, *map(str, command)]


def there(state, folder, *command):
    """Run it to its end, which must be a good one; return what it said."""
    done = subprocess.run(
        typed(state, folder, *command),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def snakemake(*arguments):
    """What a user types for the default study, cut to minutes, in its folder."""
    study = ["--configfile", "config/config.yaml", "short.yaml"]
    return ["snakemake", *arguments, "--latency-wait", 5, *study]


def run(state, folder, *arguments):
    return there(state, folder, *snakemake(*arguments))


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


def queued(condor, folder):
    """The state and the name of each job that a folder has in the queue."""
    asked = ["-constraint", f'Iwd == "{folder}"', "-af", "JobStatus", "JobBatchName"]
    return [line.split() for line in there(condor, folder, "condor_q", *asked).splitlines()]


def until(wanted, seconds):
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end
        time.sleep(0.5)


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


def test_an_interrupted_study_leaves_no_job_and_goes_on(condor, study, local):
    folder = study("interrupted")
    profile = "--workflow-profile", "profiles/htcondor"
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(
            typed(condor, folder, *snakemake(*profile)), stdout=said, stderr=said
        )

    def trains():
        assert process.poll() is None, (folder / "said.txt").read_text()
        return any(state == RUNNING and "train" in name for state, name in queued(condor, folder))

    try:
        until(trains, 240)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) != 0
    until(lambda: all(state == REMOVED for state, _ in queued(condor, folder)), 30)
    # What runs there ends before HTCondor lets it go.
    until(lambda: not queued(condor, folder), 180)
    run(condor, folder, *profile)
    assert digests(folder) == digests(local)


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
