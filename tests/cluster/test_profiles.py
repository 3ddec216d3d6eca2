"""What the profiles of clusters say, and what scheduler jobs they make of a study."""

import re
from collections import Counter

import pytest
import yaml
from snakemake.cli import parse_args

from tests.workflow import ROOT, snakemake

CLUSTERS = ("slurm", "htcondor")
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
    # The only one with a message that is the login node's.
    return [job for job in jobs if job != ["Tabulating what the recipes can reach"]]


@pytest.mark.parametrize("how", ["--workflow-profile", "--profile"])
@pytest.mark.parametrize("name", ["slurm"])
def test_a_clusters_settings_are_taken(name, how, monkeypatch):
    """`--profile` reads profiles/default as well, which wins key by key."""
    monkeypatch.chdir(ROOT)
    _, taken = parse_args([how, f"profiles/{name}", "-s", str(ROOT / "Snakefile")])
    wanted = profile(name)
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
    slurm = profile("slurm")
    for name in CLUSTERS:
        assert profile(name).items() >= SHARED.items()
        for key, value in profile(name).items():
            if key != "executor" and not key.startswith(name):
                assert slurm[key] == value, (name, key)
    assert "train" not in slurm["groups"]


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
    assert together == [*[4] * 12, 6, 6, 7]
    assert not any(member.startswith("Training") for job in jobs if len(job) > 1 for member in job)
