import awkward as ak
import h5py
import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events.readers import open_source

from .layouts import make_columns, read, write_hdf5, write_ttree


def test_several_passes_over_counted_lists(tmp_path):
    columns = make_columns()
    path = write_hdf5(tmp_path / "a.h5", columns)
    with open_source(str(path), counters={"Muon_pt": "nMuon"}) as source:
        for _ in range(2):
            last = source.read(["Muon_pt"], 300, 400)["Muon_pt"]
            assert last.content.tolist() == ak.flatten(columns["Muon_pt"][300:]).tolist()


def test_counter_of_a_group(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["muons/pt"], file["muons/n"], file["n"] = [1.0, 2.0, 3.0], [1, 2], [3, 0]
    for counter, expected in (("n", [[1], [2, 3]]), ("muons/n", [[1], [2, 3]])):
        received = read(tmp_path / "a.h5", ["muons/pt"], counters={"muons/pt": counter})
        assert received["muons/pt"] == expected


def test_fixed_lists(tmp_path):
    values = np.arange(12, dtype=np.float32).reshape(4, 3)
    root = write_ttree(tmp_path / "a.root", {"v": values})
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["v"] = values
    for path in (root, tmp_path / "a.h5"):
        assert read(path, ["v"])["v"] == values.tolist()


def test_matrix_with_names(tmp_path):
    values = np.arange(12, dtype=">f4").reshape(4, 3)
    for attribute in ("columns", "features", "names", "column_names", "properties"):
        with h5py.File(tmp_path / f"{attribute}.h5", "w") as file:
            file["data"] = values
            file["data"].attrs["comment"] = "one string is no list of names"
            file["data"].attrs[attribute] = ["a", "b", "c"]
            file["label"] = np.arange(4)
        received = read(tmp_path / f"{attribute}.h5", ["c", "label", "a"], max_bytes=1)
        assert received["c"] == [2, 5, 8, 11]
        assert received["a"] == [0, 3, 6, 9]
        assert received["label"] == [0, 1, 2, 3]


def test_compound_table_and_several_tables(tmp_path):
    table = np.array([(1, 2.5), (3, 4.5)], dtype=[("i", "i4"), ("x", "f8")])
    with h5py.File(tmp_path / "one.h5", "w") as file:
        file["group/table"] = table
    assert read(tmp_path / "one.h5", ["x", "i"]) == {"x": [2.5, 4.5], "i": [1, 3]}
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file["group/table"] = table
        file["other"] = table
    assert read(tmp_path / "two.h5", ["group/table/x"]) == {"group/table/x": [2.5, 4.5]}
    for inside in ("other", "group", "group/table"):
        assert read(tmp_path / "two.h5", ["x"], inside) == {"x": [2.5, 4.5]}
    with pytest.raises(InputError, match=r"nothing called othr.*Did you mean other"):
        read(tmp_path / "two.h5", ["x"], "othr")
    with pytest.raises(InputError, match="Did you mean other/x, group/table/x"):
        read(tmp_path / "two.h5", ["x"])
