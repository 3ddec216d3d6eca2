"""Files as pandas, PyTables, h5py and MATLAB write them; the former two wrote `files/`."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events import hdf5_layouts
from collapse.events.hdf5_layouts import find_places
from collapse.events.readers import open_source

from .layouts import read

FILES = Path(__file__).parent / "files"
N = 20
PT, MASS = [i + 0.5 for i in range(N)], [2.0 * i for i in range(N)]
COUNTED = {"pt": PT, "eta": [i / 8 for i in range(N)], "n": list(range(N)), "mass": MASS}


@pytest.mark.parametrize(
    ("name", "inside", "expected"),
    [
        ("pandas_fixed_mixed", "", COUNTED | {"ok": [i % 2 == 0 for i in range(N)]}),
        ("pandas_fixed_mixed", "df", COUNTED),
        ("pandas_table_mixed", "", COUNTED),
        ("pandas_table_mixed", "df/table", COUNTED),
        ("pandas_table_data_columns", "", COUNTED),
        ("pandas_table_levels", "", {"mu/pt": PT}),
        ("pandas_fixed_levels", "", {"mu/pt": PT}),
        ("pandas_table_unicode", "", {"pт": PT, "p.t x": MASS}),
        ("pandas_fixed_numbered", "", {"0": PT, "1": MASS}),
        ("pandas_series", "", {"pt": PT}),
        ("pandas_two_frames", "", {"signal/pt": PT, "background/mass": [2 * m for m in MASS]}),
        ("pandas_two_frames", "background", {"mass": [2 * m for m in MASS]}),
        ("pytables_kinds", "", {"jet_pt": [[*range(i % 4)] for i in range(N)], "mass": MASS}),
        ("pytables_kinds", "events", {"muon/pt": [*range(N)], "met": [3 * i for i in range(N)]}),
        ("pytables_kinds", "events", {"muon/hits": [[[0, 1, 2], [3, 4, 5]]] * N}),
    ],
)
def test_frames_and_tables(name, inside, expected):
    path = FILES / f"{name}.h5"
    for max_bytes in (1, 1 << 20):
        assert read(path, list(expected), inside, max_bytes=max_bytes) == expected


def test_the_index_of_a_table_is_no_branch():
    with open_source(str(FILES / "pandas_table_data_columns.h5")) as source:
        assert set(source.branches) == {"index", "pt", "eta", "n", "ok", "name", "mass"}


def test_texts_of_a_frame_are_refused():
    with pytest.raises(InputError, match=r"branch name holds \|S1, expected numbers"):
        read(FILES / "pandas_table_mixed.h5", ["name"])


def test_categories_are_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        frame = file.create_group("df")
        frame.attrs["pandas_type"] = b"frame_table"
        rows = np.zeros(3, [("index", "i8"), ("values_block_0", "i1", (1,))])
        frame["table"] = rows
        frame["table"].attrs["values_block_0_kind"] = b"(lp0\nVkind\np1\na."
        frame["table"].attrs["values_block_0_meta"] = b"category"
    with pytest.raises(InputError, match="branch kind holds pandas categories, expected numbers"):
        read(tmp_path / "a.h5", ["kind"])


def test_a_pickle_is_never_loaded(tmp_path):
    """Names that are anything but a list of texts stay unread, and so does what they would do."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        frame = file.create_group("df")
        frame.attrs["pandas_type"] = b"frame_table"
        frame["table"] = np.zeros(3, [("index", "i8"), ("values_block_0", "f8", (1,))])
        evil = f"cpathlib\nPath\n(S'{tmp_path}/evil'\ntR.".encode()
        frame["table"].attrs["values_block_0_kind"] = evil
    assert read(tmp_path / "a.h5", ["values_block_0"]) == {"values_block_0": [[0.0]] * 3}


def test_a_filter_that_is_missing_is_named_and_costs_no_other_branch():
    path = FILES / "pytables_kinds.h5"
    assert read(path, ["mass"]) == {"mass": MASS}
    with pytest.raises(InputError, match=r"branch packed is compressed by Blosc.*hdf5plugin") as e:
        read(path, ["packed"])
    assert "damaged" not in str(e.value)


def write_matrix(path, **attributes):
    with h5py.File(path, "w") as file:
        file["a/events"], file["a/other"] = np.arange(12.0).reshape(4, 3), np.arange(4)
        file["a/events"].attrs.update(attributes)
    return path


