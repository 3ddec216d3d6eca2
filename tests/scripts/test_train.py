import csv
import hashlib
import logging
import re

import h5py
import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events.store import create_events, open_events
from collapse.gan.recovery import Recovery
from collapse.gan.training import HISTORY
from collapse.scaling import fit_scaler, save_scaler

from scripts.evaluate import evaluate
from scripts.measure_floors import measure_floors
from scripts.sample import sample
from scripts.train import train
from tests.gan.made import recipe

pytestmark = pytest.mark.usefixtures("tensorflow")
NAMES = ["x", "y"]
STEPS = 20
TINY = recipe("capable", generator={"hidden": [4]}, discriminator={"hidden": [4]})
OUTPUTS = {
    "checkpoint": "checkpoint.h5", "generators": "generators.h5", "history": "history.csv",
    "trace": "trace.h5", "timing": "timing.csv",
}  # fmt: skip


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """An events file and a scaler."""
    folder = tmp_path_factory.mktemp("inputs")
    values = np.random.default_rng(0).normal(3, 2, (2000, 2)).astype(np.float32)
    with create_events(folder / "events.h5", NAMES, [1200, 400, 400], [("read", 2000)]) as out:
        out[:] = values
    config = {"kind": "standard", "features": {}, "log": []}
    save_scaler(folder / "scaler.h5", fit_scaler(values[:1200], NAMES, config))
    return {"events": folder / "events.h5", "scaler": folder / "scaler.h5"}


def leg(inputs, folder, counts=(2, 3), previous=None, steps_per_epoch=STEPS, **options):
    options = {"recipe": TINY, "seed": 3, "threads": 1} | options
    options = {"dataset": "toy", "name": "tiny"} | options
    train(
        **inputs, previous=previous, counts=list(counts), steps_per_epoch=steps_per_epoch,
        **{name: folder / file for name, file in OUTPUTS.items()}, **options,
    )  # fmt: skip


def digests(folder):
    return {
        name: hashlib.sha256((folder / file).read_bytes()).hexdigest()
        for name, file in OUTPUTS.items()
        if name != "timing"
    }


class Killed(BaseException):
    """Stands for what ends a process."""


def test_a_leg_goes_on_from_any_recovery_point(inputs, tmp_path, monkeypatch, caplog):
    """Within an epoch, and at the end of one before what is kept of it."""
    leg(inputs, tmp_path / "whole")
    write, steps = Recovery._write, [34, 40]

    def killed(self, fill):
        written = write(self, fill)
        with h5py.File(point) as file:
            if steps and file["state"].attrs["step"] == steps[0]:
                raise Killed
        return written

    monkeypatch.setattr(Recovery, "_write", killed)
    monkeypatch.setattr("collapse.gan.training.BLOCK", 7)
    monkeypatch.setattr("collapse.gan.training._MOST_BLOCKS", 1)
    point = tmp_path / "recovery/point.h5"
    options = {"recovery": point, "recovery_seconds": 0, "code": "a"}
    folder = tmp_path / "killed"
    caplog.set_level(logging.INFO)
    while steps:
        with pytest.raises(Killed):
            leg(inputs, folder, **options)
        assert not folder.exists()
        steps.pop(0)
    leg(inputs, folder, **options)
    assert re.findall(r"Going on from step (\d+)", caplog.text) == ["34", "40"]
    assert digests(folder) == digests(tmp_path / "whole")
    assert not point.parent.exists()


