"""Samples from elsewhere: what is read, what is refused, and a study of nothing else."""

import csv
import json
import logging

import h5py
import numpy as np
import pytest
import uproot
import yaml
from collapse.errors import InputError
from collapse.events.store import create_events, open_events

from scripts.import_samples import import_samples
from scripts.preflight_recipe import preflight_recipe
from tests.workflow import NO_JOBS, TINY, planned, snakemake, write_toy

RUNS = "results/tiny/runs/toy"
DATASET = {
    "features": {"x": {"expression": "2 * a"}, "y-2": {"expression": "a + b"}},
    "objects": {},
}
SETTINGS = {"events": 50, "sample_events": None}
MINE = {"kind": "external", "samples": "mine/epoch{epochs}.h5"}


def study(**recipes):
    return yaml.safe_load(TINY.read_text()) | {"recipes": recipes}


@pytest.fixture
def events(tmp_path):
    """An events file of 400 events, 80 of them in the test split."""
    path = tmp_path / "events.h5"
    with create_events(path, DATASET["features"], [240, 80, 80], [["kept", 400]]) as matrix:
        matrix[:] = np.random.default_rng(0).normal(size=(400, 2))
    return path


@pytest.fixture
def read(events, tmp_path):
    """Import one file; return its events."""

    def read_one(file, columns="names", settings=SETTINGS, **options):
        recipe = {"kind": "external", "samples": [str(file)], "columns": columns}
        path = tmp_path / "samples.h5"
        import_samples(
            events=events, recipe=recipe, dataset=DATASET, name="toy", seed=1, counts=[3],
            settings=settings, path=path, **options,
        )  # fmt: skip
        with h5py.File(path) as stored:
            assert dict(stored["3"].attrs) == {"updates": 0, "diverged_step": 0}
            return stored["3/events"][()]

    return read_one


def test_hdf5_and_root_give_the_same(read, tmp_path):
    x, y = np.random.default_rng(1).normal(size=(2, 70)).astype(np.float32)
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["y-2"], file["x"] = y, x
    with uproot.recreate(tmp_path / "mine.root") as file:
        file["Events"] = {"a": x / 2, "b": y - x / 2}
    expected = np.column_stack([x, y])
    np.testing.assert_array_equal(read(tmp_path / "mine.h5"), expected)
    np.testing.assert_array_equal(read(tmp_path / "mine.h5", chunk_bytes=64), expected)
    found = read(f"{tmp_path}/mine.root:Events", "expressions")
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_array_equal(
        read(tmp_path / "mine.root", {"x": "a", "y-2": "-a"}), np.column_stack([x / 2, -x / 2])
    )


def test_a_matrix_without_names_is_read_by_column(read, tmp_path):
    matrix = np.random.default_rng(1).normal(size=(60, 2)).astype(np.float32)
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["events"] = matrix
    found = read(tmp_path / "mine.h5", {"x": "events[1]", "y-2": "events[0]"})
    np.testing.assert_array_equal(found, matrix[:, ::-1])


def test_nothing_is_cut(read, tmp_path):
    x = np.arange(80, dtype=np.float64)
    x[[3, 5]] = np.nan, 1e300
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["x"] = file["y-2"] = x
    found = read(tmp_path / "mine.h5")
    assert np.flatnonzero(~np.isfinite(found[:, 0])).tolist() == [3, 5]
    assert found[79].tolist() == [79, 79]


