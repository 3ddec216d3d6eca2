"""Training jobs that are killed, and what a rerun makes of it."""

import hashlib
import random
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
import yaml
from collapse.planning.recipes import complete_recipe

from tests.workflow import ROOT, TINY, snakemake, write_toy

pytestmark = pytest.mark.slow
LEG = "runs/toy/capable/seed1/leg10"
POINT = "recovery/toy.capable.seed1.leg10.h5"
CONFIG = {
    "recipes": {"capable": {}}, "epochs": [2, 10], "leg_epochs": 10, "steps_per_epoch": 2000,
    "recovery_seconds": 0.2,
}  # fmt: skip
JOB = """
import sys
sys.path[:] = {path!r}
from collapse.gan import progress
from collapse.logs import job_log
from scripts.train import train
progress._LOG_SECONDS = 0.1
with job_log("job.log"):
    train(
        events="{data}/events.h5", scaler="{data}/scalers/quantile.h5", previous=None,
        dataset="toy", name="capable", recipe={recipe!r}, seed=1, counts=[2, 10],
        steps_per_epoch=2000, threads=1,
        checkpoint="leg/checkpoint.h5", generators="leg/generators.h5", trace="leg/trace.h5",
        history="leg/history.csv", timing="leg/timing.csv", programs="{programs}",
        recovery="recovery/point.h5", recovery_seconds={seconds},
    )
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "overlay.yaml"
    path.write_text(yaml.safe_dump(CONFIG))
    return [TINY, path]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, config):
    """A folder in which the leg ran through."""
    folder = tmp_path_factory.mktemp("undisturbed")
    write_toy(folder / "toy.h5")
    snakemake(folder, f"results/tiny/{LEG}/checkpoint.h5", config=config)
    return folder


def digests(leg):
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in leg.iterdir()
        if path.name not in ("timing.csv", "samples.h5", "metrics.csv")
    }
    assert sorted(found) == ["checkpoint.h5", "generators.h5", "history.csv", "trace.h5"]
    return found


def wait_for(condition, process):
    """Wait until something is the case, while the process runs; then a little, at random."""
    start = time.monotonic()
    while not condition():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() - start < 120
        time.sleep(0.01)
    time.sleep(random.random() / 4)


def test_a_killed_leg_goes_on_bit_for_bit(undisturbed, tmp_path):
    """SIGKILL, then SIGTERM, which writes a point at once; compiled programs kept or not."""
    shipped = yaml.safe_load((ROOT / "config/recipes.yaml").read_text())
    recipe = complete_recipe("capable", yaml.safe_load(TINY.read_text())["recipes"], shipped)
    programs = undisturbed / ".snakemake/xla"
    assert len(list(programs.iterdir())) == 1

    def start(seconds):
        code = JOB.format(
            path=sys.path, data=undisturbed / "results/tiny/data/toy", recipe=recipe,
            programs=programs, seconds=seconds,
        )  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-c", code], cwd=tmp_path, text=True, stderr=subprocess.PIPE
        )

    point, log = tmp_path / "recovery/point.h5", tmp_path / "job.log"
    with start(0.2) as process:
        wait_for(point.is_file, process)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "leg").exists()
    first = point.read_bytes()
    # What the first job said must not be taken for the second one's words.
    log.unlink()
    with start(1e6) as process:
        wait_for(lambda: log.is_file() and "discriminator loss" in log.read_text(), process)
        process.terminate()
        said = process.stderr.read()
    assert process.returncode == 128 + signal.SIGTERM
    assert "Going on from step" in said
    assert "Stopped by SIGTERM. A rerun goes on from here." in said
    assert "Traceback" not in said
    assert point.read_bytes() != first
    assert not (tmp_path / "leg").exists()
    with start(1e6) as process:
        said = process.stderr.read()
    assert process.returncode == 0, said
    assert "Going on from step" in said
    assert digests(tmp_path / "leg") == digests(undisturbed / "results/tiny" / LEG)
    assert not point.parent.exists()


def test_a_killed_study_goes_on_bit_for_bit(undisturbed, config, tmp_path):
    """Everything is killed at once, as when a machine goes down."""
    tmp_path = shutil.copytree(undisturbed, tmp_path / "study")
    shutil.rmtree(tmp_path / "results/tiny/runs")
    target = f"results/tiny/{LEG}/checkpoint.h5"
    command = ["snakemake", target, "-s", ROOT / "Snakefile", "-d", tmp_path, "--cores", "1"]
    with (tmp_path / "said.txt").open("w") as said:
        process = subprocess.Popen(
            [*map(str, command), "--configfile", *map(str, config)], cwd=ROOT, stdout=said,
            stderr=said,
        )  # fmt: skip
    wait_for((tmp_path / "results/tiny" / POINT).is_file, process)
    tree = psutil.Process(process.pid)
    for each in (tree, *tree.children(recursive=True)):
        each.kill()
    process.wait()
    time.sleep(0.2)
    snakemake(tmp_path, "--unlock", config=config)
    snakemake(tmp_path, target, "--rerun-incomplete", "--cores", "1", config=config)
    log = (tmp_path / "logs/tiny/train/toy.capable.seed1.leg10.log").read_text()
    assert "Going on from step" in log, log
    assert digests(tmp_path / "results/tiny" / LEG) == digests(undisturbed / "results/tiny" / LEG)
    assert not (tmp_path / "results/tiny/recovery").exists()


def test_another_interval_reruns_nothing(undisturbed, config, tmp_path):
    overlay = tmp_path / "interval.yaml"
    overlay.write_text("recovery_seconds: 77")
    said = snakemake(
        undisturbed, "-n", f"results/tiny/{LEG}/checkpoint.h5", config=[*config, overlay]
    )
    assert "Nothing to be done" in said
