"""The whole workflow on a tiny study, and what is planned once it has run."""

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest
import yaml
from collapse.figures.listed import COMPARISON_FIGURES
from collapse.metrics import suite

from tests.workflow import (
    NO_JOBS,
    ROOT,
    TINY,
    copy_project,
    digests,
    planned,
    snakemake,
    write_toy,
)

pytestmark = pytest.mark.slow
RUNS = "results/tiny/runs/toy"
# What follows whenever the metrics of any run are new.
SUMMARIES = {
    "tabulate_metrics": 1, "tabulate_diagnosis": 1, "measure_advice": 1, "draw_comparison": 1,
    "write_front": 1, "record_provenance": 1, "all": 1,
}  # fmt: skip


def overlay(tmp_path, **changes):
    """A further config file."""
    path = tmp_path / "overlay.yaml"
    path.write_text(yaml.safe_dump(changes))
    return path


def test_every_stage_leaves_what_it_promises(finished):
    data = finished / "results/tiny/data/toy"
    with h5py.File(data / "events.h5") as file:
        n_train, n_test = (int(np.diff(file.attrs[name])[0]) for name in ("train", "test"))
        assert file["events"].shape == (2000, 2)
        assert json.loads(file.attrs["cutflow"])[-1] == ["kept", 2000]
    assert 1100 < n_train < 1300
    for recipe in ("original", "capable"):
        for leg, counts in ((2, ["1", "2"]), (4, ["4"])):
            folder = finished / RUNS / recipe / f"seed1/leg{leg}"
            with h5py.File(folder / "generators.h5") as file:
                assert sorted(file) == counts
            with h5py.File(folder / "samples.h5") as file:
                assert sorted(file) == counts
                assert file[counts[0]]["events"].shape == (n_test, 2)
                assert np.isfinite(file[counts[0]]["events"]).all()
            with h5py.File(folder / "checkpoint.h5") as file:
                assert file.attrs["step"] == leg * (n_train // 32)
            with (folder / "history.csv").open() as stream:
                rows = list(csv.DictReader(stream))
            assert [int(row["epoch"]) for row in rows] == [leg - 1, leg]
            assert int(rows[-1]["updates"]) == leg * (n_train // 32)
            with h5py.File(folder / "trace.h5") as file:
                assert file["epochs"][:].tolist() == ([0, 1, 2] if leg == 2 else [3, 4])
                assert file["events"].shape[1:] == (500, 2)
                assert file["logits_real"].shape == file["logits_generated"].shape


def test_each_metric_stands_beside_its_floor(finished):
    with (finished / "results/tiny/tables/metrics.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["recipe"], row["epoch"]) for row in rows} == {
        (recipe, epoch) for recipe in ("original", "capable") for epoch in "124"
    }
    study = yaml.safe_load((finished / "results/tiny/provenance.json").read_text())["study"]
    measured = set(suite.keys(["x", "y"], study["evaluation"]))
    measured |= {("unreachable", "x"), ("unreachable", "y")}
    for recipe in ("original", "capable"):
        found = {(row["metric"], row["feature"]) for row in rows if row["recipe"] == recipe}
        assert found == measured
        beyond = {
            float(row["value"])
            for row in rows
            if row["recipe"] == recipe and row["metric"] == "unreachable"
        }
        # original's tanh can't reach what capable's linear head can.
        assert (min(beyond) > 0.1) if recipe == "original" else (beyond == {0.0})
    for row in rows:
        if row["metric"] == "auc":
            assert 0.4 < float(row["floor_mean"]) < 0.6
            assert float(row["value"]) > 0.7, "a GAN of four epochs can't be this good"
            assert float(row["z"]) > 4
            assert 0 < float(row["error"]) < 0.1
        if row["metric"] == "window_fraction":
            assert 0.4 < float(row["floor_mean"]) < 0.6


def test_the_preflight_is_shown_each_time(finished):
    for _ in range(2):
        said = snakemake(finished, "preflight")
        assert "original  " in said
        assert "That is no mode collapse" in said
    with (finished / "results/tiny/tables/preflight.csv").open() as stream:
        assert {row["recipe"] for row in csv.DictReader(stream)} == {"original", "capable"}


def test_the_pictures_are_there(finished):
    figures = finished / "results/tiny/figures/toy"
    pictures = sorted(str(path.relative_to(figures)) for path in figures.rglob("*.png"))
    assert pictures == sorted(
        [
            *(f"{name}.png" for name in ("reach", *(listed.name for listed in COMPARISON_FIGURES))),
            *(f"{recipe}/seed1/film.png" for recipe in ("original", "capable")),
            *(f"spectrum_epoch{epoch}.png" for epoch in (1, 2, 4)),
            *(
                f"{recipe}/seed1/epoch{epoch}/{name}.png"
                for recipe in ("original", "capable")
                for epoch in (1, 2, 4)
                for name in ("overlay", "scatter")
            ),
        ]
    )
    assert len(list(figures.rglob("*.svg"))) == len(pictures)
    assert len(list(figures.rglob("film.gif"))) == 2


def test_corners_are_drawn_when_asked_for(copied):
    """At the last count, and at the one by which a run had fallen."""
    snakemake(copied, "corners")
    for recipe in ("original", "capable"):
        falls = json.loads((copied / RUNS / recipe / "seed1/diagnosis.json").read_text())["falls"]
        corners = copied / f"results/tiny/figures/toy/{recipe}/seed1/corners"
        assert {int(path.stem.removeprefix("epoch")) for path in corners.glob("*.png")} == {
            4, *(fall["high"] for fall in falls[:1]),
        }  # fmt: skip


def test_the_provenance_names_what_made_it(finished):
    provenance = json.loads((finished / "results/tiny/provenance.json").read_text())
    toy = hashlib.sha256((finished / "toy.h5").read_bytes()).hexdigest()
    assert provenance["inputs"] == {"toy.h5": toy}
    assert provenance["study"]["recipes"]["original"]["scaler"] == "standard"
    assert provenance["packages"]["snakemake"]


def test_every_job_leaves_a_log(finished):
    logs = {str(p.relative_to(finished / "logs/tiny")) for p in (finished / "logs").rglob("*.log")}
    assert "train/toy.original.seed1.leg2.log" in logs
    assert "cutflow" in (finished / "logs/tiny/ingest/toy.log").read_text()


def test_the_same_study_again_gives_the_same_bytes(finished, tmp_path):
    """With one core instead of eight."""
    write_toy(tmp_path / "toy.h5")
    snakemake(tmp_path, "--cores", "1")
    assert digests(tmp_path) == digests(finished)


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_generator_is_exported_when_asked_for(copied, tmp_path):
    """By a job, with the bytes that another process writes at another time."""
    from collapse.planning.config import load_study

    from scripts.export import export

    folder = copied / RUNS / "capable/seed1/keras"
    assert planned(copied, "keras_generators") == {"export": 6, "keras_generators": 1}
    said = snakemake(copied, f"{RUNS}/capable/seed1/keras/epoch1.keras")
    assert "1 of 1 steps" in said
    assert sorted(path.name for path in folder.iterdir()) == ["epoch1.json", "epoch1.keras"]
    about = json.loads((folder / "epoch1.json").read_text())
    assert [feature["name"] for feature in about["features"]] == ["x", "y"]
    assert about["noise"] == {"dimension": 4, "distribution": "normal", "uniform": 0}
    study = load_study(yaml.safe_load(TINY.read_text()), ROOT)
    export(
        generators=copied / RUNS / "capable/seed1/leg2/generators.h5",
        scaler=copied / "results/tiny/data/toy/scalers/quantile.h5",
        recipe=study["recipes"]["capable"], count=1, threads=1,
        model=tmp_path / "epoch1.keras", about=tmp_path / "epoch1.json",
    )  # fmt: skip
    for name in ("epoch1.keras", "epoch1.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_legs_do_not_change_the_training(finished, tmp_path):
    write_toy(tmp_path / "toy.h5")
    one_leg = overlay(tmp_path, leg_epochs=4, recipes={"capable": {}})
    snakemake(tmp_path, f"{RUNS}/capable/seed1/leg4/samples.h5", config=[TINY, one_leg])
    here, there = (folder / RUNS / "capable/seed1/leg4" for folder in (tmp_path, finished))
    assert (here / "checkpoint.h5").read_bytes() == (there / "checkpoint.h5").read_bytes()
    with h5py.File(here / "samples.h5") as a, h5py.File(there / "samples.h5") as b:
        np.testing.assert_array_equal(a["4"]["events"], b["4"]["events"])


def test_a_second_run_does_nothing(finished):
    assert planned(finished) == NO_JOBS


def test_a_longer_epoch_list_runs_only_the_new_leg(finished, tmp_path):
    config = [TINY, overlay(tmp_path, epochs=[1, 2, 4, 6])]
    assert planned(finished, config=config) == {
        "train": 2, "sample": 2, "evaluate": 2, "diagnose": 2, "draw_checkpoints": 2,
        "draw_films": 2, **SUMMARIES,
    }  # fmt: skip


def test_a_count_within_a_stretch_redoes_that_leg_with_equal_bytes(copied, tmp_path):
    config = [TINY, overlay(tmp_path, epochs=[1, 2, 3, 4])]
    target = f"{RUNS}/capable/seed1/leg4/checkpoint.h5"
    assert planned(copied, target, config=config) == {"train": 1}
    before = (copied / target).read_bytes()
    snakemake(copied, target, config=config)
    assert (copied / target).read_bytes() == before
    wide = overlay(tmp_path, epochs=[1, 2, 6], leg_epochs=100)
    assert (
        "2 runs trained to epoch 4 will be trained from 0 to 6: a job trains a stretch of "
        "`leg_epochs: 100` epochs as a whole, and both counts lie in one."
    ) in snakemake(copied, "--dry-run", config=[TINY, wide])


def test_a_study_that_moves_to_another_clone_is_done(finished, tmp_path):
    """Whose shipped files are newer than the results, and which has no records of Snakemake's."""
    clone = copy_project(tmp_path / "clone")
    sample = {"files": "shipped:dimuon.root", "max_events": 2000}
    here = [TINY, overlay(tmp_path, datasets={"toy": sample | {
        "features": {"x": {"expression": "muon[0].eta"}, "y": {"expression": "muon[0].pt"}},
        "objects": {"muon": {"pt": "Muon_pt", "eta": "Muon_eta", "order_by": "pt"}},
    }})]  # fmt: skip
    first = tmp_path / "first"
    first.mkdir()
    snakemake(first, "events", config=here)
    (tmp_path / "moved").mkdir()
    shutil.copytree(first / "results", tmp_path / "moved/results")
    (clone / "resources/dimuon.root").touch()
    assert planned(tmp_path / "moved", "events", root=clone, config=here) == NO_JOBS
    content = (clone / "resources/dimuon.root").read_bytes()
    (clone / "resources/dimuon.root").write_bytes(content + b" ")
    assert planned(first, "events", root=clone, config=here) == {"ingest": 1, "events": 1}


def test_a_shorter_list_trains_nothing(copied, tmp_path):
    """What exists for a longer one serves it, and gives what a study of its own would."""
    config = [TINY, overlay(tmp_path, epochs=[2, 4])]
    jobs = planned(copied, config=config)
    assert not {"train", "sample"} & {*jobs}
    snakemake(copied, config=config)
    with (copied / "results/tiny/tables/metrics.csv").open() as lines:
        assert {row["epoch"] for row in csv.DictReader(lines)} == {"2", "4"}
    assert planned(copied, config=config) == NO_JOBS


def test_a_changed_parameter_is_named(finished, tmp_path):
    new = {"capable": {"optimizers": {"generator": {"learning_rate": 0.003}}}}
    said = snakemake(finished, "--dry-run", config=[TINY, overlay(tmp_path, recipes=new)])
    line = r"train \(1 job\) runs again: optimizers\.generator\.learning_rate: .*, now 0\.003"
    assert re.search(line, said)


def test_a_new_recipe_runs_only_its_own(finished, tmp_path):
    new = {"mine": {"extends": "capable", "generator": {"head": "tanh"}}}
    assert planned(finished, config=[TINY, overlay(tmp_path, recipes=new)]) == {
        "preflight_recipe": 1, "tabulate_preflight": 1, "train": 2, "sample": 2, "evaluate": 2,
        "diagnose": 1, "draw_checkpoints": 1, "draw_films": 1, "draw_reach": 1, **SUMMARIES,
    }  # fmt: skip


def test_a_new_seed_runs_only_its_own(finished, tmp_path):
    assert planned(finished, config=[TINY, overlay(tmp_path, seeds=[1, 2])]) == {
        "train": 4, "sample": 4, "evaluate": 4, "diagnose": 2, "draw_checkpoints": 2,
        "draw_films": 2, **SUMMARIES,
    }  # fmt: skip


def test_a_label_redraws_and_a_window_measures_again(finished, tmp_path):
    label = {"toy": {"features": {"x": {"label": "$x$ of the toy"}}}}
    assert planned(finished, config=[TINY, overlay(tmp_path, datasets=label)]) == {
        "draw_checkpoints": 2, "draw_films": 2, "draw_reach": 1, "draw_comparison": 1,
        "write_front": 1, "all": 1, "record_provenance": 1,
    }  # fmt: skip
    window = {"windows": {"left": {"high": 0.5}}}
    assert planned(finished, config=[TINY, overlay(tmp_path, evaluation=window)]) == {
        "preflight_recipe": 2, "tabulate_preflight": 1, "measure_floors": 1, "evaluate": 4,
        "diagnose": 2, "draw_checkpoints": 2, "draw_films": 2, "draw_reach": 1, **SUMMARIES,
    }  # fmt: skip


def test_a_derived_column_measures_again_and_trains_nothing(finished, tmp_path):
    derived = {"derived": {"ratio": {"expression": "x / y"}}}
    assert planned(finished, config=[TINY, overlay(tmp_path, evaluation=derived)]) == {
        "preflight_recipe": 2, "tabulate_preflight": 1, "measure_floors": 1, "evaluate": 4,
        "diagnose": 2, "draw_checkpoints": 2, "draw_films": 2, "draw_reach": 1, **SUMMARIES,
    }  # fmt: skip


def test_a_cut_of_generated_events_samples_again(finished, tmp_path):
    cuts = {"select": {"low": "y > 1"}}
    found = planned(finished, config=[TINY, overlay(tmp_path, generated=cuts)])
    assert found["sample"] == found["evaluate"] == 4
    assert "train" not in found


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["figures"], NO_JOBS),
        (["-R", "sample"],
         {"sample": 4, "evaluate": 4, "diagnose": 2, "draw_checkpoints": 2, "draw_films": 2,
          **SUMMARIES}),
        (["-R", "fit_scaler"],
         {"fit_scaler": 2, "preflight_recipe": 2, "tabulate_preflight": 1, "train": 4, "sample": 4,
          "evaluate": 4, "diagnose": 2, "draw_checkpoints": 2, "draw_films": 2, "draw_reach": 1,
          **SUMMARIES}),
        (["-R", "draw_comparison"], {"draw_comparison": 1, "write_front": 1, "all": 1}),
        (["-R", "sample", "--until", "evaluate"], {"sample": 4, "evaluate": 4}),
        (["-f", f"{RUNS}/capable/seed1/leg2/samples.h5"], {"sample": 1}),
        (["-F", "metrics"],
         {"ingest": 1, "fit_scaler": 2, "train": 4, "sample": 4, "measure_floors": 1,
          "evaluate": 4, "tabulate_metrics": 1, "metrics": 1}),
    ],
)  # fmt: skip
def test_single_stages(finished, arguments, expected):
    assert planned(finished, *arguments) == expected


