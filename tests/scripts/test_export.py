import os
import re
import subprocess
import sys
import time
import zipfile

import keras
import numpy as np
import pytest
from collapse.gan import export as exporting
from collapse.gan.noise import Noise

from scripts.export import export
from tests.gan.made import ROOT, write_leg

# Keras saves TensorFlow's variables in a way that NumPy 2 has renamed.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.usefixtures("tensorflow"),
]
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
