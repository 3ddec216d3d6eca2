from pathlib import Path

import pytest
from collapse.errors import InputError
from collapse.planning.checks import check_files
from collapse.planning.recipes import complete_recipe, recipe_bases

from tests.planning.studies import ROOT, SHIPPED, load, refuse

OWN = {"extends": "capable", "networks": "mine.py"}


def test_recipes_extend_shipped_ones_and_each_other():
    study = load(
        recipes={
            "original": {"batch_size": 64},
            "mine": {"extends": "capable", "generator": {"head": "tanh"}},
            "again": {"extends": "mine", "noise": {"dimension": 5}},
        }
    )
    original, mine, again = (study["recipes"][name] for name in ("original", "mine", "again"))
    assert original == SHIPPED["original"] | {"batch_size": 64}
    assert mine["scaler"] == "quantile"
    assert mine["generator"] == {"hidden": [64, 64, 64], "slope": 0.2, "head": "tanh"}
    assert mine["batch_size"] == 128, "a shipped recipe extends the shipped one"
    assert again == mine | {"noise": {"dimension": 5, "distribution": "normal"}}


def test_a_recipe_may_replace_a_shipped_one_by_another():
    recipe = complete_recipe("original", {"original": {"extends": "capable"}}, SHIPPED)
    assert recipe["scaler"] == "quantile"


def test_original_is_the_questions():
    recipe = load()["recipes"]["original"]
    assert recipe["generator"] == {"hidden": [50, 25, 5], "slope": 0.2, "head": "tanh"}
    assert recipe["discriminator"] == {"hidden": [4, 4, 4], "slope": 0.2}
    assert recipe["scaler"] == "standard"


def test_another_optimizer_starts_without_the_arguments_of_the_old():
    changes = {"generator": {"name": "RMSprop", "learning_rate": 5e-5}}
    optimizers = load(recipes={"a": {"extends": "original", "optimizers": changes}})["recipes"][
        "a"
    ]["optimizers"]
    assert optimizers["generator"] == changes["generator"]
    assert optimizers["discriminator"] == SHIPPED["original"]["optimizers"]["discriminator"]


def test_a_file_of_networks_takes_the_place_of_built_ones(tmp_path, monkeypatch):
    base = {"extends": "capable", "generator": {"dropout": 0.5}, "batch_size": 64}
    recipes = {"base": base, "mine": {"extends": "base", "networks": "mine.py"}}
    mine = complete_recipe("mine", recipes, SHIPPED)
    assert mine["networks"] == "mine.py"
    assert mine["batch_size"] == 64
    assert not {"generator", "discriminator"} & set(mine)
    off = complete_recipe("b", {"a": OWN, "b": {"extends": "a", "networks": None} | base}, SHIPPED)
    assert off["generator"]["dropout"] == 0.5
    inherited = {"a": OWN, "b": {"extends": "a", "generator": {"dropout": None}}}
    assert complete_recipe("b", inherited, SHIPPED) == complete_recipe("a", inherited, SHIPPED)
    monkeypatch.chdir(tmp_path)
    study = load(recipes=recipes)
    monkeypatch.setattr("collapse.planning.checks.local_inputs", lambda files: [])
    with pytest.raises(InputError, match=r"recipes\.mine\.networks: mine\.py is not there\. Paths"):
        check_files(study)
    Path("mine.py").mkdir()
    with pytest.raises(InputError, match="is not there"):
        check_files(study)
    Path("mine.py").rmdir()
    Path("mine.py").write_text("raise SystemExit")
    check_files(study)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"generator": {"hidden": [3]}}, r"generator\.hidden"),
        ({"generator": {"normalisation": "batch"}}, r"generator\.normalisation"),
        ({"generator": {"head": "range"}}, r"generator\.head"),
        ({"discriminator": {"minibatch_stddev": {}}}, r"discriminator\.minibatch_stddev"),
        ({"packing": 2}, "packing"),
    ],
)
def test_what_a_file_of_networks_says_is_said_once(changes, key):
    pattern = rf"recipes\.mine\.{key} can't go with networks: mine\.py\."
    refuse(pattern, {"recipes": {"mine": OWN | changes}})
    refuse(pattern, {"recipes": {"a": OWN, "mine": {"extends": "a"} | changes}})


def test_bases_are_the_nearest_recipes_of_the_study_that_one_extends():
    recipes = {
        "original": {},
        "separate_batches": {},
        "stable": {},
        "wide": {"extends": "capable", "batch_size": 64},
        "capable": {"batch_size": 256},
        "original_again": {"extends": "wide"},
    }
    assert recipe_bases({"recipes": recipes}, ROOT) == {
        "separate_batches": "original",
        "stable": "capable",
        "wide": "capable",
        "capable": "original",
        "original_again": "wide",
    }
    # `capable` isn't in this one, so what it extends is the base.
    recipes = {"original": {}, "stable": {}}
    assert recipe_bases({"recipes": recipes}, ROOT) == {"stable": "original"}
    assert recipe_bases({"recipes": {"stable": {}}}, ROOT) == {}