@pytest.mark.parametrize(
    "target", ["events", "scalers", "preflight", "checkpoints", "samples", "metrics"]
)
def test_targets_are_stages(target, tmp_path):
    """What each target needs from nothing, stage by stage."""
    write_toy(tmp_path / "toy.h5")
    chain = {
        "events": {"ingest": 1},
        "scalers": {"fit_scaler": 2},
        "preflight": {"preflight_recipe": 2, "tabulate_preflight": 1},
        "checkpoints": {"train": 4},
        "samples": {"sample": 4},
        "metrics": {"measure_floors": 1, "evaluate": 4, "tabulate_metrics": 1},
    }
    expected = {target: 1}
    for name, jobs in chain.items():
        if name in (target, "events", "scalers", "checkpoints", "samples"):
            expected |= jobs
        if name == target:
            break
    assert planned(tmp_path, target) == expected


def test_an_edit_reruns_the_stages_whose_code_it_is(copied, tmp_path):
    project = copy_project(tmp_path / "project")

    def plan_after(file, old, new):
        path = project / "scripts" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        jobs = planned(copied, root=project, config=project / "config/test/tiny.yaml")
        path.write_text(text)
        return jobs

    assert (
        plan_after("collapse/gan/engine.py", '"""One step', '# Why.\n        """One step')
        == NO_JOBS
    )
    assert plan_after("collapse/figures/overlay.py", "import math", "import math, os") == {
        "draw_checkpoints": 2, "all": 1,
    }  # fmt: skip
    assert plan_after("collapse/metrics/classifier.py", "_LEAVES = 50, 15", "_LEAVES = 50, 16") == {
        "measure_floors": 1, "evaluate": 4, "diagnose": 2, "draw_checkpoints": 2, "draw_films": 2,
        **SUMMARIES,
    }  # fmt: skip


