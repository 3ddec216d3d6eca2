import json
import logging
import time

import numpy as np
import pytest
import yaml
from collapse.events.store import create_events, open_events
from collapse.files import read_csv
from collapse.planning.config import load_study
from collapse.scaling import fit_scaler, save_scaler

from scripts.ingest import ingest
from scripts.preflight_recipe import preflight_recipe
from scripts.tabulate_preflight import tabulate_preflight
from tests.preflight.studies import columns, find, kinds, make_study


def six_recipes(root):
    raw = yaml.safe_load((root / "config/config.yaml").read_text())
    names = yaml.safe_load((root / "config/recipes.yaml").read_text())
    return raw | {"recipes": {name: {} for name in names}}


def test_the_default_study(root, tmp_path):
    """The four recipes of the question and its advice share their fault; the others have none.

    All learn a mass beside the muons that determine it.
    """
    study = load_study(six_recipes(root), root)
    ingest(dataset=study["datasets"]["dimuon"], path=tmp_path / "events.h5")
    events = open_events(tmp_path / "events.h5")
    paths = {}
    for name, recipe in study["recipes"].items():
        scaler = tmp_path / f"{recipe['scaler']}.h5"
        if not scaler.exists():
            options = study["scalers"][recipe["scaler"]]
            save_scaler(scaler, fit_scaler(events.split("train"), events.names, options))
        paths[name] = tmp_path / f"{name}.json"
        preflight_recipe(
            events=tmp_path / "events.h5", scaler=scaler, dataset="dimuon", name=name,
            recipe=recipe, windows=study["evaluation"]["windows"], sentinels=[], path=paths[name],
        )  # fmt: skip
    reports = {name: json.loads(path.read_text()) for name, path in paths.items()}
    advice = ("original", "discriminator_every_second_epoch", "separate_batches")
    for name in (*advice, "batch_normalisation"):
        assert reports[name]["reach"]["unreachable"] == pytest.approx(0.819, abs=0.001)
        assert reports[name]["reach"]["auc"] == pytest.approx(0.910, abs=0.001)
        assert kinds(reports[name])[:2] == ["support_truncated", "bottleneck"]
    assert "has 73 parameters" in find(reports["original"], "weak_discriminator")["finding"]
    for name in ("capable", "stable"):
        assert kinds(reports[name]) == ["relation"]
        assert "mass" in find(reports[name], "relation")["features"]
    tabulate_preflight(
        reports=paths.values(), table=tmp_path / "preflight.csv", text=tmp_path / "preflight.txt"
    )
    rows = read_csv(tmp_path / "preflight.csv")
    assert [row["kind"] for row in rows if row["recipe"] == "stable"] == ["relation"]
    assert {row["recipe"] for row in rows} == set(study["recipes"])
    text = (tmp_path / "preflight.txt").read_text()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 130
    assert lines[1].split()[:4] == ["dimuon", "original", "81.9%", ">="]
    assert text.count("That is no mode collapse") == 1, "what recipes share is told once"


def test_the_worst_is_warned_of_and_the_rest_named(root, tmp_path, caplog):
    toy = make_study(root, columns())
    table = np.stack(list(toy.columns.values()), axis=1).astype(np.float32)
    with create_events(tmp_path / "events.h5", list("abcdef"), [3000, 500, 500], []) as matrix:
        matrix[:] = table
    config = {"kind": "standard", "features": {}, "log": []}
    save_scaler(tmp_path / "standard.h5", fit_scaler(table[:3000], list("abcdef"), config))
    recipe = load_study(toy.raw, toy.root)["recipes"]["original"]
    with caplog.at_level(logging.WARNING):
        preflight_recipe(
            events=tmp_path / "events.h5", scaler=tmp_path / "standard.h5", dataset="toy",
            name="original", recipe=recipe, windows={}, sentinels=[], path=tmp_path / "reach.json",
        )  # fmt: skip
    (record,) = caplog.records
    said = record.getMessage()
    assert said.startswith("original on toy: 89")
    assert "Cure: generator: {head: linear}. Also: bottleneck, blind_discriminator" in said


def test_a_million_events_take_less_than_two_seconds(tmp_path):
    rng = np.random.default_rng(2)
    names = [f"x{i}" for i in range(10)]
    with create_events(tmp_path / "events.h5", names, [1_000_000, 10, 10], []) as matrix:
        for start in range(0, 1_000_020, 100_002):
            matrix[start : start + 100_002] = rng.normal(size=(100_002, 10))
    train = open_events(tmp_path / "events.h5").split("train")
    options = {"kind": "standard", "features": {}, "log": []}
    save_scaler(tmp_path / "scaler.h5", fit_scaler(train[:10_000], names, options))
    recipe = {
        "scaler": "standard", "generator": {"hidden": [64], "head": "tanh"}, "batch_size": 128,
        "discriminator": {"hidden": [64]}, "noise": {"dimension": 64},
    }  # fmt: skip
    start = time.process_time()
    preflight_recipe(
        events=tmp_path / "events.h5", scaler=tmp_path / "scaler.h5", dataset="big", name="a",
        recipe=recipe, windows={}, sentinels=[], path=tmp_path / "reach.json",
    )  # fmt: skip
    assert time.process_time() - start < 2
    reach = json.loads((tmp_path / "reach.json").read_text())["reach"]
    assert reach["auc"] == pytest.approx(0.989, abs=0.002)
