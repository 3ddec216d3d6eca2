import random
from itertools import chain

import numpy as np
import pytest
from collapse.figures.listed import COMPARISON_FIGURES
from collapse.sealed import identify

from scripts import draw_comparison as script
from tests.figures import runs, toy
from tests.figures.test_listed import ADVICE, METRICS
from tests.scripts import drawn

RUN = {"dataset": "toy", "note": "a text"}
HISTORY = [
    {"dataset": "toy", "recipe": recipe, "seed": 1, "epoch": epoch, "updates": epoch}
    | dict.fromkeys(("discriminator_loss", "generator_loss"), 0.5)
    | dict.fromkeys(("discriminator_gradient_norm", "generator_gradient_norm"), "inf")
    for recipe in drawn.RECIPES
    for epoch in (1, 10, 100)
]


@pytest.fixture
def arguments(tmp_path):
    tables = {"metrics": METRICS, "advice": ADVICE, "onset": runs.ONSET, "survival": runs.SURVIVAL}
    return {
        "events": drawn.write_events(tmp_path),
        "tables": [
            drawn.write_table(
                tmp_path / f"{name}.csv",
                [RUN | row for row in rows] + [RUN | rows[0] | {"dataset": "another"}],
            )
            for name, rows in tables.items()
        ],
        "diagnoses": drawn.write_diagnoses(tmp_path),
        "histories": [drawn.write_table(tmp_path / "history.csv", HISTORY)],
        "samples": [p for recipe in drawn.RECIPES for p in drawn.write_legs(tmp_path, recipe, 3)],
        "features": drawn.FEATURES,
        "derived": {},
        "spectrum": None,
        "counts": [1, 10, 100],
        "windows": drawn.WINDOWS,
        "recipes": drawn.RECIPES,
        "seed": 3,
        "dataset": "toy",
        "pictures": {
            listed.name: drawn.pictures(tmp_path, listed.name) for listed in COMPARISON_FIGURES
        },
        "spectra": [p for e in (1, 10, 100) for p in drawn.pictures(tmp_path, f"spectrum{e}")],
    }


def test_all_that_is_listed_is_drawn_though_tables_have_texts(arguments, tmp_path):
    script.draw_comparison(**arguments)
    for path in chain(*arguments["pictures"].values(), arguments["spectra"]):
        assert (tmp_path / path).stat().st_size > 1000


def test_only_what_has_paths_is_drawn(arguments, tmp_path):
    wanted = {"map": arguments["pictures"]["map"]}
    script.draw_comparison(
        **arguments | {"pictures": wanted, "tables": [], "spectra": [], "samples": []}
    )
    assert {path.stem for path in tmp_path.glob("*.png")} == {"map"}


def test_figures_see_the_dataset_alone(arguments, monkeypatch):
    told = []
    listed = script.COMPARISON_FIGURES[0]
    monkeypatch.setattr(script, "COMPARISON_FIGURES", [listed])
    monkeypatch.setattr(type(listed), "draw", property(lambda _: told.append), raising=False)
    monkeypatch.setattr(script.style, "save", lambda *_: None)
    script.draw_comparison(**arguments)
    [compared] = told
    assert len(compared.tables["metrics"]) == len(METRICS)
    assert compared.recipes == list(drawn.RECIPES)
    assert compared.labels == {feature.name: feature.label for feature in toy.FEATURES} | {
        "z": "$Z$"
    }
    assert compared.last == 100
    assert {(row["recipe"], row["seed"]) for row in compared.history} == {
        (recipe, 1) for recipe in drawn.RECIPES
    }


def test_samples_say_themselves_whose_they_are(arguments, monkeypatch):
    """In any order, and two recipes that are the same have the same samples."""
    told = []
    monkeypatch.setattr(script, "COMPARISON_FIGURES", [])
    monkeypatch.setattr(script, "mass_spectrum", lambda *given: told.append(given))
    monkeypatch.setattr(script.style, "save", lambda *_: None)
    random.Random(0).shuffle(arguments["samples"])
    script.draw_comparison(**arguments)
    assert len(told) == 3
    for epoch, (_, generated, feature, windows, title) in zip((1, 10, 100), told, strict=True):
        assert (feature.name, list(windows), title) == (
            "mass",
            ["z"],
            f"toy, seed 3, epoch {epoch}",
        )
        assert list(generated) == list(drawn.RECIPES)
        for values in generated.values():
            np.testing.assert_array_equal(values, toy.real_events(200, epoch)[:, 2])


def test_samples_of_another_run_are_refused(arguments):
    recipes = {**drawn.RECIPES, "capable": {"batch_size": 128}}
    wanted = identify(recipes["capable"], 3, drawn.NAMES)
    with pytest.raises(KeyError, match=wanted):
        script.draw_comparison(**arguments | {"recipes": recipes})
