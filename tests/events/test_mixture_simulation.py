import json

import numpy as np
import pytest
import uproot
from collapse.events.mixture_simulation import simulate_mixture

RING = {"layout": {"ring": {"modes": 8, "radius": 2}}, "sd": 0.02}


def test_every_mode_has_its_share_and_its_place(tmp_path):
    simulate_mixture(tmp_path / "ring.root", events=8000, mixture=RING, seed=1)
    with uproot.open(tmp_path / "ring.root") as file:
        events = file["Events"].arrays(library="np")
        made = json.loads(file["simulation"])
    points = np.stack([events["x1"], events["x2"]], axis=1)
    np.testing.assert_allclose(np.hypot(*points.T), 2, atol=0.15)
    assert np.bincount(events["mode"], minlength=8).min() > 800
    off = points - np.array(made["centres"])[events["mode"]]
    np.testing.assert_allclose(off.std(axis=0), 0.02, rtol=0.05)
    assert (made["events"], made["seed"], made["sd"]) == (8000, 1, 0.02)


def test_same_arguments_same_bytes(tmp_path):
    line = {"centres": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], "sd": 0.5}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate_mixture(tmp_path / f"{name}.root", events=50, mixture=line, seed=seed)
    a, b, c = ((tmp_path / f"{name}.root").read_bytes() for name in "abc")
    assert a == b
    assert a != c
    with uproot.open(tmp_path / "a.root") as file:
        assert file["Events"].keys() == ["x1", "x2", "x3", "mode"]


@pytest.mark.parametrize("key", ["centres", "sd"])
def test_files_of_other_mixtures_have_other_identities(tmp_path, key):
    line = {"centres": [[0.0]], "sd": 0.5}
    found = []
    for i, change in enumerate(({}, {key: {"centres": [[1.0]], "sd": 0.25}[key]})):
        simulate_mixture(tmp_path / f"{i}.root", events=5, mixture=line | change, seed=1)
        with uproot.open(tmp_path / f"{i}.root") as file:
            found.append(file.file.uuid)
    assert found[0] != found[1]