def test_a_mistake_in_the_config_is_one_message(finished, tmp_path):
    said = snakemake(
        finished, "-n", config=[TINY, overlay(tmp_path, recipes={"a": {"extends": "capabel"}})],
        check=False,
    )  # fmt: skip
    assert "recipes.a.extends: no other recipe is called 'capabel'. Did you mean 'capable'?" in said
    assert "Traceback" not in said


def test_epochs_on_the_command_line(finished):
    jobs = planned(finished, "--config", "epochs=[1,2,4,6]")
    assert jobs["train"] == 2
    said = snakemake(finished, "-n", "--config", "epochs=10,30", check=False)
    assert "--config 'epochs=[10,30]'" in said


def test_the_default_study_is_loaded_only_when_none_is_given(tmp_path):
    assert "dimuon" in snakemake(tmp_path, "-n", "events", config=())
    assert "dimuon" not in snakemake(tmp_path, "-n", "events", check=False)


def test_simulated_events_are_read(tmp_path):
    """From Pythia to the events file, by the rule that makes any size."""
    pytest.importorskip("pythia8mc")
    few = {"dimuon": {"events": 60, "fractions": {"drell_yan": 0.5, "upsilon1s": 0.5}}}
    few["dimuon"]["fractions"] |= dict.fromkeys(("jpsi", "psi2s", "upsilon2s", "upsilon3s"), 0)
    config = [ROOT / "config/simulate.yaml", overlay(tmp_path, simulations=few)]
    snakemake(tmp_path, "events", config=config)
    with h5py.File(tmp_path / "results/sample/data/dimuon/events.h5") as file:
        assert file["events"].shape == (60, 6)