def test_a_matrix_named_after_the_colon(tmp_path):
    path = write_matrix(tmp_path / "a.h5")
    rows = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert read(path, ["events"], "a/events") == {"events": rows}
    with pytest.raises(InputError, match=r"expected branch eta1, .*There are events\.") as caught:
        read(path, ["eta1"], "a/events")
    assert "events has 3 columns without names" in str(caught.value)
    assert "columns: [name, name, name]" in str(caught.value)


@pytest.mark.parametrize(
    "attributes",
    [
        {"columns": ["x", "y", "z"]},
        {"units": ["GeV", "", "rad"], "feature_names": ["x", "y", "z"]},
        {"comment": "made by me", "column names": "x, y, z"},
        {"comment": "one, two, three", "labels": np.array([b"x", b"y", b"z"])},
    ],
)
def test_names_in_attributes(tmp_path, attributes):
    path = write_matrix(tmp_path / "a.h5", **attributes)
    assert read(path, ["y", "z"])["y"] == [1, 4, 7, 10]


def read_named(path, names, columns, inside=""):
    with open_source(str(path), inside, columns=columns) as source:
        return {name: source.read([name], 0, 4)[name].tolist() for name in names}


def test_names_in_the_config(tmp_path):
    path = write_matrix(tmp_path / "a.h5", columns=["u", "v", "w"])
    with h5py.File(path, "a") as file:
        del file["a/events"].attrs["columns"]
    assert read_named(path, ["y"], ["x", "y", "z"]) == {"y": [1, 4, 7, 10]}
    assert read_named(path, ["y"], {"a/events": ["x", "y", "z"]}) == {"y": [1, 4, 7, 10]}
    assert read_named(path, ["y"], ["x", "y", "z"], "a/events") == {"y": [1, 4, 7, 10]}
    for columns, message in (
        (["x", "y"], r"columns: expected 3 different names.*of a/events in .*a\.h5.*: x, y\."),
        (["x", "y", "y"], "columns: expected 3 different names"),
        ({"b": ["x"]}, r"columns\.b: .* has no such matrix\. Matrices: a/events\."),
    ):
        with pytest.raises(InputError, match=message):
            read_named(path, ["x"], columns)


def test_several_matrices_need_their_names(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a"], file["b"] = np.zeros((4, 2)), np.ones((4, 2))
    with pytest.raises(InputError, match=r"has: a, b\. .*columns: \{a: \[\.\.\.\]\}"):
        read_named(tmp_path / "a.h5", ["x"], ["x", "y"])
    columns = {"a": ["x", "y"], "b": ["x", "y"]}
    assert read_named(tmp_path / "a.h5", ["b/y"], columns) == {"b/y": [1, 1, 1, 1]}


def test_three_axes(tmp_path):
    """As JetNet lays out its particles."""
    values = np.arange(24.0).reshape(4, 3, 2)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["particle_features"], file["jet_features"] = values, values[:, 0]
    assert read(tmp_path / "a.h5", ["particle_features"])["particle_features"] == values.tolist()


def test_matlab(tmp_path):
    """Its vectors are matrices of one row or column, and its matrices lie transposed."""
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file["pt"], file["eta"] = np.arange(5.0)[:, None], np.arange(5.0)[None]
        file["x"] = np.arange(15.0).reshape(3, 5)
        file["x"].attrs["MATLAB_class"] = b"double"
    with (tmp_path / "a.mat").open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: none".ljust(124) + b"\x00\x02IM")
    received = read(tmp_path / "a.mat", ["pt", "eta", "x"], max_bytes=1)
    assert received["pt"] == received["eta"] == [[0], [1], [2], [3], [4]]
    assert received["x"] == [[i, 5 + i, 10 + i] for i in range(5)]


@pytest.mark.parametrize("size", [512, 2048, 1 << 20])
def test_a_user_block(tmp_path, size):
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=size) as file:
        file["x"] = [1.0, 2.0]
    assert read(tmp_path / "a.h5", ["x"]) == {"x": [1, 2]}


