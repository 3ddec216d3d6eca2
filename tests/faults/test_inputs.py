"""Corrupted and foreign files of events: refused, or read as they were; never a hang."""

import collections
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot
from collapse.errors import InputError
from collapse.events import hdf5_reader, readers
from collapse.events.store import open_events
from collapse.planning.digest import file_digest

HERE = Path(__file__).parent
SECONDS, GIGABYTES = 60, 3
SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 1}
EVENTS = 300


def columns():
    """Two flat branches and lists, of which the features use all three."""
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 4, EVENTS)
    lists = ak.unflatten(rng.exponential(20, counts.sum()).astype(np.float32), counts)
    flat = rng.normal(size=EVENTS).astype(np.float32)
    return {"x": flat, "k": np.arange(EVENTS, dtype=np.int32) % 7, "pt": lists}


def write_tree(path, **options):
    with uproot.recreate(path, **options) as file:
        file.mktree("Events", columns())


def write_rntuple(path):
    with uproot.recreate(path) as file:
        file["Events"] = columns()


def write_hdf5(path, **options):
    with h5py.File(path, "w") as file:
        for name, column in columns().items():
            flat = ak.to_numpy(ak.flatten(column)) if name == "pt" else column
            file.create_dataset(name, data=flat, **options)
        file["n"] = ak.to_numpy(ak.num(columns()["pt"]))


def write_matrix(path):
    """A matrix with the names of its columns, and lists of one entry."""
    with h5py.File(path, "w") as file:
        values = columns()
        first = ak.to_numpy(values["pt"][:, 0])
        file["matrix"] = np.column_stack([values["x"], values["k"], first])
        file["matrix"].attrs["columns"] = ["x", "k", "pt"]


COMPRESSED = {"compression": "gzip", "chunks": (50,)}
WRITERS = {
    "tree_zlib.root": lambda path: write_tree(path, compression=uproot.ZLIB(1)),
    "tree_lz4.root": lambda path: write_tree(path, compression=uproot.LZ4(1)),
    "tree_raw.root": lambda path: write_tree(path, compression=None),
    "rntuple.root": write_rntuple,
    "gzip.h5": lambda path: write_hdf5(path, **COMPRESSED),
    "fletcher.h5": lambda path: write_hdf5(path, chunks=(50,), fletcher32=True),
    "raw.h5": write_hdf5,
    "matrix.h5": write_matrix,
}


def dataset(path, **changes):
    objects = {"a": {"pt": "pt", "order_by": "pt"}}
    if path.suffix == ".h5":
        objects["a"]["counter"] = "n"
    features = {"x": "x", "k": "k", "pt": "a[0].pt"}
    if path.name.endswith("matrix.h5"):
        objects, features = {}, {name: name for name in features}
    return {
        "files": str(path),
        "features": {name: {"expression": text} for name, text in features.items()},
        "objects": objects,
        "split": SPLIT,
    } | changes


# What can happen to a file: bytes and a generator of numbers -> other bytes.
def flip_a_bit(content, rng):
    content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))


def set_a_byte(content, rng):
    content[rng.integers(len(content))] = int(rng.integers(256))


def truncate(content, rng):
    del content[rng.integers(len(content)) :]


def zero(content, rng):
    start = rng.integers(len(content))
    stop = min(len(content), start + rng.integers(1, 512))
    content[start:stop] = bytes(stop - start)


def overwrite(content, rng):
    start = rng.integers(len(content))
    stop = min(len(content), start + 32)
    content[start:stop] = rng.bytes(stop - start)


def drop_a_piece(content, rng):
    start = rng.integers(len(content))
    del content[start : start + rng.integers(1, 64)]


MUTATIONS = (flip_a_bit, set_a_byte, truncate, zero, overwrite, drop_a_piece)