def test_a_mixture_is_drawn_and_read(tmp_path):
    config = [ROOT / "config/grid.yaml", overlay(tmp_path, simulations={"grid": {"events": 300}})]
    snakemake(tmp_path, "events", config=config)
    with h5py.File(tmp_path / "results/grid/data/grid/events.h5") as file:
        assert file["events"].shape == (300, 2)


def test_the_default_study_runs_from_elsewhere(tmp_path):
    """Its sample is found beside the Snakefile."""
    snakemake(tmp_path, "events", config=())
    assert (tmp_path / "results/dimuon/data/dimuon/events.h5").is_file()


@pytest.mark.parametrize("option", ["--profile", "--workflow-profile"])
def test_the_slurm_profile_parses_and_schedules(option, tmp_path):
    write_toy(tmp_path / "toy.h5")
    jobs = planned(tmp_path, option, ROOT / "profiles/slurm", "samples")
    assert jobs["train"] == 4


def test_a_missing_input_is_named(tmp_path):
    said = snakemake(tmp_path, "events", check=False)
    assert "toy.h5" in said
    assert "Traceback" not in said


def test_a_broken_input_leaves_nothing_behind(tmp_path):
    (tmp_path / "toy.h5").write_bytes(b"not HDF5")
    said = snakemake(tmp_path, "events", check=False)
    assert "toy.h5" in said
    assert "Traceback" not in said
    assert not list((tmp_path / "results").rglob("*.h5"))


