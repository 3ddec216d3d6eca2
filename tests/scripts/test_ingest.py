import logging
import shutil
import tracemalloc

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot
import yaml
from collapse.errors import InputError
from collapse.events.store import SPLITS, open_events

from scripts.ingest import ingest
from tests.conftest import ROOT
from tests.events.layouts import (
    MUON,
    SPLIT,
    make_columns,
    write_hdf5,
    write_rntuple,
    write_ttree,
)

MASS = {"mass": "(muon[0] + muon[1]).mass"}
PAIR = {"two": "nMuon >= 2", "opposite": "muon[0].charge * muon[1].charge < 0"}


@pytest.fixture
def dataset(tmp_path):
    """Build a dataset of a TTree with the usual columns."""
    path = write_ttree(tmp_path / "events.root", make_columns())

    def build(features, **changes):
        expressions = {name: {"expression": text} for name, text in features.items()}
        config = {"files": str(path), "features": expressions, "split": SPLIT}
        return config | {"objects": {"muon": MUON}} | changes

    return build


def run(dataset, tmp_path, **options):
    path = tmp_path / "out" / "events.h5"
    ingest(dataset=dataset, path=path, **options)
    assert [entry.name for entry in path.parent.iterdir()] == ["events.h5"]
    return open_events(path)


def content(path):
    return path.read_bytes()


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_values_cutflow_and_features(dataset, tmp_path):
    config = dataset({"x": "x", "pt1": "muon[0].pt", **MASS}, selection=PAIR)
    events = run(config, tmp_path)
    columns = make_columns()
    order = ak.argsort(columns["Muon_pt"], ascending=False)
    pairs = ak.num(order) >= 2
    charge = columns["Muon_charge"][order][pairs]
    opposite = charge[:, 0] * charge[:, 1] < 0
    left = [400, int(ak.sum(pairs)), int(ak.sum(opposite))]
    steps = ["read", "two", "opposite", "non_finite", "sentinel", "kept"]
    assert events.cutflow == tuple(zip(steps, [*left, *left[2:] * 3], strict=True))
    leading = ak.max(columns["Muon_pt"][pairs][opposite], axis=1)
    np.testing.assert_array_equal(np.sort(events.values[:, 1]), np.sort(ak.to_numpy(leading)))
    assert set(events.values[:, 0]) <= set(columns["x"])
    assert events.features == ("x", "pt1", "mass")
    assert [events.splits[name].stop for name in SPLITS][-1] == len(events.values) == left[2]


def test_rows_stay_in_order_within_a_split(dataset, tmp_path):
    events = run(dataset({"k": "k", "x": "x"}), tmp_path)
    for name in SPLITS:
        assert (np.diff(events.split(name)[:, 0]) > 0).all()
    assert sorted(events.values[:, 0]) == list(range(400))


@pytest.mark.parametrize("write", [write_ttree, write_rntuple, write_hdf5])
def test_nothing_depends_on_the_chunks(tmp_path, write):
    suffix = "h5" if write is write_hdf5 else "root"
    paths = [str(write(tmp_path / f"{i}.{suffix}", make_columns(80, i))) for i in range(2)]
    config = {
        "files": paths,
        "features": {"x": {"expression": "x"}, "m": {"expression": MASS["mass"]}},
        "selection": {"pair": "muon[1].pt > 0"},
        "objects": {"muon": MUON | {"counter": "nMuon"}},
        "weight": "w",
        "max_events": 130,
        "split": SPLIT,
    }
    contents = set()
    for chunk_bytes in (1, 5000, 1 << 26):
        ingest(dataset=config, path=tmp_path / "events.h5", chunk_bytes=chunk_bytes)
        contents.add(content(tmp_path / "events.h5"))
    assert len(contents) == 1


def test_layouts_agree(tmp_path):
    contents = set()
    for write, name in ((write_ttree, "a.root"), (write_rntuple, "b.root"), (write_hdf5, "c.h5")):
        path = write(tmp_path / name, make_columns())
        config = {
            "files": str(path),
            "features": {"m": {"expression": MASS["mass"]}, "ht": {"expression": "sum(Muon_pt)"}},
            "objects": {"muon": MUON | {"counter": "nMuon"}},
            "split": SPLIT,
        }
        ingest(dataset=config, path=tmp_path / "events.h5")
        contents.add(content(tmp_path / "events.h5"))
    assert len(contents) == 1