def test_lists_of_varying_length(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        lists = file.create_dataset("x", 3, h5py.vlen_dtype(np.float32))
        lists[0], lists[2] = [1, 2], [3]
        named = file.create_dataset("names", 3, h5py.string_dtype())
        named[:] = ["a", "b", "c"]
    assert read(tmp_path / "a.h5", ["x"]) == {"x": [[1, 2], [], [3]]}
    with pytest.raises(InputError, match="branch names holds texts or objects"):
        read(tmp_path / "a.h5", ["names"])


def test_a_broken_dataset_costs_no_other(tmp_path, monkeypatch):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["good"], file["odd"] = [1.0], [1.0]
    real = hdf5_layouts._of_dataset

    def fails(dataset, matlab):
        if dataset.name == "/odd":
            message = "No NumPy equivalent for TypeBitfieldID exists"
            raise TypeError(message)
        return real(dataset, matlab)

    monkeypatch.setattr(hdf5_layouts, "_of_dataset", fails)
    assert read(tmp_path / "a.h5", ["good"]) == {"good": [1]}
    with pytest.raises(InputError, match=r"branch odd can't be read \(TypeError: No NumPy equiv"):
        read(tmp_path / "a.h5", ["odd"])


def test_places_are_found_without_reading(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.zeros((2, 3))
    with h5py.File(tmp_path / "a.h5") as file:
        places, broken = find_places(file, "")
    assert list(places) == ["x"]
    assert broken == {}


def test_an_empty_series_is_no_event(tmp_path):
    """PyTables writes one entry for an array of none, and keeps the shape as a pickle."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        series = file.create_group("s")
        series.attrs["pandas_type"], series.attrs["name"] = np.bytes_(b"series"), np.bytes_(b"pt")
        series["values"] = np.zeros(1)
        series["values"].attrs["shape"] = np.bytes_(b"(I0\ntp0\n.")
    with open_source(str(tmp_path / "a.h5")) as source:
        assert source.length(["pt"]) == 0
        assert source.empty


def test_a_time_that_is_none_is_no_number(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        frame = file.create_group("df")
        frame.attrs["pandas_type"] = np.bytes_(b"frame_table")
        rows = np.zeros(2, [("index", "i8"), ("values_block_0", "i8", (1,))])
        rows["values_block_0"][1] = np.iinfo(np.int64).min
        frame["table"] = rows
        frame["table"].attrs["values_block_0_kind"] = np.bytes_(b"(lp0\nVt\np1\na.")
        frame["table"].attrs["values_block_0_dtype"] = np.bytes_(b"datetime64[ns]")
    received = read(tmp_path / "a.h5", ["t"])["t"]
    assert received[0] == 0
    assert np.isnan(received[1])


def test_texts_in_a_fixed_frame_are_refused_by_name(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        frame = file.create_group("df")
        frame.attrs["pandas_type"], frame.attrs["nblocks"] = np.bytes_(b"frame"), 2
        for i, name in enumerate((b"x", b"name")):
            frame[f"block{i}_items"] = np.array([name])
            frame[f"block{i}_items"].attrs["kind"] = np.bytes_(b"string")
        frame["block0_values"] = np.zeros((3, 1))
        frame["block0_values"].attrs["transposed"] = True
        frame.create_dataset("block1_values", 1, h5py.vlen_dtype(np.uint8))
    assert read(tmp_path / "a.h5", ["x"]) == {"x": [0, 0, 0]}
    with pytest.raises(InputError, match="branch name holds texts or objects of pandas, expected"):
        read(tmp_path / "a.h5", ["x", "name"])


def test_names_that_are_a_pickle_are_told(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        frame = file.create_group("df")
        frame.attrs["pandas_type"], frame.attrs["nblocks"] = np.bytes_(b"frame"), 1
        frame["block0_items"] = np.array([128, 5], np.uint8)
        frame["block0_items"].attrs["kind"] = np.bytes_(b"object")
        frame["block0_values"] = np.zeros((3, 2))
    with pytest.raises(InputError, match=r"df/block0_values can't be read: .*format='table'"):
        read(tmp_path / "a.h5", ["x"])


def test_two_names_of_one_dataset_both_count_and_a_circle_ends(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["g/x"] = [1.0, 2.0]
        file["y"] = file["g/x"]
        file["g/above"] = file["/"]
        file["soft"], file["far"] = h5py.SoftLink("/y"), h5py.ExternalLink("b.h5", "/x")
    assert read(tmp_path / "a.h5", ["g/x", "y"]) == {"g/x": [1, 2], "y": [1, 2]}
    for name in ("soft", "far"):
        with pytest.raises(InputError, match=f"{name} can't be read .it is a link, and no link"):
            read(tmp_path / "a.h5", [name])
