import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from collapse.gan import export as exporting
from collapse.gan.engine import Engine
from collapse.gan.export import describe_use, export, save_keras
from collapse.gan.generators import (
    describe_generator,
    generator_arrays,
    read_model,
    write_generator,
)
from collapse.gan.noise import Noise
from collapse.scaling import fit_scaler, save_scaler
from collapse.sealed import create_sealed

from tests.gan.test_engine import recipe
from tests.gan.test_sampling import shuffle

# Keras saves TensorFlow's variables in a way that NumPy 2 has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
ROOT = Path(__file__).resolve().parents[2]
NAMES = ["x", "y", "z"]
# Changes of the recipe, and the kind of its scaler.
RECIPES = {
    "original": ({}, "standard"),
    "dropout": ({"generator": {"dropout": 0.4, "hidden": [6, 5]}}, "power"),
    "batch": (
        {"generator": {"normalisation": "batch", "head": "linear"},
         "noise": {"distribution": "uniform"}},
        "robust",
    ),
    "layer": (
        {"generator": {"normalisation": "layer", "head": "range"},
         "noise": {"distribution": "laplace"}},
        "minmax",
    ),
    "unscaled": ({}, "identity"),
    "averaging": ({"averaging": {"decay": 0.9}, "noise": {"distribution": "sphere"}}, "quantile"),
}  # fmt: skip


def write_leg(folder, changes, kind="standard"):
    """What `export` reads, in a folder, for one recipe with weights that a training could have."""
    folder.mkdir(exist_ok=True)
    options = recipe(**changes, scaler=kind)
    options["noise"]["dimension"] = 4
    engine = Engine(options, 3, seed=1)
    shuffle(engine.sampler)
    with create_sealed(folder / "generators.h5", "generators") as file:
        described = describe_generator(engine.sampler)
        write_generator(file.create_group("7"), generator_arrays(engine), described, 70, None)
    events = np.random.default_rng(0).gamma(2, size=(700, 3))
    log = [] if kind == "power" else ["y"]
    scaler = fit_scaler(events, NAMES, {"kind": kind, "features": {"z": "minmax"}, "log": log})
    save_scaler(folder / "scaler.h5", scaler)
    return options, engine, scaler


def export_from(folder, options):
    export(
        generators=folder / "generators.h5", scaler=folder / "scaler.h5", recipe=options, count=7,
        threads=1, model=folder / "epoch7.keras", about=folder / "epoch7.json",
    )  # fmt: skip


def run_without_project(code, folder):
    """Run code in a process that doesn't find this project."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    guard = "import importlib.util; assert importlib.util.find_spec('collapse') is None\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", guard + code], cwd=folder, env=environment, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_plain_keras_gives_the_same_events_in_physical_units(tmp_path):
    """By the lines of config/README.md, for every kind of scaler and distribution of noise."""
    guide = (ROOT / "config/README.md").read_text()
    lines = re.search(r"## Exporting.*?```python\n(.*?)```", guide, re.DOTALL)[1]
    made = {}
    for name, (changes, kind) in RECIPES.items():
        made[name] = write_leg(tmp_path / name, changes, kind)
        export_from(tmp_path / name, made[name][0])
    run_without_project(
        f"import os\nfor name in {list(RECIPES)!r}:\n    os.chdir(name)\n"
        + "".join(f"    {line}\n" for line in lines.replace("epoch300", "epoch7").splitlines())
        + "    np.savez('done.npz', noise=noise, scaled=scaled, events=events)\n"
        "    os.chdir('..')\n",
        tmp_path,
    )
    for name, (options, engine, scaler) in made.items():
        with np.load(tmp_path / name / "done.npz") as done:
            noise, scaled, events = done["noise"], done["scaled"], done["events"]
        assert np.ptp(scaled) > 0.01, name
        ours = engine.generate(noise)
        np.testing.assert_allclose(scaled, ours, rtol=1e-5, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(events, scaler.inverse_transform(scaled), rtol=1e-4, atol=1e-5)
        expected = Noise(options, 1, "look").draw(len(noise), 0)
        assert noise.shape == expected.shape
        np.testing.assert_allclose(noise.std(axis=0), expected.std(axis=0), rtol=0.1, err_msg=name)
        ours, theirs = (np.linalg.norm(x[:, :4], axis=1).std() for x in (noise, expected))
        assert ours == pytest.approx(theirs, rel=0.1, abs=1e-5), name


def test_the_bytes_depend_on_the_generator_alone(tmp_path, monkeypatch):
    options, _, _ = write_leg(tmp_path, *RECIPES["dropout"])
    export_from(tmp_path, options)
    first = [(tmp_path / f"epoch7.{suffix}").read_bytes() for suffix in ("keras", "json")]
    # Keras numbers what a process has made, and writes the time.
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    later = time.localtime(time.time() + 86_400)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    export_from(tmp_path, options)
    assert [(tmp_path / f"epoch7.{s}").read_bytes() for s in ("keras", "json")] == first
    with zipfile.ZipFile(tmp_path / "epoch7.keras") as archive:
        assert {info.date_time for info in archive.infolist()} == {exporting._DATE}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch7.json", "epoch7.keras", "generators.h5", "scaler.h5",
    ]  # fmt: skip


def test_nothing_is_left_of_a_failed_export(tmp_path):
    class Failing:
        def save(self, path):
            Path(path).touch()
            raise OSError

    with pytest.raises(OSError):
        save_keras(Failing(), tmp_path / "a.keras")
    assert list(tmp_path.iterdir()) == []


def test_a_file_can_not_smuggle_code(tmp_path):
    """A Lambda layer carries code; safe mode refuses it."""
    write_leg(tmp_path, {})
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x)(inputs))
    with h5py.File(tmp_path / "generators.h5", "a") as file:
        del file["7/model"]
        file["7/model"] = model.to_json()
    with (
        h5py.File(tmp_path / "generators.h5") as file,
        pytest.raises(ValueError, match=r"safe_mode|unsafe"),
    ):
        read_model(file["7"], 1)


def test_what_it_takes_to_use_it_is_plain(tmp_path):
    options, _, scaler = write_leg(tmp_path, {"generator": {"dropout": 0.5}}, "quantile")
    described = json.loads(
        json.dumps(describe_use(options, scaler, {"updates": 70, "diverged_step": 0}))
    )
    assert described["noise"] == {"dimension": 4, "distribution": "normal", "uniform": 80}
    assert described["diverged_step"] is None
    x, y, z = described["features"]
    assert (x["log"], y["log"], z["log"]) == (False, True, False)
    assert set(x) == {"name", "log", "shares", "values"}
    assert set(z) == {"name", "log", "slope", "offset"}
