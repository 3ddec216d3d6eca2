"""A kind of scaler is declared in one place: whatever is there is known everywhere."""

import re
import subprocess
import sys

import numpy as np
import pytest
import yaml
from collapse.errors import InputError
from collapse.planning.config import load_study
from collapse.scaler_kinds import KINDS, Kind
from collapse.scaling import fit_scaler, load_scaler, save_scaler
from scipy.special import inv_boxcox1p, ndtr
from sklearn.preprocessing import MaxAbsScaler

from tests.workflow import ROOT, TINY

NEW = Kind(
    meaning="to at most 1 in size",
    transformer=lambda _: MaxAbsScaler(),
    numbers=("scale_",),
    forward=lambda x, n: x / n["scale_"],
    inverse=lambda x, n: x * n["scale_"],
    describe=lambda n: {"slope": float(n["scale_"][0]), "offset": 0.0},
)
# How the guide tells to bring a generator's events back, with nothing of this project.
GUIDE = re.search(
    r"\n(events = scaled\.astype.*?)```", (ROOT / "config/README.md").read_text(), re.DOTALL
)[1]


@pytest.fixture(params=[*KINDS, "new"])
def kind(request, monkeypatch):
    """Each kind, and one that was declared just now."""
    monkeypatch.setitem(KINDS, "new", NEW)
    return request.param


def study(**scalers):
    recipes = {"mine": {"extends": "capable", "scaler": "mine"}}
    return yaml.safe_load(TINY.read_text()) | {"scalers": scalers, "recipes": recipes}


def test_the_config_knows_it(kind):
    loaded = load_study(study(mine={"kind": "standard", "features": {"x": kind}}), ROOT)
    assert loaded["scalers"][kind] == {"kind": kind, "features": {}, "log": []}
    assert loaded["scalers"]["mine"]["features"] == {"x": kind}
    with pytest.raises(InputError, match=rf"scalers\.{kind}: that name is taken"):
        load_study(study(mine={"kind": kind}, **{kind: {"kind": kind, "log": ["x"]}}), ROOT)


def test_the_schema_names_them_all(kind):
    with pytest.raises(InputError, match=rf"expected one of.*\b{kind}\b.*Received: 'other'"):
        load_study(study(mine={"kind": "other"}), ROOT)


def test_its_file_and_what_export_writes_bring_the_events_back(kind, tmp_path):
    options = {"kind": kind, "features": {}, "log": [] if kind == "power" else ["x"]}
    rng = np.random.default_rng(0)
    real = np.stack([3 + rng.exponential(10, 3000), rng.normal(0, 1.2, 3000)], axis=1)
    save_scaler(tmp_path / "a.h5", fit_scaler(real, ["x", "y"], options))
    scaler = load_scaler(tmp_path / "a.h5", ["x", "y"])
    scaled = scaler.transform(real)
    expected = scaler.inverse_transform(scaled)
    np.testing.assert_allclose(expected, real, rtol=2e-4, atol=2e-4)
    known = {"np": np, "inv_boxcox1p": inv_boxcox1p, "ndtr": ndtr, "scaled": scaled}
    exec(
        GUIDE,
        known | {"about": {"features": [column.describe_inverse() for column in scaler.columns]}},
        done := {},
    )
    np.testing.assert_allclose(done["events"], expected, rtol=1e-4, atol=1e-5)


def test_the_config_is_parsed_without_numpy():
    code = (
        "import sys, collapse.planning.config\n"
        "print({'numpy', 'scipy', 'sklearn', 'h5py', 'uproot'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT / "scripts")},
    )  # fmt: skip
    assert done.stdout == "set()\n"
