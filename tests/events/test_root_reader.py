import numpy as np
import pytest
import uproot
from collapse.errors import InputError

from .layouts import read


def test_trees(tmp_path):
    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        file.mktree("dir/Events", {"x": np.arange(3.0)})
        file["More"] = {"x": np.arange(2.0)}
    with pytest.raises(InputError, match=rf"several trees: dir/Events, More.*{path}:dir/Events"):
        read(path, ["x"])
    assert read(path, ["x"], "dir/Events")["x"] == [0, 1, 2]
    assert read(path, ["x"], "More")["x"] == [0, 1]
    with pytest.raises(InputError, match=r"called dir/Event\. Did you mean dir/Events"):
        read(path, ["x"], "dir/Event")


def test_values_of_odd_layouts(shared):
    odd = shared / "odd"
    leaves = read(odd / "uproot-leaflist.root", ["leaflist.x", "leaflist.y"])
    assert leaves == {"leaflist.x": [1.1, 2.2, 3.3, 4.0, 5.5], "leaflist.y": [1, 2, 3, 4, 5]}
    vectors = read(odd / "uproot-stl_containers.root", ["vector_int32"])["vector_int32"]
    assert vectors == [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]
    masses = {
        name: read(odd / name, ["M"])["M"]
        for name in (f"uproot-Zmumu{kind}.root" for kind in ("", "-lz4", "-lzma", "-zstd"))
    }
    assert len({tuple(values) for values in masses.values()}) == 1
