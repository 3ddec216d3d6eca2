"""Running the workflow as a user does, in a folder of its own."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "config/test/tiny.yaml"
DEFAULT = ROOT / "config/config.yaml"
# Over the default study, to cut it to minutes.
SHORT = {"seeds": [1], "epochs": [1, 3]}
NO_JOBS: dict[str, int] = {}


def write_toy(path, n=2000):
    """Events of two features: two bumps, and a falling spectrum."""
    rng = np.random.default_rng(1)
    with h5py.File(path, "w") as file:
        file["x"] = np.where(rng.random(n) < 0.5, -2, 2) + rng.normal(0, 0.3, n)
        file["y"] = rng.exponential(3, n) + 1


def command(folder, *arguments, root=ROOT, config=TINY):
    """What a user types to run snakemake in `folder`."""
    configs = [config] if isinstance(config, str | Path) else config
    # The config files come last: they would take a target after them for one more.
    typed = ["snakemake", *arguments, "-s", root / "Snakefile", "-d", folder]
    if not {"--cores", "--profile", "--workflow-profile"} & set(arguments):
        typed += ["--cores", "2"]
    if configs:
        typed += ["--configfile", *configs]
    return [*map(str, typed)]


def snakemake(folder, *arguments, root=ROOT, config=TINY, check=True, cwd=None):
    """Run snakemake in `folder`; return what it said."""
    environment = {key: value for key, value in os.environ.items() if key != "TF_XLA_FLAGS"}
    done = subprocess.run(
        command(folder, *arguments, root=root, config=config),
        cwd=cwd or root, env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stdout
    return done.stdout


def digests(folder):
    """The results' bytes, but for those files that tell of the run and not of the study."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "results").rglob("*"))
        if path.is_file() and path.name not in ("provenance.json", "timing.csv")
    }


def planned(folder, *arguments, **options):
    """The jobs that a dry run would do: rule -> how many."""
    said = snakemake(folder, "--dry-run", *arguments, **options)
    table = re.search(r"^job +count\n[- ]+\n(.*?)^total", said, re.MULTILINE | re.DOTALL)
    if table is None:
        assert "Nothing to be done" in said, said
        return NO_JOBS
    return {rule: int(count) for rule, count in (row.split() for row in table[1].splitlines())}


def copy_project(target):
    """A copy of what the workflow runs from, for tests that edit it."""
    for name in ("Snakefile", "rules", "scripts", "config", "envs", "profiles", "resources"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target
