import re
import subprocess
import zipfile
from types import SimpleNamespace

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot
from collapse.errors import InputError
from collapse.events.expressions import parse
from collapse.events.readers import open_source, read_chunks

from .layouts import BUDGET, MUON, make_columns, read, write_hdf5, write_rntuple, write_ttree

WRITERS = {"ttree.root": write_ttree, "rntuple.root": write_rntuple, "flat.h5": write_hdf5}


@pytest.fixture(params=WRITERS)
def layout(request, tmp_path):
    """A file of each layout that has lists, and the objects to read it with."""
    columns = make_columns()
    path = WRITERS[request.param](tmp_path / request.param, columns)
    return str(path), columns, {"muon": MUON | {"counter": "nMuon"}}


@pytest.mark.parametrize(("max_bytes", "limit"), [(1, 50), (7000, 400), (BUDGET, 400)])
def test_layouts(layout, max_bytes, limit):
    path, columns, _ = layout
    names = ["x", "k", "nMuon", "Muon_pt", "Muon_charge"]
    counters = {"Muon_pt": "nMuon", "Muon_charge": "nMuon"} if path.endswith("h5") else None
    received = read(path, names, counters=counters, max_bytes=max_bytes, limit=limit)
    for name in names:
        assert received[name] == ak.to_list(columns[name][:limit]), name


def test_limit(layout):
    path, columns, _ = layout
    assert read(path, ["x"], limit=7)["x"] == columns["x"][:7].tolist()


def test_missing_branch(layout):
    with pytest.raises(
        InputError, match=r"expected branch Muon_Pt.*Did you mean Muon_pt"
    ) as caught:
        read(layout[0], ["x", "Muon_Pt"])
    assert layout[0] in str(caught.value)


