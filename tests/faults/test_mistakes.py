"""What people mistype, as `snakemake` answers it: a sentence, a place, and what to do."""

import os
import subprocess

import pytest

from tests.workflow import ROOT, TINY, snakemake, write_toy

pytestmark = pytest.mark.slow
STUDY = """study: mine
datasets:
  toy: {files: toy.h5, features: {x: {expression: x}, y: {expression: y}}}
recipes:
  capable: {}
seeds: [1]
epochs: [1]
"""


def said(folder, text, *arguments):
    """What snakemake says of a study, without the line of its profile."""
    (folder / "mine.yaml").write_bytes(text.encode("latin-1"))
    if not (folder / "toy.h5").exists():
        write_toy(folder / "toy.h5")
    done = subprocess.run(
        ["snakemake", "-s", ROOT / "Snakefile", "--cores", "1", *arguments],
        cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert "common.smk" not in done.stdout
    return [line for line in done.stdout.splitlines() if "workflow specific profile" not in line]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "study: mine\n",
            "",
            ["mine.yaml: the key 'study' is missing. Give the study a name, such as `study: "
             "myname`: results go to results/myname. config/README.md describes every key."],
        ),
        (
            "  capable: {}",
            "\tcapable: {}",
            ["mine.yaml, line 5, column 1: this is not YAML (found character '\\t' that cannot "
             "start any token). Indent by spaces, not tabs.", " capable: {}", "^"],
        ),
        (
            "seeds: [1]",
            "seeds: [1}",
            ["mine.yaml, line 6, column 10: this is not YAML (expected ',' or ']', but got '}'). "
             "Look there and just before.", "seeds: [1}", "         ^"],
        ),
        (
            "capable: {}",
            "capable: {loss: wgan}",
            ["mine.yaml, line 5: recipes.capable.loss: ", "Did you mean 'wasserstein'?"],
        ),
        (
            "capable: {}",
            "capable: {optimizers: {generator: {name: adamw, lr: 0.1}}}",
            ["mine.yaml, line 5: recipes.capable.optimizers.generator.name: ", "'AdamW'?"],
        ),
        (
            "expression: y",
            "expression: TMath::Abs(y)",
            ["mine.yaml, line 3: datasets.toy: features.y: ",
             "Instead of TMath::Abs write abs(x)."],
        ),
        (
            "expression: y",
            "expression: eta",
            ["mine.yaml, line 3: datasets.toy.files: toy.h5: expected branch eta, which is not "
             "there. There are x, y."],
        ),
        (
            "epochs: [1]",
            "epochs: [1]  # f\u00fcr",
            ["mine.yaml, line 7: this is not UTF-8. Save the file in that encoding."],
        ),
        (
            "study: mine",
            "study: !mine",
            ["mine.yaml, line 1: YAML takes what begins with ! for a tag. Put the text in quotes; "
             "in an expression write `not`."],
        ),
        (STUDY, "- a\n", ["mine.yaml holds no keys, such as `study: myname`."]),
        (
            "y: {expression: y}",
            "y: {expression: y[0]}",
            ["mine.yaml, line 3, column 72: this is not YAML (expected ',' or '}', but got '['). "
             "Look there and just before. An expression with brackets or commas goes into quotes: "
             '"muon[0].pt".',
             "  toy: {files: toy.h5, features: {x: {expression: x}, y: {expression: y[0]}}}",
             " " * 71 + "^"],
        ),
        (
            "y: {expression: y}",
            "y: y",
            ["mine.yaml, line 3: datasets.toy.features.y: expected a mapping.", "{expression: y}"],
        ),
        (
            "y: {expression: y}",
            "y: {expression: 'y[3]'}",
            ["mine.yaml, line 3: datasets.toy: features.y: ", "has one number per event"],
        ),
        ("capable:", "capabel:", ["mine.yaml, line 5: recipes.capabel: it lacks", "'capable'?"]),
        ("toy.h5", "[toy.h5, toy.h5]", ["mine.yaml, line 3: datasets.toy.files: ", "given twice"]),
        (
            "x: {expression: x}",
            "x: {expression: x, log: true}",
            ["mine.yaml, line 3: datasets.toy: features.x.log: x has negative values, such as -",
             "name x in a scaler's `log`."],
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_the_config(tmp_path, old, new, expected):
    lines = said(tmp_path, STUDY.replace(old, new), "--dry-run", "--configfile", "mine.yaml")
    if len(expected) == 2:
        assert lines[0].startswith(expected[0])
        assert expected[1] in lines[0]
    else:
        assert lines == expected


def test_a_target_after_the_config(tmp_path):
    assert said(tmp_path, STUDY, "--configfile", "mine.yaml", "events") == [
        "events is no config file. Targets go before --configfile: snakemake events ... "
        "--configfile mine.yaml"
    ]
    assert said(tmp_path, STUDY, "--config", "epochs=[1,", "10]", "-n") == [
        "--config takes KEY=VALUE, and received '10]'. Quote a list: --config 'epochs=[1,10]'. A "
        "target goes before --config."
    ]
    overridden = said(tmp_path, STUDY, "-n", "--configfile", "mine.yaml", "--config", "epochs=ten")
    assert overridden[0].startswith("--config: epochs: expected a list. Received: 'ten'.")
    assert said(tmp_path, STUDY, "--configfile", "my.yaml") == [
        f"my.yaml is not there. Config files are sought from here, {tmp_path}."
    ]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("size=1m,ro", "the disk can only be read. Make it writable, or work in another folder"),
        ("size=16k", "no room is left on the disk, for bytes or for files. Free some, or work in"),
    ],
)
def test_a_folder_that_cannot_hold_records(tmp_path, options, reason):
    if os.geteuid():
        pytest.skip("needs root, to mount a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    write_toy(tmp_path / "toy.h5")
    (tmp_path / "mine.yaml").write_text(STUDY.replace("toy.h5", str(tmp_path / "toy.h5")))
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        done = subprocess.run(
            ["snakemake", "-s", ROOT / "Snakefile", "--cores", "1", "--configfile", "../mine.yaml"],
            cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    finally:
        subprocess.run(["umount", folder], check=True)
    assert "Traceback" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"{folder} can't hold a study, since")
    assert reason in done.stdout


def test_an_error_in_a_job_stands_last_and_once(tmp_path):
    text = STUDY.replace("features: {x", "selection: {none: 'x > 1000'}, features: {x")
    lines = said(tmp_path, text, "--configfile", "mine.yaml")
    assert lines[-2:] == [
        "expected events in each split, but none dropped all of them (cutflow: read 2000, none 0, "
        "non_finite 0, sentinel 0, kept 0). Look at none.",
        "Log: logs/mine/ingest/toy.log",
    ]
    assert sum("dropped all of them" in line for line in lines) == 1


def test_an_inherited_recipe_can_be_dropped(tmp_path):
    write_toy(tmp_path / "toy.h5")
    (tmp_path / "less.yaml").write_text("recipes: {original: null}\n")
    told = snakemake(tmp_path, "-n", "samples", config=(TINY, tmp_path / "less.yaml"))
    assert "capable" in told
    assert "original" not in told


def test_a_study_ends_with_its_verdicts_its_report_and_the_next_command(copied):
    (copied / "results/tiny/tables/verdicts.txt").unlink()
    lines = snakemake(copied).splitlines()
    verdicts = (copied / "results/tiny/tables/verdicts.txt").read_text()
    end = [line for line in lines if not line.startswith(("Complete log", "Elapsed"))]
    assert "\n".join(end[-len(verdicts.splitlines()) - 3 :]).startswith(verdicts)
    assert end[-1].startswith(
        "For a page of all of it: snakemake --report results/tiny/report.html"
    )
    assert max(map(len, lines)) < 1000
