"""Disks that are full or read-only, two runs in one folder, and clocks that go wrong."""

import hashlib
import os
import shutil
import signal
import subprocess
import time

import pytest

from tests.workflow import ROOT, command, digests, snakemake, write_toy

pytestmark = pytest.mark.slow
EVENTS = "results/tiny/data/toy/events.h5"
SCALER = "results/tiny/data/toy/scalers/standard.h5"


@pytest.fixture
def study(tmp_path):
    """A folder with the events, whose results are a disk of their own, and how to remount that."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    write_toy(tmp_path / "toy.h5")
    results = tmp_path / "results"
    results.mkdir()

    def mount(options):
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", results], check=True, timeout=30
        )

    mount("size=20m")
    yield tmp_path, lambda options: mount(f"remount,{options}")
    subprocess.run(["umount", results], check=True, timeout=30)


def files(folder):
    return [path for path in (folder / "results").rglob("*") if path.is_file()]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the events are on a good disk."""
    folder = tmp_path_factory.mktemp("good")
    write_toy(folder / "toy.h5")
    snakemake(folder, EVENTS)
    return digest(folder / EVENTS)


# The first has no room for the rows, the second for them and the events file.
@pytest.mark.parametrize("limit", ["size=12k", "size=28k", "nr_inodes=6"])
def test_a_full_disk_is_said_in_a_sentence(limit, study, expected):
    folder, remount = study
    remount(limit)
    said = snakemake(folder, EVENTS, check=False)
    assert "no room is left on the disk, for bytes or for files" in said
    assert "Traceback" not in said
    assert files(folder) == []
    remount("size=20m,nr_inodes=1000")
    snakemake(folder, EVENTS)
    assert digest(folder / EVENTS) == expected


def test_a_disk_that_fills_up_in_a_training_costs_that_alone(study, finished):
    folder, remount = study
    shutil.copytree(finished / "results", folder / "results", dirs_exist_ok=True)
    shutil.copytree(finished / ".snakemake", folder / ".snakemake")
    leg = "results/tiny/runs/toy/capable/seed1/leg4"
    shutil.rmtree(folder / leg)
    used = sum(path.stat().st_blocks * 512 for path in files(folder))
    remount(f"size={used // 1024 + 24}k")
    before = digests(folder)
    said = snakemake(folder, f"{leg}/checkpoint.h5", check=False)
    assert "no room is left on the disk" in said
    assert "Traceback" not in said
    assert digests(folder) == before
    remount("size=20m")
    snakemake(folder, f"{leg}/checkpoint.h5")
    assert digest(folder / leg / "checkpoint.h5") == digest(finished / leg / "checkpoint.h5")


def test_a_read_only_disk_is_said_in_a_sentence(study, expected):
    folder, remount = study
    remount("ro")
    said = snakemake(folder, EVENTS, check=False)
    assert "Read-only file system" in said
    assert "results" in said
    assert files(folder) == []
    remount("rw")
    snakemake(folder, EVENTS)
    assert digest(folder / EVENTS) == expected


def test_the_second_of_two_runs_is_locked_out(tmp_path, expected):
    write_toy(tmp_path / "toy.h5")
    with (tmp_path / "said.txt").open("w") as said:
        first = subprocess.Popen(
            command(tmp_path, EVENTS), cwd=ROOT, stdout=said, stderr=subprocess.STDOUT
        )
    locks = tmp_path / ".snakemake/locks"
    end = time.monotonic() + 60
    while not (locks.is_dir() and list(locks.iterdir())) and time.monotonic() < end:
        time.sleep(0.01)
    # Held, so that it can't end before the second is tried.
    first.send_signal(signal.SIGSTOP)
    said = snakemake(tmp_path, EVENTS, check=False)
    first.send_signal(signal.SIGCONT)
    assert "cannot be locked" in said
    assert "--unlock" in said
    assert first.wait(120) == 0
    assert digest(tmp_path / EVENTS) == expected


def test_a_clock_that_is_set_back_is_harmless(tmp_path, expected):
    """What was made before looks as if it were of tomorrow."""
    write_toy(tmp_path / "toy.h5")
    snakemake(tmp_path, SCALER)
    first, tomorrow = digest(tmp_path / SCALER), time.time() + 86_400
    for name in ("toy.h5", EVENTS):
        os.utime(tmp_path / name, (tomorrow, tomorrow))
    snakemake(tmp_path, SCALER)
    assert digest(tmp_path / EVENTS) == expected
    assert digest(tmp_path / SCALER) == first
