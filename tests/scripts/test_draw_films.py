import numpy as np

from scripts import draw_films as script
from tests.figures import toy
from tests.scripts import drawn


def arguments(folder):
    traces = [path for seed in (1, 2) for path in drawn.write_traces(folder, "original", seed)]
    return {
        "events": drawn.write_events(folder),
        "traces": traces,
        "diagnoses": drawn.write_diagnoses(folder, "original"),
        "features": drawn.FEATURES,
        "derived": {},
        "pair": None,
        "spectrum": None,
        "windows": drawn.WINDOWS,
        "recipes": ["original"],
        "strips": [path for seed in (1, 2) for path in drawn.pictures(folder, f"film{seed}")],
        "films": [str(folder / f"film{seed}.gif") for seed in (1, 2)],
    }


def test_each_run_has_a_strip_and_a_film(tmp_path):
    given = arguments(tmp_path)
    script.draw_films(**given)
    for path in [*given["strips"], *given["films"]]:
        assert (tmp_path / path).stat().st_size > 1000


def test_a_run_is_joined_from_its_legs(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(script, "film_strip", told.append)
    monkeypatch.setattr(script, "write_film", lambda path, _: told.append(path))
    monkeypatch.setattr(script.style, "save", lambda *_: None)
    given = arguments(tmp_path)
    script.draw_films(**given)
    for seed, onset in ((1, 3), (2, 1)):
        film = told[2 * seed - 2]
        assert film.title == f"original, seed {seed}"
        assert film.fall.onset == onset
        assert film.epochs.tolist() == [0, 1, 10, 100]
        np.testing.assert_array_equal(film.events[2], toy.real_events(50, 10 + seed))
        assert told[2 * seed - 1] == given["films"][seed - 1]