NETWORKS = """
import os, sys
from pathlib import Path
import keras

with Path(os.environ["RAN"]).open("a") as stream:
    stream.write(sys.argv[0].split(".")[-2] + "\\n")

def build_generator(noise_dim, n_features):
    inputs = keras.Input((noise_dim,))
    hidden = keras.layers.Dropout(0.1)(keras.layers.Dense(5, activation="selu")(inputs))
    return keras.Model(inputs, keras.layers.Dense(n_features)(hidden))

def build_discriminator(n_features):
    return keras.Sequential([
        keras.layers.Dense(5, activation="relu"), keras.layers.Dropout(0.1), keras.layers.Dense(1)
    ])
"""


@pytest.fixture
def own_networks(finished, tmp_path, monkeypatch):
    """The tiny study with a recipe of a user's own networks: folder, config files."""
    folder = tmp_path / "own"
    shutil.copytree(finished / "results/tiny/data", folder / "results/tiny/data")
    shutil.copytree(finished / ".snakemake", folder / ".snakemake")
    shutil.copy2(finished / "toy.h5", folder)
    (folder / "mine.py").write_text(NETWORKS)
    monkeypatch.setenv("RAN", str(folder / "ran.txt"))
    mine = {"extends": "capable", "networks": "mine.py", "batch_size": 32}
    return folder, [TINY, overlay(tmp_path, recipes={"mine": mine, "capable": {}})]


