"""Small files of events in every layout."""

import awkward as ak
import h5py
import numpy as np
import uproot
from collapse.events.jagged import Jagged
from collapse.events.readers import open_source, read_chunks

BUDGET = 1 << 20
SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 1}
MUON = {
    "pt": "Muon_pt",
    "eta": "Muon_eta",
    "phi": "Muon_phi",
    "mass": "Muon_mass",
    "charge": "Muon_charge",
    "order_by": "pt",
}


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


def read(path, names, inside="", counters=None, max_bytes=BUDGET, limit=None):
    """All events of some branches, lists as nested lists."""
    found = {name: [] for name in names}
    with open_source(str(path), inside, counters) as source:
        for n, columns in read_chunks(source, names, max_bytes, limit):
            for name, column in columns.items():
                column = ak.to_list(_nested(column))
                assert len(column) == n
                found[name].extend(column)
    return found


def _nested(column):
    if not isinstance(column, Jagged):
        return column
    assert column.counts.sum() == len(column.content)
    return ak.unflatten(_nested(column.content), column.counts)
