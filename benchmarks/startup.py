"""What start-up costs: the CPU seconds of the default study that are not its work.

    python benchmarks/startup.py [--quick] [--write]

Runs the default study in a copy of the project as it is committed. Every Python process of it
records what its imports took; the kernel says what all processes took together.
"""

import argparse
import csv
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import tables
from harness import ROOT, version

RECORDER = Path(__file__).parent / "recorder"
# Importing TensorFlow takes this on the machine of the target.
_REFERENCE_SECONDS, _TARGET_SECONDS = 4.0, 12.0
_TRIES = 3
_TENSORFLOW = "import tensorflow"
_LEAN = "import sys; sys.path.insert(0, 'scripts'); import collapse.gan.runtime"


def cpu_seconds(*command, folder=ROOT, environment=None, log=None):
    """Run a command and return the CPU seconds of it and of all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        said = Path(log.name).read_text()[-3000:] if log else ""
        message = f"{' '.join(map(str, command))} ended with status {done.returncode}.\n{said}"
        raise RuntimeError(message)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def import_seconds(code):
    """Return the CPU seconds of a new process that runs some imports; the least of some tries."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
    return min(
        cpu_seconds(sys.executable, "-c", code, environment=environment) for _ in range(_TRIES)
    )


def copy_project(folder):
    """Copy the project as it is committed."""
    archive = folder / "project.tar"
    subprocess.run(["git", "archive", "--output", str(archive), "HEAD"], cwd=ROOT, check=True)
    shutil.unpack_archive(archive, folder, filter="data")
    archive.unlink()


def run_study(folder, cores, config):
    """Run the default study in a folder.

    Returns:
        All its CPU seconds, and one dict for each Python process in it: see `recorder`.
    """
    records = folder / "records"
    records.mkdir()
    environment = os.environ | {
        "PYTHONPATH": str(RECORDER),
        "COLLAPSE_RECORDS": str(records),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
    if config:
        command += ["--config", *config]
    with (folder / "output.txt").open("w") as log:
        total = cpu_seconds(*command, folder=folder, environment=environment, log=log)
    return total, [json.loads(path.read_text()) for path in sorted(records.iterdir())]


def timings(folder):
    """Return the rows of every leg's timing.csv."""
    rows = []
    for path in sorted(folder.glob("results/*/runs/**/timing.csv")):
        with path.open(newline="") as file:
            rows += [
                {key: float(value) for key, value in row.items()} for row in csv.DictReader(file)
            ]
    return rows


def split(total, processes, legs):
    """Split the CPU seconds of a study into start-up and work.

    Of a training job all before its first step is start-up: imports, reading, tracing, compiling.
    Of other jobs it is the interpreter and the imports. All of Snakemake is, and what no process
    reported: shells, and the ends of processes.

    Args:
        total: CPU seconds of everything.
        processes: What the processes recorded.
        legs: The rows of all timing.csv.

    Returns:
        Stage -> (processes, all CPU seconds, those of start-up).
    """
    stages = defaultdict(lambda: [0, 0.0, 0.0])
    for process in processes:
        stage = stages[process["stage"]]
        stage[0] += 1
        stage[1] += process["all"]
        alone = process["stage"] == "Snakemake"
        stage[2] += process["all"] if alone else process["interpreter"] + process["imports"]
    stages["train"][2] = sum(leg["startup_cpu_seconds"] for leg in legs)
    rest = total - sum(stage[1] for stage in stages.values())
    stages["shells, ends of processes"] = [0, rest, rest]
    return {name: tuple(stage) for name, stage in stages.items()}


def report(stages, runs, target):
    """Return the table of a study's stages, each stage's seconds for one run."""
    rows = [
        (name, count or "", f"{everything / runs:.2f}", f"{startup / runs:.2f}")
        for name, (count, everything, startup) in sorted(stages.items(), key=lambda s: -s[1][2])
    ]
    everything, startup = (sum(stage[i] for stage in stages.values()) for i in (1, 2))
    rows.append(("**all**", "", f"**{everything / runs:.2f}**", f"**{startup / runs:.2f}**"))
    header = "stage", "processes", "CPU s per run", "of it start-up"
    verdict = "met" if startup / runs <= target else "missed"
    return "\n\n".join(
        (
            tables.table(header, rows),
            f"Start-up takes {startup / runs:.1f} CPU seconds per run (at most {target:.1f}: "
            f"{verdict}), {startup / everything:.0%} of all {everything:.0f} CPU seconds of the "
            f"study's {runs} runs.",
        )
    )


def naive(processes, legs, counts, full, lean):
    """Compute start-up per run if every checkpoint were trained, sampled and drawn by its own jobs.

    Each of them imports all of TensorFlow to train and to sample, and compiles its program again.

    Args:
        processes: What the processes recorded.
        legs: The rows of all timing.csv.
        counts: Checkpoints of a run.
        full: CPU seconds of importing TensorFlow.
        lean: The same as this project does.
    """
    each = {
        stage: statistics.mean(p["interpreter"] + p["imports"] for p in found)
        for stage in ("sample", "evaluate", "draw_checkpoints")
        if (found := [p for p in processes if p["stage"] == stage])
    }
    # The first leg of a recipe is the one that compiles.
    training = max(leg["startup_cpu_seconds"] for leg in legs) - lean + full
    checkpoint = training + each["sample"] + full + each["evaluate"] + each["draw_checkpoints"]
    return counts * checkpoint


def main():
    """Measure, print and, if asked to, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one seed, five epochs: only a try")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    parser.add_argument("--cores", type=int, default=2, help="for Snakemake (%(default)s)")
    arguments = parser.parse_args()
    full, lean = import_seconds(_TENSORFLOW), import_seconds(_LEAN)
    target = _TARGET_SECONDS * full / _REFERENCE_SECONDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder)
        config = ["seeds=[1]", "epochs=[1,2,3,4,5]"] if arguments.quick else []
        total, processes = run_study(folder, arguments.cores, config)
        legs = timings(folder)
        runs = len({path.parents[1] for path in folder.glob("results/*/runs/**/timing.csv")})
    before = naive(processes, legs, 5, full, lean)
    text = "\n\n".join(
        (
            report(split(total, processes, legs), runs, target),
            f"`import tensorflow` takes {full:.1f} CPU seconds here, {lean:.1f} without what "
            "training doesn't use. The target is 12 where it takes 4, in proportion.",
            f"Before: if each checkpoint were trained, sampled and drawn by jobs of its own, that "
            f"import all of TensorFlow and compile anew, start-up would take {before:.0f} CPU "
            "seconds per run. This is computed from the parts measured here, without Snakemake.",
            tables.machine(TensorFlow=version(sys.executable, "tensorflow-cpu")),
        )
    )
    print(text)
    if arguments.quick:
        print("\nOne seed and five epochs alone: the share means nothing.")
    elif arguments.write:
        tables.write("start-up", text)


if __name__ == "__main__":
    main()
