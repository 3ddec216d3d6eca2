import pytest
from collapse.errors import InputError
from collapse.events.sources import is_url, local_inputs, resolve_files, split_spec


@pytest.mark.parametrize(
    ("spec", "path", "inside"),
    [
        ("a.root", "a.root", ""),
        ("a.root:Events", "a.root", "Events"),
        ("a.root:dir/Events;2", "a.root", "dir/Events;2"),
        ("dir/run:3/a.root", "dir/run:3/a.root", ""),
        ("dir/run:3/a.root:t", "dir/run:3/a.root", "t"),
        ("data/*:t", "data/*", "t"),
        ("data/*.h5:g/x", "data/*.h5", "g/x"),
        ("A.HDF5:x", "A.HDF5", "x"),
        ("pool.root.1:t", "pool.root.1", "t"),
        ("odd.name", "odd.name", ""),
        ("root://host//eos/a.root:t", "root://host//eos/a.root", "t"),
        ("root://host:1094//eos/a.root", "root://host:1094//eos/a.root", ""),
        ("https://host:1094/a.root:d/t", "https://host:1094/a.root", "d/t"),
        ("https://a.root:1094/x", "https://a.root:1094/x", ""),
        ("s3://bucket/a.root", "s3://bucket/a.root", ""),
    ],
)
def test_split_spec(spec, path, inside):
    assert split_spec(spec) == (path, inside)


@pytest.mark.parametrize("name", ["a.root", "run:3.root", "skim.dat", "a b.root", "µ.root", "x"])
@pytest.mark.parametrize("inside", ["Events", "ns::tree", "dir/a tree.v2;1", "µ"])
def test_a_file_that_is_there_says_where_its_name_ends(tmp_path, name, inside):
    (tmp_path / name).touch()
    assert split_spec(f"{tmp_path}/{name}:{inside}") == (f"{tmp_path}/{name}", inside)
    assert split_spec(f"{tmp_path}/{name}") == (f"{tmp_path}/{name}", "")


def test_is_url():
    assert is_url("https://host/a.root")
    assert not is_url("C:/a.root")
    assert not is_url("a.root:t")


@pytest.fixture
def folder(tmp_path):
    for name in ("b.root", "a.root", "c.h5", "odd[1].root"):
        (tmp_path / name).touch()
    return tmp_path


def test_local_inputs(folder):
    files = [f"{folder}/?.root:t", f"{folder}/a.root:u", "root://h//a.root:t", "no.root:t", "no*"]
    assert local_inputs(files) == [f"{folder}/a.root", f"{folder}/b.root", "no.root", "no*"]
    assert local_inputs(f"{folder}/odd[1].root") == [f"{folder}/odd[1].root"]
    assert local_inputs("https://host/a.root") == []


def test_resolve_files(folder):
    files = [f"{folder}/?.root:t", f"{folder}/a.root:u", "root://h//a.root:t"]
    assert resolve_files(files) == [
        (f"{folder}/a.root", "t"),
        (f"{folder}/b.root", "t"),
        (f"{folder}/a.root", "u"),
        ("root://h//a.root", "t"),
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ("{}/*.csv", "matches none"),
        ("root://host//*.root", "pattern in a URL"),
        (["{}/a.root", "{}/*.root"], "given twice"),
    ],
)
def test_resolve_refuses(folder, files, message):
    filled = [f.format(folder) for f in ([files] if isinstance(files, str) else files)]
    with pytest.raises(InputError, match=message):
        resolve_files(filled)