def test_refused_contents(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["text"] = ["a", "b"]
        file["deep"] = np.zeros((2, 3, 4, 5))
        file["scalar"] = 3.0
        file["x"] = np.zeros(2)
        file["long"] = np.zeros(3)
        file["counts"] = [1, 1]
        file["negative"] = [4, -1]
        file["fractions"] = [1.0, 2.0]
    strings = write_ttree(tmp_path / "a.root", {"s": ["a", "b"]})
    nested = write_rntuple(tmp_path / "b.root", {"v": ak.Array([[[[1]], [[2, 3]]], [[[4]]]])})
    path = tmp_path / "a.h5"
    cases = [
        (path, ["text"], None, "holds texts or objects, expected numbers"),
        (path, ["deep"], None, r"holds lists of shape \(., ., .\)"),
        (path, ["scalar"], None, "scalar can't be read .it is one value for all events"),
        (path, ["x", "long"], None, "x has 2, long has 3"),
        (path, ["long"], {"long": "counts"}, "sums to 2, but long has 3"),
        (path, ["long"], {"long": "negative"}, "negative counts"),
        (path, ["long"], {"long": "fractions"}, "expected whole numbers"),
        (path, ["long"], {"long": "count"}, "expected counter count.*Did you mean counts"),
        (strings, ["s"], None, "branch s holds string, expected numbers"),
        (nested, ["v"], None, "branch v holds var"),
    ]
    for file, names, counters, message in cases:
        with pytest.raises(InputError, match=message) as caught:
            read(file, names, counters=counters)
        assert file.name in str(caught.value)


def test_what_is_no_file_of_events(tmp_path):
    (tmp_path / "empty.root").touch()
    (tmp_path / "text.root").write_text("pt,eta\n1,2\n")
    with uproot.recreate(tmp_path / "none.root") as file:
        file["text"] = "no tree"
    cases = {
        "missing.root": "does not exist",
        "emty.root": "Did you mean empty.root",
        "no/folder.root": "does not exist",
        "empty.root": "is empty",
        "text.root": "is text with commas, expected ROOT or HDF5",
        ".": "is a folder",
        "none.root": "no tree or RNTuple, only TObjString",
    }
    for name, message in cases.items():
        with pytest.raises(InputError, match=message) as caught:
            read(tmp_path / name, ["x"])
        assert str(tmp_path / name) in str(caught.value)


def test_urls_say_which_package(monkeypatch):
    def without(*_args, **_options):
        message = "no such package"
        raise ModuleNotFoundError(message)

    monkeypatch.setattr(uproot, "open", without)
    for url, package in {
        "https://host/a.root": "aiohttp",
        "root://host//a.root": "fsspec-xrootd",
        "s3://bucket/a.root": "s3fs",
        "odd://host/a.root": "what it asks for",
    }.items():
        with pytest.raises(InputError, match=f"{url} needs .*Install {package}"):
            read(url, ["x"])


def test_urls_out_of_reach(monkeypatch):
    def offline(*_args, **_options):
        message = "Connection refused\nand more"
        raise OSError(message)

    monkeypatch.setattr(uproot, "open", offline)
    with pytest.raises(InputError, match=r"\(OSError: Connection refused\)\. Check the address"):
        read("https://host/a.root", ["x"])


# Each real, strange file: what to read of it, and the number of events or the reason to refuse.
ODD = [
    ("Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root", "", "Muon_pt nMuon", 1000),
    ("Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root", "", "_collection0", "holds"),
    ("cmsopendata2015_ttbar_19980_NANOAOD_RNTupleImporter_rntuple_v1-0-0-1.root", "", "run", 10),
    ("nanoAOD_2015_CMS_Open_Data_ttbar.root", "", "Muon_pt event HTXS_Higgs_pt", 200),
    ("pylhe-testfile-hpcgen.hdf5", "", "events/pid events/NOMINAL", 100),
    ("pylhe-testfile-hpcgen.hdf5", "particles", "px e", 400),
    ("pylhe-testfile-hpcgen.hdf5", "", "events/pid particles/px", "of one length"),
    ("rntviewer-testfile-multiple-rntuples-v1-0-0-0.root", "", "f", "several trees: A, B"),
    ("rntviewer-testfile-multiple-rntuples-v1-0-0-0.root", "B", "g", 100),
    ("test_int_5e4_rntuple_v1-0-0-0.root", "", "one_integers", 50_000),
    ("uproot-HZZ.root", "", "NMuon Muon_Px Jet_ID", 2421),
    ("uproot-Zmumu-lz4.root", "", "M Q1", 2304),
    ("uproot-Zmumu-lzma.root", "", "M Q1", 2304),
    ("uproot-Zmumu-uncompressed.root", "", "M Q1", 2304),
    ("uproot-Zmumu-zstd.root", "", "M Q1", 2304),
    ("uproot-Zmumu.root", "", "M Q1", 2304),
    ("uproot-Zmumu.root", "", "Type", "holds string"),
    ("uproot-double32-float16.root", "", "double32_32 float16_16 array_10", 17),
    ("uproot-empty.root", "", "x y", 0),
    ("uproot-foriter2.root", "", "data", "holds string"),
    ("uproot-histograms.root", "", "x", "no tree or RNTuple, only TH1F"),
    ("uproot-issue-1043.root", "", "Foo/bar", "holds string"),
    ("uproot-issue-1229.root", "", "branch/TObject/fBits", 1),
    ("uproot-issue-1229.root", "", "branch/pointer", "holds TFooMember"),
    ("uproot-issue-407.root", "", "branch", "holds TDatime"),
    ("uproot-issue-586.root", "", "x", "no tree or RNTuple, only ExampleFail"),
    ("uproot-issue-643.root", "", "pf_vx", 25),
    ("uproot-issue-643.root", "", "recojet", "holds"),
    ("uproot-issue30.root", "", "x y", 4),
    ("uproot-issue31.root", "", "data/size", 5),
    ("uproot-issue33.root", "", "x", "no tree or RNTuple, only TH1F"),
    ("uproot-issue335.root", "", "var", 0),
    ("uproot-issue443.root", "", "evtNum", "several trees"),
    ("uproot-issue443.root", "muonDataTree", "evtNum", 0),
    ("uproot-issue501.root", "", "point", "branch point can't be interpreted"),
    ("uproot-issue70.root", "", "x", "no tree or RNTuple nor anything else"),
    ("uproot-leaflist.root", "", "leaflist.x leaflist.z", 5),
    ("uproot-leaflist.root", "", "leaflist", "holds"),
    ("uproot-nesteddirs.root", "", "one", "several trees: one/two/tree, one/tree, three/tree"),
    ("uproot-nesteddirs.root", "one/tree", "one two", 4),
    ("uproot-nesteddirs.root", "three/tree", "evt/ArrayI16[10] evt/P3/P3.Px evt/StlVecF32", 100),
    ("uproot-nesteddirs.root", "three/tree", "evt/StlVecStr", "holds"),
    ("uproot-small-flat-tree.root", "", "Int32 ArrayInt32 SliceFloat64", 100),
    ("uproot-stl_containers.root", "", "vector_int32", 5),
    ("uproot-stl_containers.root", "", "vector_vector_int32", 5),
    ("uproot-stl_containers.root", "", "vector_vector_string", "holds"),
]


@pytest.mark.parametrize(("name", "inside", "branches", "expected"), ODD)
def test_odd_files(shared, name, inside, branches, expected):
    path, branches = shared / "odd" / name, branches.split()
    if isinstance(expected, int):
        received = read(path, branches, inside)
        assert all(len(column) == expected for column in received.values())
    else:
        with pytest.raises(InputError, match=expected) as caught:
            read(path, branches, inside)
        assert name in str(caught.value)


def test_all_odd_files_are_listed(shared):
    assert {case[0] for case in ODD} == {path.name for path in (shared / "odd").iterdir()}


def damaged(path, folder, rng, case):
    """Write a copy with a flipped bit, another byte, the end cut off, or 32 bytes overwritten."""
    content = bytearray(path.read_bytes())
    place = int(rng.integers(len(content)))
    if case % 4 == 0:
        content[place] ^= 1 << int(rng.integers(8))
    elif case % 4 == 1:
        content[place] = int(rng.integers(256))
    elif case % 4 == 2:
        content = content[:place]
    else:
        content[place : place + 32] = rng.bytes(len(content[place : place + 32]))
    copy = folder / f"damaged{path.suffix}"
    copy.write_bytes(content)
    return copy


def survives(path, folder, names, counters, copies, max_bytes=BUDGET):
    """Read damaged copies; return how many were refused."""
    messages = []
    rng = np.random.default_rng(1)
    for case in range(copies):
        copy = damaged(path, folder, rng, case)
        try:
            read(copy, names, counters=counters, max_bytes=max_bytes)
        except InputError as error:
            messages.append(str(error))
    assert all(copy.name in message for message in messages)
    return len(messages)


def write_matrix(path, columns):
    with h5py.File(path, "w") as file:
        values = np.stack([columns["x"], columns["k"]], axis=1)
        data = file.create_dataset("data", data=values, compression="gzip", chunks=(64, 2))
        data.attrs["columns"] = ["x", "k"]
    return path


@pytest.mark.parametrize(
    ("write", "name", "names", "counters"),
    [
        (write_ttree, "a.root", ["x", "Muon_pt"], None),
        (write_rntuple, "b.root", ["x", "Muon_pt"], None),
        (write_hdf5, "c.h5", ["x", "Muon_pt"], {"Muon_pt": "nMuon"}),
        (write_matrix, "d.h5", ["x", "k"], None),
    ],
)
def test_damaged_copies(tmp_path, write, name, names, counters):
    path = write(tmp_path / name, make_columns())
    assert survives(path, tmp_path, names, counters, 120) > 25


@pytest.mark.parametrize(
    ("name", "names", "counters"),
    [
        ("cms2012_dimuon.root", ["nMuon", "Muon_pt"], None),
        ("cms2010_dimuon.hdf5", ["METx", "muons/px"], {"muons/px": "nmuons"}),
    ],
)
def test_damaged_copies_of_real_files(shared, tmp_path, name, names, counters):
    assert survives(shared / name, tmp_path, names, counters, 12, 64 << 20) > 2


def test_geant4_counts_its_events_as_a_double(cases):
    received = read(cases / "uproot-issue-250.root", ["Eabs", "Egap"], "B4")
    assert len(received["Eabs"]) == 1000
    assert received["Eabs"][0] == pytest.approx(42.15037, rel=1e-6)
    assert received["Egap"][0] == pytest.approx(0.0912333, rel=1e-6)


@pytest.mark.parametrize("entries", [2.5, float("nan"), float("inf"), -1, 2.0**70])
def test_a_number_of_events_that_is_none_is_refused(tmp_path, monkeypatch, entries):
    path = write_ttree(tmp_path / "a.root", {"x": np.zeros(3)})
    with open_source(str(path)) as source:
        monkeypatch.setattr(source, "tree", SimpleNamespace(num_entries=entries))
        with pytest.raises(InputError, match=re.escape(f"number of entries is {entries}")):
            list(read_chunks(source, ["x"], 100))


@pytest.mark.parametrize("name", ["Muon.pt", "mu pt", "a/b", "p:t", "pт", "lambda", "sum", "2x"])
def test_the_advice_for_a_branch_works_as_typed(tmp_path, name):
    """Whatever it is called, the message has what an expression needs."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file[name] = np.arange(3.0)
    with pytest.raises(InputError, match="which is not there") as caught:
        read(tmp_path / "a.h5", ["nothing"])
    advised = re.search(r"In an expression: (.*)\.$", str(caught.value))
    text = advised[1] if advised else name
    assert f"branch({name!r})" in (text, f"branch({text!r})")
    assert parse(text, "features.x", {}).branches == {name}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", "npy", r"is a NumPy array \(\.npy\), expected ROOT or HDF5\. Convert it: python"),
        ("a.npz", "npz", r"is NumPy arrays \(\.npz\), expected ROOT or HDF5\. Convert it: python"),
        ("a.csv", b"pt,eta\n1,2\n3,4\n", "is text with commas, .* Convert it: python"),
        ("a.parquet", b"PAR1\x15\x04", "is Parquet, expected ROOT or HDF5"),
        ("a.feather", b"ARROW1\0\0", r"is Arrow \(Feather\), expected"),
        ("a.root", b"\x1f\x8b\x08", "is compressed by gzip, expected"),
        ("a.pkl", b"\x80\x04\x95", "is a pickle, expected"),
        ("a.mat", b"MATLAB 5.0 MAT-file", "is a MATLAB file of before version 7.3"),
        ("a.lhe", b"<LesHouchesEvents version", "is LHE, expected"),
        ("a.keras", "keras", "is a Keras model, expected events"),
        ("a.txt", b"1.0 2.0\n", "is text, expected"),
        ("a.bin", b"\0\1\2\3\xff", "is neither ROOT nor HDF5: it begins with"),
    ],
)
def test_other_formats_are_named(tmp_path, name, content, message):
    path = tmp_path / name
    if content == "npy":
        np.save(path, np.zeros((3, 2)))
    elif content == "npz":
        np.savez(path, x=np.arange(3.0))
    elif content == "keras":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model.weights.h5", "")
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read(path, ["x"])
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("name", "branch"), [("a b.npz", "x"), ("it's.npy", "h"), ("a.csv", "pt")])
def test_a_conversion_works_as_typed(tmp_path, name, branch):
    path = tmp_path / name
    if name.endswith("npz"):
        np.savez(path, x=np.arange(3.0))
    elif name.endswith("npy"):
        np.save(path, np.arange(3.0))
    else:
        path.write_text("pt,eta\n0,2\n1,4\n2,4\n")
    with pytest.raises(InputError) as caught:
        read(path, ["x"])
    command = str(caught.value).partition("Convert it: ")[2]
    subprocess.run(["bash", "-c", command], check=True)
    branch = "events" if branch == "h" else branch
    assert read(f"{path}.h5", [branch]) == {branch: [0, 1, 2]}
