"""What the profiles of clusters say, and what scheduler jobs they make of a study."""

import re
import subprocess
from collections import Counter

import pytest
import yaml
from snakemake.cli import parse_args

from tests.workflow import ROOT, snakemake, write_toy

# What a cluster's profile and that of one machine have in common.
SHARED = yaml.safe_load((ROOT / "profiles/default/profile.yaml").read_text())


def profile(name):
    return yaml.safe_load((ROOT / f"profiles/{name}/profile.yaml").read_text())


def scheduler_jobs(folder, *arguments):
    """The scheduler jobs of a dry run: what each of its members says that it does."""
    said = snakemake(folder, "--dry-run", *arguments, config=None)
    jobs = []
    for line in said[: said.rindex("Job stats:")].splitlines():
        if "Group job" in line:
            jobs.append([])
        elif member := re.match(r"( *)Job \d+: (.*)", line):
            jobs[-1].append(member[2]) if member[1] else jobs.append([member[2]])
    # Those with a message that are the login node's.
    local = {
        "Tabulating what the recipes can reach",
        "Recording the provenance",
        "Done: the whole study",
    }
    return [job for job in jobs if not local & {*job}]


@pytest.mark.parametrize("how", ["--workflow-profile", "--profile"])
def test_a_clusters_settings_are_taken(how, monkeypatch):
    """`--profile` reads profiles/default as well, which wins key by key."""
    monkeypatch.chdir(ROOT)
    _, taken = parse_args([how, "profiles/slurm", "-s", str(ROOT / "Snakefile")])
    wanted = profile("slurm")
    for key in ("executor", "cores", "jobs", "retries", "latency-wait", "keep-going"):
        assert getattr(taken, key.replace("-", "_")) == wanted[key], key
    assert taken.groups == wanted["groups"]
    assert taken.default_resources is None
    assert taken.rerun_incomplete
    assert len(taken.rerun_triggers) == len(SHARED["rerun-triggers"])


def test_profiles_agree():
    """One workflow profile is read at a time, so each repeats what they share."""
    for key in ("cores", "jobs", "executor", "default-resources"):
        assert key not in SHARED
    slurm, condor = profile("slurm"), profile("htcondor")
    # What is said of config files is code, and of the plain profile alone; and what a job of a
    # scheduler says is nowhere but in its log.
    own = ("__use_yte__", "__definitions__", "show-failed-logs")
    shared = {key: value for key, value in SHARED.items() if key not in own}
    for each in (slurm, condor):
        assert {key: each[key] for key in shared} == shared
    for key in ("jobs", "cores", "local-cores", "retries", "groups", "group-components"):
        assert condor[key] == slurm[key], key
    assert "train" not in slurm["groups"]


@pytest.mark.parametrize(
    "before",
    [
        [],
        ["python", "-m", "snakemake"],
        ["pip", "install", "--target", "x", "a", "&&", "python", "-m", "snakemake"],
    ],
)
def test_htcondors_jobs_run_snakemake(before, tmp_path):
    """However its plugin begins their words."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    words = ["--snakefile", "Snakefile", "--config", "epochs=[1, 2]", "--mode", "remote"]
    done = subprocess.run(
        [ROOT / "profiles/htcondor/job.sh", *before, *words], check=True, text=True,
        stdout=subprocess.PIPE, env={"PATH": f"{tmp_path}:/bin"},
    )  # fmt: skip
    assert done.stdout.splitlines() == ["-m", "snakemake", *words]


def test_no_rule_names_a_partition():
    for rules in (ROOT / "rules").glob("*.smk"):
        assert not re.search("partition|slurm|condor", rules.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--workflow-profile", "--profile"])
def test_the_default_study_is_31_scheduler_jobs(how, tmp_path):
    jobs = scheduler_jobs(tmp_path, how, ROOT / "profiles/slurm")
    assert len(jobs) == 31
    alone = Counter(job[0].split()[0] for job in jobs if len(job) == 1)
    assert alone == {"Reading": 1, "Fitting": 2, "Measuring": 1, "Training": 12}
    together = sorted(len(job) for job in jobs if len(job) > 1)
    assert together == [*[4] * 12, 5, 6, 7]
    assert not any(member.startswith("Training") for job in jobs if len(job) > 1 for member in job)


@pytest.mark.slow
def test_two_trainings_dont_share_a_card(tmp_path):
    write_toy(tmp_path / "toy.h5")
    runs = "results/tiny/runs/toy"
    said = snakemake(
        tmp_path,
        *(f"{runs}/{recipe}/seed1/leg2/checkpoint.h5" for recipe in ("original", "capable")),
        *("--cores", "8", "--set-resources", "train:gpu=1", "--resources", "gpu=1"),
    )
    first, second = (match.start() for match in re.finditer("Training ", said))
    assert "(Rule: train)" in said[first:second], said