def test_a_point_of_other_code_is_ignored(inputs, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    options = {"recovery": tmp_path / "point.h5", "recovery_seconds": 0}
    write = Recovery._write

    def killed(self, fill):
        write(self, fill)
        raise Killed

    monkeypatch.setattr("collapse.gan.training.BLOCK", 7)
    monkeypatch.setattr("collapse.gan.training._MOST_BLOCKS", 1)
    with monkeypatch.context() as patch:
        patch.setattr(Recovery, "_write", killed)
        with pytest.raises(Killed):
            leg(inputs, tmp_path / "leg", code="a", **options)
    leg(inputs, tmp_path / "leg", code="b", **options)
    assert "of another recipe, seed, data or code, and is ignored" in caplog.text
    assert "Going on" not in caplog.text


def test_what_another_run_left_is_refused(inputs, tmp_path):
    leg(inputs, tmp_path / "first", [1])
    previous = tmp_path / "first/checkpoint.h5"
    values = open_events(inputs["events"]).split("train")
    for kind, names in (("minmax", NAMES), ("standard", NAMES[::-1])):
        config = {"kind": kind, "features": {}, "log": []}
        save_scaler(tmp_path / f"{kind}.h5", fit_scaler(values, names, config))
    other = "of another recipe, seed, scaler or dataset"
    with pytest.raises(InputError, match=other):
        leg(inputs, tmp_path / "next", [2], previous, seed=4)
    with pytest.raises(InputError, match=other):
        leg(inputs | {"scaler": tmp_path / "minmax.h5"}, tmp_path / "next", [2], previous)
    with pytest.raises(InputError, match=r"standard\.h5 is a scaler of y, x"):
        leg(inputs | {"scaler": tmp_path / "standard.h5"}, tmp_path / "next", [2])
    with pytest.raises(InputError, match=other):
        sample(
            generators=tmp_path / "first/generators.h5", scaler=inputs["scaler"], recipe=TINY,
            seed=4, n_events=10, events=inputs["events"], threads=1,
            samples=tmp_path / "samples.h5",
        )  # fmt: skip
    assert not (tmp_path / "next").exists()
    assert not (tmp_path / "samples.h5").exists()


def test_a_divergence_is_recorded_and_goes_through_all_stages(inputs, tmp_path, caplog):
    sgd = {"name": "SGD", "learning_rate": 1e3}
    diverging = TINY | {"optimizers": {"generator": sgd, "discriminator": sgd}}
    leg(inputs, tmp_path, counts=[1, 40], recipe=diverging, previous=None)
    assert re.search(r"diverged at step \d+ \(epoch \d+\)", caplog.text)
    with h5py.File(tmp_path / "checkpoint.h5") as file:
        step = int(file.attrs["diverged_step"])
    assert 0 < step < 40 * STEPS
    with (tmp_path / "history.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == list(HISTORY)
    assert {(row["dataset"], row["recipe"], row["seed"]) for row in rows} == {("toy", "tiny", "3")}
    assert int(rows[-1]["updates"]) == step
    assert len(rows) == -(-step // STEPS)
    # The next leg has nothing to train.
    following = tmp_path / "next"
    leg(inputs, following, [50], tmp_path / "checkpoint.h5", recipe=diverging)
    sample(
        generators=following / "generators.h5", scaler=inputs["scaler"], recipe=diverging, seed=3,
        n_events=None, events=inputs["events"], threads=1, samples=tmp_path / "samples.h5",
    )  # fmt: skip
    with h5py.File(tmp_path / "samples.h5") as file:
        assert file["50"].attrs["diverged_step"] == step
        finite = np.isfinite(file["50/events"]).mean()
    settings = {
        "events": 200,
        "folds": 2,
        "draws": 3,
        "slow_draws": 2,
        "sample_events": None,
        "windows": {},
        "modes": None,
        "least_mode_share": 0.25,
        "derived": {},
    }
    floors, metrics = tmp_path / "floors.csv", tmp_path / "metrics.csv"
    measure_floors(events=inputs["events"], settings=settings, path=floors)
    evaluate(
        events=inputs["events"], samples=tmp_path / "samples.h5", floors=floors,
        regions=tmp_path / "regions.csv", dataset="toy", name="gan", recipe=diverging, seed=3,
        settings=settings, path=metrics,
    )  # fmt: skip
    with metrics.open() as stream:
        found = {row["metric"]: row["value"] for row in csv.DictReader(stream)}
    assert float(found["non_finite"]) == pytest.approx(1 - finite)
    assert len(open_events(inputs["events"]).names) == 2
