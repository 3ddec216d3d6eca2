"""A study on SLURM, and what SLURM and its users do to one."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
import yaml

from tests.workflow import (
    DEFAULT,
    ROOT,
    SHORT,
    TINY,
    command,
    copy_project,
    digests,
    snakemake,
    write_toy,
)

pytestmark = pytest.mark.slow
# There is no accounting here.
PROFILE = ("--workflow-profile", ROOT / "profiles/slurm", "--slurm-status-command", "squeue")
GENERIC = (
    "--executor", "cluster-generic", "--cores", "4", "--jobs", "20", "--latency-wait", "5",
    "--cluster-generic-submit-cmd",
    "sbatch --parsable --output=/dev/null --mem={resources.mem_mb} --time={resources.runtime}",
    "--cluster-generic-status-cmd", ROOT / "tests/cluster/slurm-status.sh",
    "--cluster-generic-cancel-cmd", "scancel",
)  # fmt: skip
# A training of some seconds.
LEG = "results/tiny/runs/toy/capable/seed1/leg10"
TRAINED, SAMPLED = f"{LEG}/checkpoint.h5", f"{LEG}/samples.h5"
POINT = "results/tiny/recovery/toy.capable.seed1.leg10.h5"
LOG = "logs/tiny/train/toy.capable.seed1.leg10.log"
TRAINING = {
    "recipes": {"capable": {}}, "epochs": [2, 10], "leg_epochs": 10, "steps_per_epoch": 8_000,
    "recovery_seconds": 0.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "overlay.yaml"
    path.write_text(yaml.safe_dump(TRAINING))
    return [TINY, path]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, config):
    """A folder in which a run was trained and sampled by local jobs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    write_toy(folder / "toy.h5")
    snakemake(folder, SAMPLED, config=config)
    return folder


def untrained(undisturbed, folder):
    """A copy of it, before the training."""
    shutil.copytree(undisturbed, folder)
    shutil.rmtree(folder / "results/tiny/runs")
    (folder / LOG).unlink()
    return folder


def same(folder, undisturbed):
    """Whether the training is done, and has the bytes of the undisturbed one."""
    done = digests(folder)
    return TRAINED in done and done.items() <= digests(undisturbed).items()


class Running:
    """A snakemake that submits jobs to SLURM; interrupted at the end of the context."""

    def __init__(self, folder, *arguments, root=ROOT, config=TINY, profile=PROFILE):
        self.folder, self._said = folder, folder / "said.txt"
        typed = command(folder, *arguments, *profile, root=root, config=config)
        with self._said.open("w") as said:
            self.process = subprocess.Popen(typed, cwd=root, stdout=said, stderr=said)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()

    @property
    def said(self):
        return self._said.read_text()

    def train(self):
        """Wait until a training has written a recovery point, and return its process."""
        end = time.monotonic() + 120
        while not (self.folder / POINT).is_file():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.05)
        script = f"{self.folder}/.snakemake/scripts/"
        return next(
            process
            for process in psutil.process_iter(["cmdline"])
            if any(word.startswith(script) for word in process.info["cmdline"] or ())
        )

    def finish(self, seconds=240):
        """Wait for its end, which must be a good one; return the log of the training."""
        assert self.process.wait(seconds) == 0, self.said
        return (self.folder / LOG).read_text()


@pytest.fixture
def late(slurm, tmp_path):
    """A folder that this machine and each node mount, and that shows new files of others late.

    As NFS does, each remembers for a while that a name was not there, and how large a file was.
    """
    if not shutil.which("bindfs") or not Path("/dev/fuse").exists():
        pytest.skip("needs Debian's bindfs and fuse3, and a kernel with FUSE")
    server, folder = tmp_path / "server", tmp_path / "study"
    server.mkdir()
    folder.mkdir()
    cached = "entry_timeout=0,attr_timeout=15,negative_timeout=15"
    mount = ["bindfs", "-o", cached, str(server), str(folder)]
    alone = ["unshare", "--mount", "sh", "-c", '"$@" && exec slurmd -N "$0"']
    try:
        for node in ("one", "two"):
            slurm.kill_slurmd(node)
            subprocess.run([*alone, node, *mount], check=True)
        subprocess.run(mount, check=True)
        yield folder
    finally:
        for node in ("one", "two"):
            slurm.kill_slurmd(node)
        for process in psutil.process_iter(["cmdline"]):
            if process.info["cmdline"] == mount:
                process.terminate()
                process.wait(30)
        for node in ("one", "two"):
            slurm("slurmd", "-N", node)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A folder in which the default study has run by local jobs, cut to minutes, and its config."""
    folder = tmp_path_factory.mktemp("short")
    overlay = folder / "short.yaml"
    overlay.write_text(yaml.safe_dump(SHORT))
    config = [DEFAULT, overlay]
    snakemake(folder, config=config)
    return folder, config


@pytest.fixture(scope="module")
def limited(slurm, undisturbed, config, tmp_path_factory):
    """A training that stands still in a job of one minute, which is the least that SLURM knows."""
    folder = untrained(undisturbed, tmp_path_factory.mktemp("limited") / "study")
    growth = ("--set-resources", "train:runtime=attempt")
    with Running(folder, TRAINED, *growth, config=config) as run:
        run.train().suspend()
        yield run


def test_a_study_gives_the_bytes_of_a_local_one(slurm, limited, finished, tmp_path):
    """The minute of `limited` passes meanwhile."""
    write_toy(tmp_path / "toy.h5")
    snakemake(tmp_path, *PROFILE)
    assert [state for state, _ in slurm.jobs(tmp_path)] == ["COMPLETED"] * 13
    assert digests(tmp_path) == digests(finished)


@pytest.mark.long
@pytest.mark.parametrize("how", [PROFILE, GENERIC])
def test_so_does_the_default_study(how, slurm, short, tmp_path):
    """By the plugin for SLURM, and by submission commands of one's own."""
    folder, config = short
    snakemake(tmp_path, *how, config=config)
    assert digests(tmp_path) == digests(folder)