def test_max_events_over_several_files(tmp_path, dataset):
    write_ttree(tmp_path / "more.root", make_columns(seed=1))
    files = [str(tmp_path / "events.root"), str(tmp_path / "more.root")]
    for limit, read in ((500, 500), (400, 400), (30, 30), (5000, 800)):
        events = run(dataset({"x": "x"}, files=files, max_events=limit), tmp_path)
        assert events.cutflow[0] == ("read", read)


def test_globs_and_trees(tmp_path, dataset):
    for name in ("a", "b"):
        with uproot.recreate(tmp_path / f"run_{name}.root") as file:
            file.mktree("one", {"x": np.arange(50.0)})
            file.mktree("two", {"x": np.arange(70.0)})
    events = run(dataset({"x": "sin(x)"}, files=f"{tmp_path}/run_?.root:two"), tmp_path)
    assert events.cutflow[0] == ("read", 140)


def test_missing_objects_and_sentinels(dataset, tmp_path, caplog):
    columns = make_columns()
    columns["x"][:10] = -999
    columns["x"][10:13] = np.inf
    columns["w"][13] = 1e300  # beyond float32
    write_ttree(tmp_path / "events.root", columns)
    config = dataset({"x": "x", "w": "w", "pt2": "muon[1].pt"}, sentinels=[-999.0, 1e6])
    cutflow = dict(run(config, tmp_path).cutflow)
    missing = ak.to_numpy(ak.num(columns["Muon_pt"]) < 2)
    finite = ~missing
    finite[10:14] = False
    assert cutflow["non_finite"] == finite.sum()
    assert cutflow["sentinel"] == cutflow["kept"] == finite[10:].sum()
    messages = warnings_of(caplog)
    assert any(f"features.pt2 was not finite in {missing.sum()} events" in m for m in messages)
    assert any("features.x was not finite in 3 events" in m for m in messages)


def test_repeated_rows(tmp_path, caplog):
    once = np.random.default_rng(0).normal(size=100)
    write_ttree(tmp_path / "a.root", {"x": np.tile(once, 5)})
    config = {
        "files": str(tmp_path / "a.root"),
        "features": {"x": {"expression": "x"}},
        "split": SPLIT,
    }
    events = run(config, tmp_path)
    assert any("80.0 % of the rows repeat" in message for message in warnings_of(caplog))
    sides = [set(events.split(name)[:, 0]) for name in SPLITS]
    assert sum(map(len, sides)) == 100


