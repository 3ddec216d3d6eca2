"""Cases after public reports that take a whole study; those of files alone are in `test_ingest`."""

import shutil
import subprocess

import pytest

from tests.workflow import ROOT, snakemake

pytestmark = pytest.mark.slow


@pytest.fixture
def case(cases, tmp_path):
    """A copy of all cases, to run one in."""
    folder = tmp_path / "cases"
    shutil.copytree(cases, folder, copy_function=shutil.copyfile)
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    return folder


def test_adadelta_trains_at_the_rate_that_keras_documents(case):
    snakemake(case, "checkpoints", config="optimizer.yaml", cwd=case)
    assert list(case.glob("results/optimizer/runs/d/adadelta/seed1/leg1/checkpoint.h5"))


def test_a_spike_is_told_before_the_first_epoch(case):
    said = snakemake(case, "preflight", config="census.yaml", cwd=case)
    assert "90.8% of the events have gain = 0 exactly" in said


def test_networks_of_a_file_are_judged_as_those_of_keys(case):
    snakemake(case, "preflight", "diagnosis", config="networks.yaml", cwd=case)
    text = (case / "results/networks/tables/preflight.txt").read_text()
    assert "53.5% of the real events are out of reach" in text
    assert "by_file: what networks of a file of your own can reach is not known" in text
    rows = (case / "results/networks/tables/verdicts.txt").read_text().splitlines()[1:]
    assert [row.split()[1] for row in rows] == ["by_key", "by_file"]
    assert all("1-10 support_truncated" in row for row in rows)


def test_a_module_shows_its_jobs(case):
    snakefile = case / "module/workflow/Snakefile"
    snakefile.write_text(snakefile.read_text().replace("PRODUCT", str(ROOT)))
    done = subprocess.run(
        ["snakemake", "--cores", "1", "-n"], cwd=case / "module", text=True, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert "train                     1" in done.stdout