def test_of_a_longer_file_events_are_drawn(read, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    x = np.arange(5000, dtype=np.float64)
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["x"] = file["y-2"] = x
    settings = {"events": 50, "sample_events": 200}
    found = read(tmp_path / "mine.h5", settings=settings)
    assert found.shape == (200, 2)
    assert (np.diff(found[:, 0]) > 0).all(), "the order of the file"
    # A uniform law's mean, within four standard deviations; the first 200 would have 100.
    assert abs(found.mean() - 2500) < 4 * 5000 / (12 * 200) ** 0.5
    assert "200 events, drawn from 5000" in caplog.text
    again = read(tmp_path / "mine.h5", settings=settings, chunk_bytes=64)
    np.testing.assert_array_equal(found, again)


def test_too_few_events_are_refused(read, tmp_path):
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["x"] = file["y-2"] = np.zeros(49)
    with pytest.raises(InputError, match=r"mine\.h5: expected at least 50 events.*Received: 49"):
        read(tmp_path / "mine.h5")
    with pytest.raises(InputError, match="expected branch a, which is not there"):
        read(tmp_path / "mine.h5", "expressions")
    assert not (tmp_path / "samples.h5").exists()


def test_of_its_recipe_nothing_is_known(events, tmp_path, caplog):
    values = open_events(events).values
    with h5py.File(events, "a") as file:
        file["events"][:, 1] = values[:, 0] * 3
    arguments = {
        "events": events, "scaler": None, "dataset": "toy", "name": "mine", "sentinels": [],
        "recipe": MINE | {"columns": "names"}, "path": tmp_path / "reach.json",
        "windows": {"rare": {"feature": "x", "low": 90, "high": 91}},
    }  # fmt: skip
    with caplog.at_level(logging.WARNING):
        preflight_recipe(**arguments)
    report = json.loads((tmp_path / "reach.json").read_text())
    assert report["head"] is report["reach"] is report["discriminator"]["parameters"] is None
    assert (report["modes"], report["trained"]) == ({}, False)
    assert [finding["kind"] for finding in report["findings"]] == ["duplicated"]


def write_samples(folder):
    """Good events at epochs 1 and 2, a few not finite at 2, a point at epoch 4; in both formats."""
    (folder / "mine").mkdir()
    rng = np.random.default_rng(5)
    for count in (1, 2, 4):
        x = np.where(rng.random(500) < 0.5, -2, 2) + rng.normal(0, 0.3, 500)
        y = rng.exponential(3, 500) + 1
        if count == 4:
            x, y = (2 + 1e-4 * column for column in (x, y))
        with uproot.recreate(folder / f"mine/seed1_epoch{count}.root") as file:
            file["Events"] = {"x": x, "y": y}
        if count == 2:
            x[:25] = np.nan
        with h5py.File(folder / f"mine/epoch{count}.h5", "w") as file:
            file["events"] = np.column_stack([y, x])


@pytest.mark.slow
def test_a_study_of_samples_from_elsewhere_needs_no_tensorflow(tmp_path, monkeypatch):
    for name in ("tensorflow", "keras"):
        (tmp_path / f"without/{name}").mkdir(parents=True)
        (tmp_path / f"without/{name}/__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "without"))
    write_toy(tmp_path / "toy.h5")
    write_samples(tmp_path)
    config = tmp_path / "config.yaml"
    mine = MINE | {"columns": {"x": "events[1]", "y": "events[0]"}}
    root = {"kind": "external", "samples": ["mine/seed{seed}_epoch{epochs}.root:Events"]}
    config.write_text(yaml.safe_dump(study(mine=mine, root=root)))
    jobs = planned(tmp_path, config=config)
    assert jobs["import_samples"] == 4
    assert not {"train", "sample", "fit_scaler"} & set(jobs)
    for target in ("checkpoints", "keras_generators", "scalers"):
        assert set(planned(tmp_path, target, config=config)) <= {target}
    snakemake(tmp_path, config=config)
    with (tmp_path / "results/tiny/tables/metrics.csv").open() as stream:
        lost = {
            (row["recipe"], row["epoch"]): float(row["value"])
            for row in csv.DictReader(stream)
            if row["metric"] == "non_finite"
        }
    assert lost["root", "2"] == 0
    with h5py.File(tmp_path / RUNS / "mine/seed1/leg2/samples.h5") as samples:
        kept = samples["2/events"][()]
    held = np.isnan(kept[:, 0]).mean()
    assert held == pytest.approx(25 / 500, abs=0.04), "some are drawn"
    assert lost["mine", "2"] == pytest.approx(held, abs=0.05), "of these some are measured"
    for recipe in ("mine", "root"):
        diagnosis = json.loads((tmp_path / RUNS / recipe / "seed1/diagnosis.json").read_text())
        assert diagnosis["checkpoints"][-1]["verdict"] == "point_collapse"
        (fall,) = diagnosis["falls"]
        assert (fall["low"], fall["high"], fall["placed_by"]) == (2, 4, "counts")
    assert (tmp_path / "results/tiny/figures/toy/mine/seed1/epoch4/overlay.png").is_file()
    assert not (tmp_path / "results/tiny/figures/toy/reach.png").exists(), "there is no head"
    provenance = json.loads((tmp_path / "results/tiny/provenance.json").read_text())
    assert "mine/epoch4.h5" in provenance["inputs"]
    assert planned(tmp_path, config=config) == NO_JOBS
    (tmp_path / "mine/epoch4.h5").write_bytes((tmp_path / "mine/epoch1.h5").read_bytes())
    jobs = planned(tmp_path, config=config)
    assert (jobs["import_samples"], jobs["evaluate"], jobs["diagnose"]) == (1, 1, 1)
