"""Events at the edge of what can be learnt: a clear error, or a right result."""

import csv

import h5py
import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events.store import create_events, open_events
from collapse.files import read_csv
from collapse.scaling import fit_scaler, save_scaler

from scripts.evaluate import evaluate
from scripts.ingest import ingest
from scripts.measure_floors import measure_floors
from tests.workflow import ROOT

SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 1}
STANDARD = {"kind": "standard", "features": {}, "log": []}


def read(folder, columns, **changes):
    """Ingest columns; return the events."""
    with h5py.File(folder / "a.h5", "w") as file:
        for name, column in columns.items():
            file[name] = column
    features = {name: {"expression": name} for name in columns}
    dataset = {"files": str(folder / "a.h5"), "features": features, "split": SPLIT} | changes
    ingest(dataset=dataset, path=folder / "events.h5")
    return open_events(folder / "events.h5")


@pytest.mark.parametrize(
    ("values", "changes", "message"),
    [
        (np.arange(50.0), {"selection": {"high": "x > 99"}}, "high dropped all of them"),
        (np.arange(50.0), {"sentinels": [*range(50)]}, "sentinel dropped all of them"),
        (np.full(50, np.nan), {}, "non_finite dropped all of them"),
        (np.full(50, np.inf), {}, "non_finite dropped all of them"),
        (np.full(50, np.nan), {"selection": {"any": "x > 0"}}, "any dropped all of them"),
        (np.ones(1), {}, "received none of the 1 events"),
        (np.ones(2), {}, "received none of the 2 events"),
        (np.ones(0), {}, "holds no events"),
        (np.arange(50.0), {"weight": "x * 0"}, "received only zeros"),
        (np.ones(50), {}, "received none of the 50 events"),  # equal events share a side
    ],
)
def test_nothing_to_learn_from_is_refused(values, changes, message, tmp_path):
    with pytest.raises(InputError, match=message):
        read(tmp_path, {"x": values}, **changes)
    assert not (tmp_path / "events.h5").exists()


def test_a_constant_feature_is_named(tmp_path, caplog):
    rng = np.random.default_rng(0)
    events = read(tmp_path, {"x": rng.normal(size=500), "same": np.full(500, 2.5)})
    assert "features.same is 2.5 in all events" in caplog.text
    fit_scaler(events.split("train"), events.names, STANDARD)
    assert "there is nothing to learn: same. Remove" in caplog.text


def test_too_few_events_to_measure_are_refused(tmp_path):
    events = read(tmp_path, {"x": np.random.default_rng(0).normal(size=60)})
    assert len(events.values) == 60
    settings = {"events": 100, "sample_events": None, "derived": {}}
    with pytest.raises(InputError, match="at least 100 are needed to measure anything"):
        measure_floors(
            events=tmp_path / "events.h5", settings=settings, path=tmp_path / "floors.csv"
        )


def go_through(folder, values, names, counts=(1,), **changes):
    """Scale, train, sample and measure; return the metrics by name and feature."""
    import yaml
    from collapse.planning.recipes import complete_recipe

    from scripts.sample import sample
    from scripts.train import train

    shipped = yaml.safe_load((ROOT / "config/recipes.yaml").read_text())
    recipe = complete_recipe("capable", {"capable": {"batch_size": 32} | changes}, shipped)
    n = len(values)
    sizes = [n - 2 * (n // 3), n // 3, n // 3]
    with create_events(folder / "events.h5", names, sizes, [("read", n)]) as matrix:
        matrix[:] = values
    events = open_events(folder / "events.h5")
    save_scaler(folder / "scaler.h5", fit_scaler(events.split("train"), names, STANDARD))
    made = {name: folder / f"{name}.h5" for name in ("checkpoint", "generators", "trace")}
    train(
        events=folder / "events.h5", scaler=folder / "scaler.h5", previous=None, recipe=recipe,
        dataset="toy", name="capable", seed=1, counts=list(counts), steps_per_epoch=None, threads=1,
        history=folder / "history.csv", timing=folder / "timing.csv", **made,
    )  # fmt: skip
    sample(
        generators=made["generators"], scaler=folder / "scaler.h5", recipe=recipe, seed=1,
        n_events=None, events=folder / "events.h5", threads=1, samples=folder / "samples.h5",
    )  # fmt: skip
    settings = {
        "events": 200, "folds": 2, "draws": 2, "slow_draws": 2, "sample_events": None,
        "windows": {}, "modes": None, "least_mode_share": 0.25, "derived": {},
    }  # fmt: skip
    measure_floors(events=folder / "events.h5", settings=settings, path=folder / "floors.csv")
    evaluate(
        events=folder / "events.h5", samples=folder / "samples.h5", floors=folder / "floors.csv",
        regions=folder / "regions.csv", dataset="toy", name="capable",
        recipe=recipe, seed=1, settings=settings, path=folder / "metrics.csv",
    )  # fmt: skip
    with (folder / "history.csv").open() as stream:
        updates = int(list(csv.DictReader(stream))[-1]["updates"])
    found = {(r["metric"], r["feature"]): r["value"] for r in read_csv(folder / "metrics.csv")}
    return updates, found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("events", "width", "batch", "updates"),
    [
        (900, 1, 32, 300 // 32),
        (360, 2, 5000, 1),  # a batch larger than the data is one update an epoch
        pytest.param(900, 200, 32, 300 // 32, marks=pytest.mark.long),
    ],
)
def test_odd_shapes_go_all_the_way(events, width, batch, updates, tmp_path, tensorflow):
    values = np.random.default_rng(0).normal(3, 2, (events, width)).astype(np.float32)
    names = [f"f{i}" for i in range(width)]
    done, found = go_through(tmp_path, values, names, batch_size=batch)
    assert done == updates
    assert float(found["non_finite", ""]) == 0
    assert 0.5 < float(found["auc", ""]) <= 1
    assert {feature for _, feature in found if feature in names} == set(names)


@pytest.mark.slow
def test_a_constant_feature_goes_all_the_way(tmp_path, tensorflow):
    values = np.random.default_rng(0).normal(3, 2, (900, 3)).astype(np.float32)
    values[:, 1] = 7
    done, found = go_through(tmp_path, values, ["a", "same", "b"])
    assert done == 300 // 32
    assert float(found["non_finite", ""]) == 0
    assert 0.5 < float(found["auc", ""]) <= 1
