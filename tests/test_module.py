"""The workflow as a module of another one, and as the catalogue's tool deploys it."""

import re
import shutil
import subprocess

import pytest
import yaml

from tests.workflow import ROOT, TINY, copy_project, digests, planned, snakemake, write_toy

pytestmark = pytest.mark.slow
MODULE = """
module {name}:
    snakefile: {snakefile}
    config: {config}
    {more}


use rule * from {name}{names}
"""
LOCAL = repr(str(ROOT / "Snakefile"))


def deploy(folder, *, snakefile=LOCAL, config="config", more="", names=""):
    """Lay out a folder as `snakedeploy` does; return what `snakemake` runs there with."""
    for name in ("workflow", "config"):
        (folder / name).mkdir(parents=True)
    study = yaml.safe_load(TINY.read_text())
    # The whole of the importing workflow's config, or a part.
    content = study if config == "config" else {"gan": study}
    (folder / "config/config.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    module = MODULE.format(
        name="collapse", snakefile=snakefile, config=config, more=more, names=names
    )
    (folder / "workflow/Snakefile").write_text('configfile: "config/config.yaml"\n' + module)
    write_toy(folder / "toy.h5")
    return {"root": folder / "workflow", "config": None}


def git_commit(folder):
    """Make a folder a git repository with a tag."""
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "all"],
        ["tag", "v1"],
    ):
        subprocess.run(["git", "-C", folder, *command], check=True)


def test_a_module_gives_the_same_results(finished, tmp_path):
    how = deploy(tmp_path / "study")
    snakemake(tmp_path / "study", "--cores", "8", **how)
    assert digests(tmp_path / "study") == digests(finished)
    report = tmp_path / "report.html"
    snakemake(tmp_path / "study", "--report", report, **how)
    assert "Provenance" in report.read_text()


def test_a_module_plans_the_same_jobs(tmp_path):
    write_toy(tmp_path / "toy.h5")
    alone = planned(tmp_path)
    how = deploy(tmp_path / "study")
    assert planned(tmp_path / "study", **how) == alone


def test_results_lie_under_a_prefix(tmp_path):
    how = deploy(tmp_path / "study", config='config["gan"]', more='prefix: "gan"')
    said = snakemake(tmp_path / "study", "--dry-run", "all", "corners", "keras_generators", **how)
    assert set(re.findall(r"[^\s:]*results/", said)) == {"gan/results/"}
    # The user's own events lie where the config says.
    snakemake(tmp_path / "study", "preflight", **how)
    assert (tmp_path / "study/gan/logs/tiny/ingest/toy.log").is_file()


def test_rules_can_be_renamed(tmp_path):
    how = deploy(tmp_path / "study", config='config["gan"]', names=" as gan_*")
    jobs = planned(tmp_path / "study", **how)
    assert {"gan_all", "gan_train", "gan_record_provenance"} <= set(jobs)


def test_two_studies_are_two_modules(tmp_path):
    folder = tmp_path / "study"
    how = deploy(folder, config='config["gan"]', names=" as gan_*")
    other = MODULE.format(
        name="other", snakefile=LOCAL, config='config["gan"] | {"study": "other"}', more="",
        names=" as other_*",
    )  # fmt: skip
    both = (
        "\n\nrule both:\n    default_target: True\n    input:\n"
        "        rules.gan_tabulate_diagnosis.output.verdicts,\n"
        '        "results/other/tables/verdicts.csv",\n'
    )
    with (folder / "workflow/Snakefile").open("a") as stream:
        stream.write(other + both)
    jobs = planned(folder, **how)
    assert jobs["gan_train"] == jobs["other_train"] == 4
    assert jobs["both"] == 1


def test_the_rest_of_an_importing_config_is_its_own_matter(tmp_path):
    how = deploy(tmp_path / "study", config='config["gan"]')
    with (tmp_path / "study/config/config.yaml").open("a") as stream:
        stream.write("mine: 1\nmine: 2\n")
    assert planned(tmp_path / "study", **how)
    how = deploy(tmp_path / "other")
    with (tmp_path / "other/config/config.yaml").open("a") as stream:
        stream.write("seeds: [2]\n")
    said = snakemake(tmp_path / "other", "--dry-run", check=False, **how)
    assert "'seeds' is there twice" in said


def test_a_module_can_be_fetched(tmp_path, monkeypatch):
    """From GitHub, of which Snakemake keeps a clone of its own."""
    project = copy_project(tmp_path / "project")
    shutil.copytree(ROOT / "report", project / "report")
    git_commit(project)
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    clone = cache / "snakemake/snakemake/source-cache/snakemake-git-cache/github.com/a/collapse"
    subprocess.run(["git", "clone", "--quiet", "--bare", project, clone], check=True)
    study = tmp_path / "study"
    how = deploy(study, snakefile='github("a/collapse", path="Snakefile", tag="v1")')
    snakemake(study, "preflight", **how)
    assert (study / "results/tiny/tables/preflight.txt").is_file()
    (clone,) = (study / ".snakemake/collapse").iterdir()
    assert len(clone.name) == 40
    report = tmp_path / "report.html"
    snakemake(study, "preflight", "--report", report, **how)
    assert "findings and cures" in report.read_text()