def test_own_networks_are_run_by_training_alone(own_networks):
    folder, config = own_networks
    run = f"{RUNS}/mine/seed1"
    targets = [f"{run}/leg2/samples.h5", "results/tiny/data/toy/preflight/mine.json"]
    assert planned(folder, *targets, config=config) == {
        "train": 1,
        "sample": 1,
        "preflight_recipe": 1,
    }
    assert not (folder / "ran.txt").exists()
    snakemake(folder, *targets, config=config)
    assert set((folder / "ran.txt").read_text().split()) == {"train"}
    with h5py.File(folder / run / "leg2/samples.h5") as file:
        assert np.isfinite(file["2/events"]).all()
    assert planned(folder, *targets, config=config) == NO_JOBS
    mine, other = folder / "mine.py", f"{RUNS}/capable/seed1/leg2/samples.h5"
    before = planned(folder, other, config=config)
    mine.write_text(NETWORKS.replace("Dense(5", "Dense(6"))
    assert planned(folder, *targets, config=config) == {"train": 1, "sample": 1}
    assert planned(folder, other, config=config) == before
    mine.write_text(NETWORKS.replace("Dense(1)", "Dense(3)"))
    said = snakemake(folder, *targets, config=config, check=False)
    assert "mine.py: build_discriminator: expected one input of width 2 and one output" in said
    assert "Traceback" not in said
    mine.unlink()
    said = snakemake(folder, "-n", *targets, config=config, check=False)
    assert "recipes.mine.networks: mine.py is not there." in said


@pytest.mark.long
def test_own_networks_resume_exactly_and_are_exported(own_networks, tmp_path):
    folder, config = own_networks
    run = f"{RUNS}/mine/seed1"
    snakemake(folder, f"{run}/leg4/samples.h5", f"{run}/keras/epoch4.keras", config=config)
    assert set((folder / "ran.txt").read_text().split()) == {"train"}
    there = folder / run / "leg4"
    parts = {name: (there / name).read_bytes() for name in ("checkpoint.h5", "samples.h5")}
    (tmp_path / "one_leg.yaml").write_text("{leg_epochs: 4, epochs: [4]}")
    snakemake(folder, "-F", f"{run}/leg4/samples.h5", config=[*config, tmp_path / "one_leg.yaml"])
    assert {name: (there / name).read_bytes() for name in parts} == parts


def test_parsing_is_light():
    """Cluster jobs parse the workflow again: no TensorFlow, and less than a second of our own."""
    parse = f"""
import sys, time
sys.path.insert(0, {str(ROOT / "scripts")!r})
import snakemake.api, snakemake.workflow, yaml, jsonschema
start, before = time.process_time(), set(sys.modules)
from collapse.planning.config import load_study
from collapse.planning.digest import code_digest
from pathlib import Path
root = Path({str(ROOT)!r})
load_study(yaml.safe_load((root / "config/config.yaml").read_text()), root)
for script in (root / "scripts").glob("*.py"):
    code_digest(script)
seconds = time.process_time() - start
heavy = {{"tensorflow", "keras", "sklearn", "matplotlib", "uproot", "h5py"}}
heavy &= set(sys.modules) - before
assert not heavy, heavy
assert seconds < 1, seconds
"""
    subprocess.run([sys.executable, "-c", parse], check=True, cwd=ROOT)


def test_the_readme_shows_the_rules_as_they_are(tmp_path):
    readme = (ROOT / "README.md").read_text()
    shown = readme.partition("<!-- begin dag -->")[2].partition("<!-- end dag -->")[0]
    drawn = snakemake(tmp_path, "--forceall", "--rulegraph", "mermaid-js", config=())
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", drawn))
    edges = {(names[a], names[b]) for a, b in re.findall(r"(id\d+) --> (id\d+)", drawn)}
    # After a change of the rules: make dag.
    assert set(re.findall(r"(\w+) --> (\w+)", shown)) == edges != set()