def attempt(datasets, folder, within=(), **environment):
    """Ingest each, perhaps within another command; return how it ended by name."""
    command = [*within, sys.executable, HERE / "attempts.py", folder, SECONDS, GIGABYTES]
    environment |= {"PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [*map(str, command)], input=json.dumps(datasets), text=True, capture_output=True,
        check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def judge(path, status, folder, name, truth):
    """Assert that an attempt ended as it may; say whether it was refused, harmless or unseen."""
    said = (folder / f"{name}.log").read_text()
    made = folder / name
    assert status in (0, 1), f"{name} was killed by signal {-status}: {said}"
    if status == 1:
        assert "Traceback" not in said, said
        assert path.name in said or "expected events in each split" in said, said
        assert not made.exists() or not list(made.iterdir())
        return "refused"
    events = open_events(made / "events.h5")
    same = events.values.shape == truth.shape and np.array_equal(events.values, truth)
    return "harmless" if same else "unseen"


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """An undamaged file of each layout, and the features read from it."""
    folder = tmp_path_factory.mktemp("originals")
    for name, write in WRITERS.items():
        write(folder / name)
    made = folder / "made"
    made.mkdir()
    ended = attempt({name: dataset(folder / name) for name in WRITERS}, made)
    assert set(ended.values()) == {0}
    return folder, {name: np.array(open_events(made / name / "events.h5").values) for name in ended}


def damage(folder, originals, copies, **changes):
    """Ingest damaged copies of each layout in turn; count what became of them by layout."""
    rng = np.random.default_rng(5)
    datasets, paths = {}, {}
    for i in range(copies):
        name = list(WRITERS)[i % len(WRITERS)]
        whole = (originals[0] / name).read_bytes()
        content = bytearray(whole)
        while content == whole:  # zeros may have been zeroed
            MUTATIONS[i // len(WRITERS) % len(MUTATIONS)](content, rng)
        path = folder / f"{i}_{name}"
        path.write_bytes(content)
        options = {key: make(originals[0] / name, path) for key, make in changes.items()}
        datasets[f"case{i}"], paths[f"case{i}"] = dataset(path, **options), path
    counts = collections.Counter()
    for case, status in attempt(datasets, folder).items():
        layout = paths[case].name.partition("_")[2]
        outcome = judge(paths[case], status, folder, case, originals[1][layout])
        counts[layout, outcome] += 1
    return counts


def test_damaged_files_are_refused_or_read(originals, tmp_path):
    counts = damage(tmp_path, originals, 96)
    assert_noticed(counts, 96)


@pytest.mark.long
def test_a_thousand_damaged_files(originals, tmp_path, figure):
    counts = damage(tmp_path, originals, 1008)
    for layout in WRITERS:
        found = ", ".join(f"{counts[layout, o]} {o}" for o in ("refused", "harmless", "unseen"))
        figure(f"damaged files, {layout}: {found}")
    assert_noticed(counts, 1008)


def assert_noticed(counts, copies):
    assert sum(counts.values()) == copies
    refused = sum(count for (_, outcome), count in counts.items() if outcome == "refused")
    assert refused > copies / 4


def test_with_a_checksum_no_damage_is_unseen(originals, tmp_path):
    counts = damage(
        tmp_path, originals, 48,
        sha256=lambda original, copy: {str(copy): file_digest(original)},
    )  # fmt: skip
    assert {outcome for _, outcome in counts} == {"refused"}


def test_a_right_checksum_is_no_hindrance(originals, tmp_path):
    path = originals[0] / "raw.h5"
    sums = {str(path): file_digest(path).upper()}
    assert attempt({"a": dataset(path, sha256=sums)}, tmp_path) == {"a": 0}
    unknown = dataset(path, sha256={"other.h5": "0" * 64})
    assert attempt({"b": unknown}, tmp_path) == {"b": 1}
    assert "other.h5 is none of the dataset's files" in (tmp_path / "b.log").read_text()


def foreign_files(folder):
    """Files of a wrong type or an unknown layout, each with a word of the reason."""
    (folder / "empty.root").touch()
    (folder / "text.root").write_text("pt,eta\n1,2\n")
    (folder / "zeros.h5").write_bytes(bytes(5000))
    (folder / "magic.root").write_bytes(b"root" + bytes(5000))
    (folder / "magic.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(5000))
    np.savez(folder / "archive.h5", x=np.zeros(3))
    write_hdf5(folder / "really_hdf5.root")
    write_tree(folder / "really_root.h5")
    with uproot.recreate(folder / "histogram.root") as file:
        file["h"] = np.histogram([1.0, 2.0])
    with h5py.File(folder / "strings.h5", "w") as file:
        file["x"], file["k"] = ["a", "b"], [b"c", b"d"]
        file["pt"], file["n"] = [1.0, 2.0], [1, 1]
    with h5py.File(folder / "images.h5", "w") as file:
        file["x"] = np.zeros((3, 4, 5))
        file["k"], file["pt"], file["n"] = np.zeros(3), np.zeros(3), np.ones(3, int)
    with h5py.File(folder / "lengths.h5", "w") as file:
        file["x"], file["k"], file["pt"], file["n"] = [1.0], [1, 2], [1.0, 2.0], [1, 1]
    with h5py.File(folder / "sparse.h5", "w") as file:
        # It claims 8 TB of which nothing is there.
        file.create_dataset("x", (10**12,), np.float64, chunks=(10**6,))
        file["k"], file["pt"], file["n"] = [1], [1.0], [1]
    return sorted(path for path in folder.iterdir() if path.is_file())


@pytest.mark.long
def test_an_hdf5_file_that_hangs_its_library_is_refused(tmp_path):
    """Names whose heap is zeroed: HDF5 looks for them for ever."""
    path = tmp_path / "names.h5"
    write_matrix(path)
    content = path.read_bytes()
    start = content.index(b"GCOL") + 16  # past its signature and size
    path.write_bytes(content[:start] + bytes(500) + content[start + 500 :])
    assert attempt({"a": dataset(path, features={"x": {"expression": "x"}})}, tmp_path) == {"a": 1}
    said = (tmp_path / "a.log").read_text()
    assert "names.h5 can't be opened" in said
    assert "HDF5 hangs on it or crashes" in said


def test_looking_into_an_hdf5_file_has_an_end(originals, monkeypatch):
    monkeypatch.setattr(hdf5_reader, "_PATIENCE", 1)
    monkeypatch.setattr(hdf5_reader, "Hdf5Source", lambda *_: time.sleep(10))
    with pytest.raises(ValueError, match="hangs on it or crashes"):
        hdf5_reader.probe(originals[0] / "raw.h5", "")


def test_a_tree_of_less_than_no_events_is_refused(originals):
    """Among others, such a file would be left out without a word."""
    with readers.open_source(str(originals[0] / "tree_raw.root")) as source:
        source.tree = SimpleNamespace(num_entries=-1)
        with pytest.raises(InputError, match="number of entries is -1"):
            next(readers.read_chunks(source, ["x"], 1000))


def test_an_hdf5_file_that_crashes_its_library_is_refused(tmp_path):
    """An index of chunks that is its own child: HDF5 descends until its stack is full."""
    path = tmp_path / "index.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("table", data=np.zeros((20_000, 1)), chunks=(16, 1))
        file["table"].attrs["columns"] = ["x"]
    content = bytearray(path.read_bytes())
    root = next(
        node.start()
        for node in re.finditer(b"TREE", content)
        if content[node.start() + 4] == 1 and content[node.start() + 5] > 0  # of chunks, no leaf
    )
    # Past the node's header and its first key: a chunk's size, its filters, its three offsets.
    child = root + 24 + 8 + 24
    content[child : child + 8] = root.to_bytes(8, "little")
    path.write_bytes(content)
    table = dataset(path, files=f"{path}:table", features={"x": {"expression": "x"}}, objects={})
    assert attempt({"a": table}, tmp_path) == {"a": 1}
    assert "HDF5 hangs on it or crashes" in (tmp_path / "a.log").read_text()


def test_foreign_files_are_refused(tmp_path):
    (tmp_path / "in").mkdir()
    paths = foreign_files(tmp_path / "in")
    fine = {"really_hdf5.root", "really_root.h5"}
    datasets = {f"case_{path.name}": dataset(path) for path in paths}
    # What a file is says its content, not its name.
    datasets["case_really_hdf5.root"]["objects"]["a"]["counter"] = "n"
    del datasets["case_really_root.h5"]["objects"]["a"]["counter"]
    for name, status in attempt(datasets, tmp_path).items():
        path = next(path for path in paths if f"case_{path.name}" == name)
        if path.name in fine:
            assert status == 0, (tmp_path / f"{name}.log").read_text()
        else:
            assert judge(path, status, tmp_path, name, np.empty(0)) == "refused", name
