"""Small files of events in every layout, and the real ones beside the project."""

from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 1}
MUON = {
    "pt": "Muon_pt",
    "eta": "Muon_eta",
    "phi": "Muon_phi",
    "mass": "Muon_mass",
    "charge": "Muon_charge",
    "order_by": "pt",
}


@pytest.fixture
def shared():
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data")
    return SHARED


def make_columns(n=400, seed=0):
    """Flat `x`, `k`, `w`; lists of 0 to 4 muons, not ordered in pt."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 5, n)
    total = counts.sum()

    def lists(values):
        return ak.unflatten(values.astype(np.float32), counts)

    return {
        "x": rng.normal(size=n).astype(np.float32),
        "k": np.arange(n, dtype=np.int32),
        "w": rng.exponential(size=n),
        "nMuon": counts.astype(np.uint32),
        "Muon_pt": lists(rng.exponential(20, total) + 5),
        "Muon_eta": lists(rng.normal(size=total)),
        "Muon_phi": lists(rng.uniform(-np.pi, np.pi, total)),
        "Muon_mass": lists(np.full(total, 0.10566)),
        "Muon_charge": lists(rng.choice([-1, 1], total)),
    }


def write_ttree(path, columns, name="Events"):
    with uproot.recreate(path) as file:
        file.mktree(name, columns)
    return path


def write_rntuple(path, columns, name="Events"):
    with uproot.recreate(path) as file:
        file[name] = columns
    return path


def write_hdf5(path, columns):
    """Flat columns as datasets, lists as contents with their counter `nMuon`."""
    with h5py.File(path, "w") as file:
        for name, column in columns.items():
            file[name] = ak.to_numpy(ak.flatten(column)) if name[:5] == "Muon_" else column
    return path


WRITERS = {"ttree.root": write_ttree, "rntuple.root": write_rntuple, "flat.h5": write_hdf5}


@pytest.fixture(params=WRITERS)
def layout(request, tmp_path):
    """A file of each layout that has lists, and the objects to read it with."""
    columns = make_columns()
    path = WRITERS[request.param](tmp_path / request.param, columns)
    return str(path), columns, {"muon": MUON | {"counter": "nMuon"}}


@pytest.fixture
def dataset(tmp_path):
    """Build a dataset of a TTree with the usual columns."""
    path = write_ttree(tmp_path / "events.root", make_columns())

    def build(features, **changes):
        expressions = {name: {"expression": text} for name, text in features.items()}
        config = {"files": str(path), "features": expressions, "split": SPLIT}
        return config | {"objects": {"muon": MUON}} | changes

    return build
