import uproot

from scripts.simulate import simulate


def test_a_mixture_is_of_points(tmp_path):
    options = {"events": 20, "seed": 1, "mixture": {"centres": [[0.0, 1.0]], "sd": 0.1}}
    simulate(simulation=options, path=tmp_path / "a.root")
    with uproot.open(tmp_path / "a.root") as file:
        assert file["Events"].keys() == ["x1", "x2", "mode"]
        assert file["Events"].num_entries == 20


def test_anything_else_is_of_dimuons(tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "scripts.simulate.simulate_dimuons", lambda path, **options: asked.update({path: options})
    )
    options = {"events": 20, "seed": 1, "fractions": {"jpsi": 1}}
    simulate(simulation=options, path=tmp_path / "a.root")
    assert asked == {tmp_path / "a.root": options}