@pytest.mark.long
def test_so_does_one_whose_results_go_to_s3(slurm, s3, on_s3, finished):
    folder, storage = on_s3
    shared = ("--shared-fs-usage", "persistence", "software-deployment", "sources", "source-cache")
    snakemake(folder, *PROFILE, *storage, *shared)
    assert s3.digests(folder.name) == digests(finished)


@pytest.mark.parametrize(
    ("target", "jobs"),
    [
        ("results/tiny/data/toy/scalers/standard.h5", 2),
        pytest.param("all", 13, marks=pytest.mark.long),
    ],
)
def test_files_may_appear_late(target, jobs, slurm, late, finished):
    """They are waited for: no job is taken to have failed, and comes again."""
    write_toy(late / "toy.h5")
    snakemake(late, target, *PROFILE)
    assert len(slurm.jobs(late)) == jobs
    done = digests(late)
    assert target in {"all", *done}
    assert done.items() <= digests(finished).items()


def test_a_job_without_memory_comes_again_with_more(slurm, undisturbed, config, tmp_path):
    root = copy_project(tmp_path / "project")
    costs = root / "scripts/collapse/planning/costs.py"
    text = costs.read_text()
    costs.write_text(text.replace("_START_MEGABYTES = 1500", "_START_MEGABYTES = 500"))
    assert costs.read_text() != text
    folder = untrained(undisturbed, tmp_path / "study")
    with Running(folder, TRAINED, root=root, config=config) as run:
        run.finish()
    assert [state for state, _ in slurm.jobs(folder)] == ["FAILED", "COMPLETED"]
    (log,) = (folder / ".snakemake/slurm_logs").rglob("*.log")
    assert "exceeded memory limit" in log.read_text()
    assert same(folder, undisturbed)


@pytest.mark.long
def test_a_training_asks_for_a_gpu(slurm, undisturbed, config, tmp_path):
    """Of which there is none: SLURM believes in one, on the node `two`."""
    folder = untrained(undisturbed, tmp_path / "study")
    profiles = ("--profile", *PROFILE[1:], "--workflow-profile", ROOT / "profiles/slurm-gpu")
    with Running(folder, TRAINED, config=config, profile=profiles) as run:
        run.finish()
    said = slurm("squeue", "-h", "--states=all", "-O", "tres-per-job:20,NodeList:20,WorkDir:200")
    (job,) = (line.split() for line in said.splitlines() if str(folder) in line)
    assert job[:2] == ["gres:gpu:1", "two"]
    assert same(folder, undisturbed)


def test_a_node_that_is_drained_and_loses_its_slurmd(slurm, undisturbed, config, tmp_path):
    """What runs there goes on, and what comes next goes elsewhere."""
    folder = untrained(undisturbed, tmp_path / "study")
    with Running(folder, SAMPLED, config=config) as run:
        run.train()
        ((_, node),) = slurm.jobs(folder)
        try:
            slurm("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
            slurm.kill_slurmd(node)
            time.sleep(2)
            slurm("slurmd", "-N", node)
            run.finish()
        finally:
            slurm("scontrol", "update", f"nodename={node}", "state=resume")
    (first, _), (second, other) = slurm.jobs(folder)
    assert (first, second) == ("COMPLETED", "COMPLETED")
    assert other != node
    assert digests(folder) == digests(undisturbed)


@pytest.mark.long
def test_a_node_that_dies_with_its_job(slurm, undisturbed, config, tmp_path):
    """SLURM gives it up and starts the job again on another, where it goes on."""
    folder = untrained(undisturbed, tmp_path / "study")
    with slurm.giving_up_nodes(10), Running(folder, TRAINED, config=config) as run:
        run.train()
        ((_, node),) = slurm.jobs(folder)
        slurm.kill_node(node)
        try:
            # SLURM itself waits for two minutes.
            assert "Going on from step" in run.finish(600)
        finally:
            slurm("slurmd", "-N", node)
    ((state, other),) = slurm.jobs(folder)
    assert state == "COMPLETED"
    assert other != node
    assert same(folder, undisturbed)


def test_an_interrupted_study_leaves_no_job_and_goes_on(slurm, undisturbed, config, tmp_path):
    folder = untrained(undisturbed, tmp_path / "study")
    with Running(folder, TRAINED, config=config) as run:
        run.train()
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(60) != 0
    end = time.monotonic() + 20
    while [state for state, _ in slurm.jobs(folder)] != ["CANCELLED"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert not (folder / TRAINED).exists()
    with Running(folder, TRAINED, config=config) as run:
        assert "Going on from step" in run.finish()
    assert same(folder, undisturbed)


def test_a_job_at_its_time_limit_goes_on(slurm, limited, undisturbed):
    """SLURM wakes it for its SIGTERM, and kills it five seconds later."""
    assert "Going on from step" in limited.finish()
    assert "Stopped by SIGTERM. A rerun goes on from here." in limited.said
    assert [state for state, _ in slurm.jobs(limited.folder)] == ["TIMEOUT", "COMPLETED"]
    assert same(limited.folder, undisturbed)