def test_log_of_the_cutflow(dataset, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    run(dataset({"x": "x"}, selection={"half": "k < 200"}), tmp_path)
    assert "half          200   50.00 %   50.00 %" in caplog.text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"selection": {"all": "k >= 0", "none": "k < 0"}},
            "none dropped all of them.*Look at none",
        ),
        (
            {"selection": {"one": "k == 7"}},
            r"received none of the 1 events \(cutflow: read 400, one",
        ),
        (
            {"sentinels": [0.5], "features": {"h": {"expression": "0 * x + 0.5"}}},
            "sentinel dropped",
        ),
        ({"features": {"x": {"expression": "X"}}}, r"events\.root: expected branch X.*mean x"),
        ({"features": {"x": {"expression": "Muon_eta"}}}, r"'Muon_eta' gives a list per event"),
        (
            {"features": {"x": {"expression": "Muon_eta"}}, "objects": {}},
            r"a list per event in .*events\.root",
        ),
        ({"features": {"x": {"expression": "x.__class__"}}}, r"features\.x"),
        ({"files": "no/such.root"}, "no/such.root does not exist"),
    ],
)
def test_refused(dataset, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        run(dataset({"x": "x"}) | changes, tmp_path)
    left = tmp_path / "out"
    assert not left.exists() or list(left.iterdir()) == []


def test_empty_file_of_events(tmp_path, dataset):
    with uproot.recreate(tmp_path / "none.root") as file:
        file.mktree("t", {"x": np.dtype("f8")})
    with pytest.raises(InputError, match=r"none\.root holds no events \(cutflow: read 0"):
        run(dataset({"x": "x"}, files=str(tmp_path / "none.root")), tmp_path)


def test_a_damaged_second_file(tmp_path, dataset):
    good = tmp_path / "events.root"
    bad = tmp_path / "zz.root"
    config = dataset({"x": "x"}, files=f"{tmp_path}/*.root")
    shutil.copy(good, bad)
    bad.write_bytes(bad.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"zz\.root can't be opened"):
        run(config, tmp_path)


@pytest.mark.parametrize("kind", ["h5", "root"])
def test_memory_is_bounded(tmp_path, kind):
    n, budget = 1_000_000, 1 << 20
    path = tmp_path / f"large.{kind}"
    x = np.random.default_rng(0).normal(size=n)
    if kind == "h5":
        with h5py.File(path, "w") as file:
            file["x"], file["y"] = x, x[::-1]
    else:
        with uproot.recreate(path, compression=None) as file:
            tree = file.mktree("t", {"x": "f8", "y": "f8"})
            for start in range(0, n, 20_000):
                block = x[start : start + 20_000]
                tree.extend({"x": block, "y": block[::-1]})
    del x
    config = {
        "files": str(path),
        "features": {"x": {"expression": "x"}, "z": {"expression": "x + 2 * y"}},
        "selection": {"cut": "x > -1"},
        "split": SPLIT,
    }
    tracemalloc.start()
    ingest(dataset=config, path=tmp_path / "events.h5", chunk_bytes=budget)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A chunk with its temporaries, and the hashes of the first million rows, sorted in a copy.
    assert peak < 10 * budget + 3 * 8 * n
    assert peak < 2.5 * 16 * n


def test_cms2012(shared, tmp_path):
    config = {
        "files": str(shared / "cms2012_dimuon.root"),
        "objects": {"muon": MUON},
        "features": {"mass": {"expression": MASS["mass"]}, "pt": {"expression": "muon[0].pt"}},
        "selection": {
            "two_muons": "nMuon == 2",
            "opposite_sign": "muon[0].charge * muon[1].charge < 0",
        },
        "split": SPLIT,
    }
    events = run(config, tmp_path)
    assert dict(events.cutflow)["read"] == 70_000
    assert dict(events.cutflow)["kept"] == len(events.values) == 26_310
    mass = events.values[:, 0]
    windows = [(2.95, 3.25), (3.6, 3.8), (9.25, 9.7), (9.85, 10.5), (81, 101)]
    counts = [int(np.sum((mass > low) & (mass < high))) for low, high in windows]
    assert counts == [2449, 209, 352, 341, 4890]


def test_cms2010(shared, tmp_path):
    keys = {"px": "px", "py": "py", "pz": "pz", "energy": "e", "q": "q"}
    muon = {key: f"muons/{name}" for key, name in keys.items()}
    muon |= {"counter": "nmuons", "order_by": "pt"}
    config = {
        "files": str(shared / "cms2010_dimuon.hdf5"),
        "objects": {"muon": muon},
        "features": {
            "mass": {"expression": MASS["mass"]},
            "m1": {"expression": "muon[0].mass"},
            "m2": {"expression": "muon[1].mass"},
            "q": {"expression": "muon[0].q * muon[1].q"},
        },
        "split": SPLIT,
    }
    events = run(config, tmp_path)
    assert len(events.values) == 100_000
    mass, *masses, sign = events.values.T
    windows = [(2.9, 3.3), (9.2, 9.7), (81, 101)]
    counts = [int(np.sum((mass > low) & (mass < high))) for low, high in windows]
    assert counts == [12_578, 3_819, 397]  # of any sign
    assert np.mean(sign > 0) == pytest.approx(0.36, abs=0.005)
    assert np.sum(masses[0] < 0) + np.sum(masses[1] < 0) == 355  # E < p from float32


def test_zmumu_does_not_leak(shared, tmp_path, caplog):
    names = ("pt1", "pt2")  # 2304 rows list 500 events, in several combinations
    config = {
        "files": str(shared / "odd" / "uproot-Zmumu.root"),
        "features": {name: {"expression": name} for name in names},
        "split": SPLIT,
    }
    events = run(config, tmp_path)
    assert any("rows repeat another one exactly" in message for message in warnings_of(caplog))
    sides = [{row.tobytes() for row in events.split(name)} for name in SPLITS]
    assert len(set.union(*sides)) == sum(map(len, sides)) == 1159


def empty_file(path):
    with uproot.recreate(path):
        pass
    return str(path)


def test_files_without_events_are_told_and_left_out(dataset, tmp_path, caplog):
    """A skim that nothing passed has no tree, a tree of no events, or a tree of no branches."""
    config = dataset({"x": "x"})
    write_ttree(tmp_path / "none.root", {"x": np.zeros(0)})
    write_hdf5(tmp_path / "none.h5", {"x": np.zeros(0)})
    with h5py.File(tmp_path / "nothing.h5", "w"):
        pass
    others = [empty_file(tmp_path / "skim.root")]
    others += [str(tmp_path / name) for name in ("none.root", "none.h5", "nothing.h5")]
    with caplog.at_level(logging.INFO):
        events = run(config | {"files": [*others[:2], config["files"], *others[2:]]}, tmp_path)
    assert dict(events.cutflow)["read"] == 400
    warnings = [warning for warning in warnings_of(caplog) if "goes on without it" in warning]
    assert [any(other in warning for warning in warnings) for other in others] == [True] * 4
    named = f"files without events: 4 ({', '.join(others)})"
    assert any(named in record.getMessage() for record in caplog.records)
    with pytest.raises(InputError, match=r"skim\.root holds no tree .*`empty: warn`"):
        run(config | {"files": [config["files"], *others], "empty": "error"}, tmp_path)


def test_only_files_without_events(dataset, tmp_path):
    config = dataset({"x": "x"}) | {"files": empty_file(tmp_path / "skim.root")}
    with pytest.raises(InputError, match=r"skim\.root holds no tree or RNTuple nor anything else"):
        run(config, tmp_path)


def test_all_bad_files_are_named_at_once(dataset, tmp_path):
    config = dataset({"x": "x"})
    (tmp_path / "cut.root").write_bytes((tmp_path / "events.root").read_bytes()[:3000])
    (tmp_path / "page.root").write_text("<html>404</html>")
    write_ttree(tmp_path / "old.root", {"X": np.zeros(3)})
    names = ["cut.root", "events.root", "page.root", "old.root"]
    files = [str(tmp_path / name) for name in names]
    with pytest.raises(InputError) as caught:
        run(config | {"files": files}, tmp_path)
    first, *lines = str(caught.value).splitlines()
    assert first == "3 files can't be used:"
    assert [line.split(":")[0].split()[1] for line in lines[1:]] == [files[2], files[3]]
    assert lines[0].startswith(f"- {files[0]} can't be opened")
    assert "expected branch x, which is not there" in lines[2]


def test_the_cms_study_reads_a_tree_and_an_rntuple_without_counters(shared, tmp_path):
    """As NanoAOD's newer files are."""
    study = yaml.safe_load((ROOT / "config/cms2012.yaml").read_text())
    dataset = study["datasets"]["cms2012"] | {"split": SPLIT}
    name = "Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root"
    events = run(dataset | {"files": str(shared / "odd" / name)}, tmp_path)
    cutflow = dict(events.cutflow)
    assert cutflow["read"] == 1000
    tree = uproot.open(shared / "odd" / name)["Events"]
    assert cutflow["two_muons"] == int(ak.sum(ak.num(tree["Muon_pt"].array()) == 2))


@pytest.mark.parametrize(
    ("case", "shape", "first"),
    [
        ("geant4", (1000, 2), [42.15037, 0.0912333]),
        ("pandas_fixed", (400, 3), [53.30117, 0.25247392, 93.04563]),
        ("pandas_table", (400, 3), [53.30117, 0.25247392, 93.04563]),
        ("pytables_arrays", (400, 2), None),
        ("lists", (400, 2), None),
        ("matlab", (400, 2), [53.30117, 0.25247392]),
        ("matrix", (400, 2), [53.30117, 0.25247392]),
        ("skim", (400, 2), [53.30117, 0.25247392]),
        ("nobranch", (400, 2), [53.30117, 0.25247392]),
    ],
)
def test_public_cases(cases, tmp_path, monkeypatch, case, shape, first):
    monkeypatch.chdir(cases)
    (dataset,) = yaml.safe_load((cases / f"{case}.yaml").read_text())["datasets"].values()
    events = run(dataset | {"split": SPLIT}, tmp_path)
    assert events.values.shape == shape
    if first:
        assert np.isclose(events.values, first, rtol=1e-6).all(axis=1).any()


def test_pytables_arrays_and_lists_hold_what_they_should(cases, tmp_path, monkeypatch):
    monkeypatch.chdir(cases)
    with h5py.File("pytables_arrays.h5") as file:
        p4, mass = file["events"]["p4"], file["events"]["mass"]
    with h5py.File("lists.h5") as file:
        leading = np.array([lists[0] for lists in file["jet_pt"]])
    for case, feature, expected in (
        ("pytables_arrays", "pt", p4[:, 0]),
        ("pytables_arrays", "mass", mass.astype(np.float32)),
        ("lists", "lead", leading),
    ):
        (dataset,) = yaml.safe_load((cases / f"{case}.yaml").read_text())["datasets"].values()
        events = run(dataset | {"split": SPLIT}, tmp_path / case / feature)
        received = events.values[:, events.names.index(feature)]
        np.testing.assert_array_equal(np.sort(received), np.sort(expected))
