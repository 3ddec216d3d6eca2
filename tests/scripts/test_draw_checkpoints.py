from collections import Counter

import pytest
from collapse.events import samples

from scripts import draw_checkpoints as script
from tests.scripts import drawn

REGION = {
    "epoch": 10, "region": 1, "box": "mass [81, 101)", "real_share": 0.12, "generated_share": 0.01,
    "ratio": 0.1, "ratio_low": 0.0, "ratio_high": 0.2, "z": 9.0, "tail": False,
}  # fmt: skip


@pytest.fixture
def arguments(tmp_path):
    return {
        "events": drawn.write_events(tmp_path),
        "samples": drawn.write_legs(tmp_path, "capable", 1),
        "regions": [drawn.write_table(tmp_path / "regions.csv", [REGION])],
        "features": drawn.FEATURES,
        "derived": {},
        "pair": ["mass", "pt"],
        "recipes": ["original", "capable"],
        "recipe": "capable",
        "seed": 1,
        "counts": [1, 10, 100],
        "overlays": [p for e in (1, 10, 100) for p in drawn.pictures(tmp_path, f"overlay{e}")],
        "scatters": [p for e in (1, 10, 100) for p in drawn.pictures(tmp_path, f"scatter{e}")],
    }


def test_each_checkpoint_has_both_pictures_in_all_formats(arguments, tmp_path):
    script.draw_checkpoints(**arguments)
    for path in [*arguments["overlays"], *arguments["scatters"]]:
        assert (tmp_path / path).stat().st_size > 1000


def test_pictures_are_of_their_epoch(arguments, monkeypatch):
    told = []
    monkeypatch.setattr(script, "overlay", lambda *given: told.append((given[3], given[5])))
    monkeypatch.setattr(script, "scatter", lambda *given: told.append((given[4], given[2].name)))
    monkeypatch.setattr(script.style, "save", lambda figure, *paths: told.append(paths))
    script.draw_checkpoints(**arguments)
    for place, epoch in enumerate((1, 10, 100)):
        overlay, overlays, scatter, scatters = told[4 * place : 4 * place + 4]
        assert overlay[0] == f"capable, seed 1, epoch {epoch}"
        assert [region["box"] for region in overlay[1]] == ["mass [81, 101)"] * (epoch == 10)
        assert scatter == (overlay[0], "mass")
        assert list(overlays) == arguments["overlays"][2 * place : 2 * place + 2]
        assert list(scatters) == arguments["scatters"][2 * place : 2 * place + 2]


def test_each_file_of_samples_is_opened_once(arguments, monkeypatch):
    opened, open_sealed = Counter(), samples.open_sealed

    def count(path, *about):
        opened[path] += 1
        return open_sealed(path, *about)

    monkeypatch.setattr(samples, "open_sealed", count)
    script.draw_checkpoints(**arguments)
    assert opened == dict.fromkeys(arguments["samples"], 1)


def test_samples_that_are_missing_are_no_pictures_of_others(arguments):
    with pytest.raises(ValueError, match="longer"):
        script.draw_checkpoints(**arguments | {"samples": arguments["samples"][:1]})
