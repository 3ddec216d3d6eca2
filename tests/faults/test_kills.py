"""SIGKILL of anything at any moment: reruns end in the bytes of an undisturbed study."""

import os
import random
import shutil
import subprocess
import time

import psutil
import pytest

from tests.workflow import ROOT, command, digests, snakemake

pytestmark = pytest.mark.slow
VICTIMS = ("a job", "snakemake", "everything")
KILLS = 100


def start(folder, said):
    environment = {key: value for key, value in os.environ.items() if key != "TF_XLA_FLAGS"}
    return subprocess.Popen(
        command(folder), cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT
    )


def jobs(process):
    """The processes that snakemake has started."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def live(folder, victim, seconds):
    """Start snakemake and kill the victim after a while.

    Returns what was killed, nothing if the study was done before, and the jobs that are left.
    """
    path = folder / "said.txt"
    with path.open("w") as said:
        process = start(folder, said)
    end = time.monotonic() + seconds
    while process.poll() is None and (time.monotonic() < end or not victim):
        time.sleep(0.05)
    orphans = jobs(process)
    if process.poll() is None:
        if victim == "a job" and orphans:
            random.choice(orphans).kill()
            process.wait(300)
            assert process.returncode in (0, 1)
            return victim, []
        process.kill()
        if victim == "everything":
            for orphan in orphans:
                orphan.kill()
        process.wait()
        return "everything" if victim == "everything" else "snakemake", orphans
    said = path.read_text()
    if process.returncode == 0:
        return None, []
    assert "--unlock" in said, said
    snakemake(folder, "--unlock")
    return live(folder, victim, seconds)


def live_through(folder, victims, longest):
    """Run a study through kills to its end, typing `snakemake` and `--unlock` alone.

    Each kill comes at most `longest` seconds after a start.
    """
    counts, orphans = dict.fromkeys(VICTIMS, 0), []
    for victim in victims:
        killed, left = live(folder, victim, random.uniform(0.5, longest))
        orphans += left
        if not killed:
            break
        counts[killed] += 1
    assert live(folder, None, 0) == (None, [])
    psutil.wait_procs(orphans, timeout=120)
    return counts


def test_a_killed_study_ends_in_the_same_bytes(finished, tmp_path):
    shutil.copyfile(finished / "toy.h5", tmp_path / "toy.h5")
    # So soon after a start that no machine is done by then, and a job last, since a study goes on
    # beside a job that died.
    counts = live_through(tmp_path, ("everything", "snakemake", "a job"), longest=3)
    assert sum(counts.values()) == 3
    assert digests(tmp_path) == digests(finished)


@pytest.mark.long
def test_many_kills_end_in_the_same_bytes(finished, tmp_path, figure):
    """Over as many studies as it takes."""
    total, studies = dict.fromkeys(VICTIMS, 0), 0
    while (left := KILLS - sum(total.values())) > 0:
        folder = tmp_path / f"study{studies}"
        folder.mkdir()
        shutil.copyfile(finished / "toy.h5", folder / "toy.h5")
        for victim, count in live_through(
            folder, random.choices(VICTIMS, k=min(left, 12)), longest=12
        ).items():
            total[victim] += count
        studies += 1
        assert digests(folder) == digests(finished)
        shutil.rmtree(folder)
    survived = ", ".join(f"{count} of {victim}" for victim, count in total.items())
    figure(f"kills survived: {survived}; {studies} studies, each equal to the undisturbed one")
