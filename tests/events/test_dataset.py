import subprocess
import sys

import pytest
from collapse.errors import InputError
from collapse.events.dataset import check_dataset


def config(**changes):
    split = {"train": 0.5, "validation": 0.25, "test": 0.25, "seed": 0}
    features = {"x": {"expression": "muon[0].pt"}}
    muon = {"pt": "Muon_pt", "order_by": "pt"}
    return {"files": "x.root", "features": features, "objects": {"muon": muon}} | {
        "split": split,
        **changes,
    }


def test_check_accepts():
    check_dataset(config(selection={"cut": "muon[0].pt > 3"}, weight="w", sentinels=[-999]))
    check_dataset(config(objects=None, features={"x": {"expression": "a"}}, selection=None))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"features": {"x": {"expression": "a +"}}}, "features.x"),
        ({"selection": {"cut": "exec(a)"}}, "selection.cut"),
        ({"selection": {"kept": "a"}}, "selection.kept"),
        ({"weight": "lambda: 1"}, "weight"),
        ({"sentinels": [float("nan")]}, "sentinels"),
        ({"split": {"train": 0.5, "validation": 0.2, "test": 0.2, "seed": 1}}, "split"),
        ({"split": {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": 1}}, "split"),
        ({"objects": {"muon": {"pt": "Muon_pt"}}}, "objects.muon"),
        ({"objects": {"muon": {"pt": "Muon_pt", "order_by": "p"}}}, "objects.muon"),
        ({"objects": {"muon": {"pt": "Muon_pt", "order_by": "mass"}}}, "objects.muon"),
        ({"objects": {"abs": {"pt": "Muon_pt", "order_by": "pt"}}}, "objects.abs"),
        ({"objects": {"a-b": {"pt": "Muon_pt", "order_by": "pt"}}}, "objects.a-b"),
        ({"objects": {"m": {"pt": "x", "_q": "y", "order_by": "pt"}}}, "objects.m"),
    ],
)
def test_check_refuses(changes, where):
    with pytest.raises(InputError) as caught:
        check_dataset(config(**changes))
    assert str(caught.value).startswith(where)


def test_checks_import_nothing_heavy():
    code = (
        "import sys, collapse.events.dataset, collapse.events.sources;"
        "print({'numpy', 'h5py', 'uproot', 'awkward', 'sklearn', 'vector'} & set(sys.modules))"
    )
    paths = {"PYTHONPATH": next(path for path in sys.path if path.endswith("scripts"))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=paths
    )
    assert done.stdout == "set()\n"
