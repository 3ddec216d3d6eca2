import copy
import re
from pathlib import Path

import pytest
import yaml
from collapse.errors import InputError
from collapse.planning.checks import check_files
from collapse.planning.config import load_study
from collapse.planning.plain import read_unique
from collapse.planning.recipes import complete_recipe, recipe_bases
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = yaml.safe_load((ROOT / "config/schema.yaml").read_text())
SHIPPED = yaml.safe_load((ROOT / "config/recipes.yaml").read_text())
STUDIES = [
    path
    for path in sorted((ROOT / "config").rglob("*.yaml"))
    if path.name not in ("schema.yaml", "recipes.yaml")
]
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
POINTS = {"events": 1, "seed": 1, "mixture": {"sd": 1, "centres": [[0]]}}


def load(**changes):
    return load_study(copy.deepcopy(DEFAULT) | changes, ROOT)


def refuse(pattern, changes):
    with pytest.raises(InputError, match=pattern):
        load_study(copy.deepcopy(DEFAULT) | changes, ROOT)


def with_dataset(**changes):
    return {"dimuon": copy.deepcopy(DEFAULT["datasets"]["dimuon"]) | changes}


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def objects_of(schema, path=""):
    """Every object of the schema with its path."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            yield path, schema
        for key, child in schema.items():
            yield from objects_of(child, f"{path}/{key}")
    elif isinstance(schema, list):
        for i, child in enumerate(schema):
            yield from objects_of(child, f"{path}/{i}")


def test_every_object_is_strict_and_every_key_described():
    for path, schema in objects_of(SCHEMA):
        assert "additionalProperties" in schema, path
        for key, child in schema["properties"].items():
            if "$ref" in child:
                child = SCHEMA["$defs"][child["$ref"].rpartition("/")[2]] | child
            assert child.get("description"), f"{path}/{key} has no description"


def test_every_number_is_bounded_below():
    def numbers(schema, path=""):
        if isinstance(schema, dict):
            kinds = schema.get("type", ())
            if {"integer", "number"} & set([kinds] if isinstance(kinds, str) else kinds):
                yield path, schema
            for key, child in schema.items():
                yield from numbers(child, f"{path}/{key}")

    free = {
        path
        for path, schema in numbers(SCHEMA)
        if not {"minimum", "exclusiveMinimum"} & set(schema)
    }
    # Physical values and an optimizer's own arguments have no natural bound.
    assert free == {
        "/$defs/dataset/properties/sentinels/items",
        "/$defs/optimizer/additionalProperties",
        "/$defs/centres/items/items",
        "/$defs/window/properties/low",
        "/$defs/window/properties/high",
    }


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_shipped_studies_are_valid(path):
    study = load_study(yaml.safe_load(path.read_text()), ROOT)
    assert study["study"]
    for recipe in study["recipes"].values():
        assert "extends" not in recipe


def test_defaults_are_filled_in_at_every_level():
    study = load()
    assert study["leg_epochs"] == 300
    assert study["evaluation"]["folds"] == 5
    assert study["datasets"]["dimuon"]["split"] == {
        "train": 0.6,
        "validation": 0.2,
        "test": 0.2,
        "seed": 1,
    }
    assert study["datasets"]["dimuon"]["features"]["eta1"]["log"] is False
    assert study["scalers"]["quantile"] == {"kind": "quantile", "features": {}, "log": []}


def test_the_given_config_is_left_alone():
    config = copy.deepcopy(DEFAULT)
    load_study(config, ROOT)
    assert config == DEFAULT


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


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"epoch": [1]}, r"the config: unknown key 'epoch'. Did you mean 'epochs'\?"),
        ({"recipes": {"a": {"extends": "capable", "generator": {"hiden": [1]}}}},
         r"recipes\.a\.generator: unknown key 'hiden'. Did you mean 'hidden'\?"),
        ({"recipes": {"a": {"extends": "capble"}}}, r"recipes\.a\.extends.*Did you mean 'capable'"),
        ({"recipes": {"a": {"extends": "b"}, "b": {"extends": "a"}}}, "circle: a -> b -> a"),
        ({"recipes": {"a": {"extends": "a"}}}, r"no other recipe is called 'a'"),
        ({"recipes": {"a": {"scaler": "standard"}}}, r"recipes\.a lacks generator\.hidden"),
        ({"recipes": {"a": {"extends": "capable", "scaler": "quantil"}}},
         r"recipes\.a\.scaler.*Did you mean 'quantile'"),
        ({"recipes": {"../a": {}}}, r"'\.\./a' can't be a name"),
        ({"recipes": {"a": {"extends": "capable", "generator": {"head": "sigmoid"}}}},
         r"recipes\.a\.generator\.head: expected one of linear, range, tanh. Received: 'sigmoid'"),
        ({"study": ".."}, r"study: '\.\.' can't be a name"),
        ({"study": "a/b"}, "can't be a name"),
        ({"epochs": [10, 3]}, r"epochs: expected increasing counts. Received: \[10, 3\]"),
        ({"epochs": [3, 3]}, "increasing"),
        ({"epochs": [0]}, r"epochs\.0: 0 is less than the minimum of 1"),
        ({"epochs": "10,30"}, r"epochs: expected a list. Received: '10,30'.*--config 'epochs="),
        ({"seeds": [1, 1]}, "seeds"),
        ({"seeds": [-1]}, r"seeds\.0"),
        ({"datasets": with_dataset(features={"a": {"expression": "b"}, "c": {"expression": " b"}})},
         r"a and c have the same expression"),
        ({"datasets": with_dataset(split={"train": 0.9})}, r"split: train.*add up to 1, not 1\.3"),
        ({"datasets": with_dataset(files="shipped:../setup.py")}, "resources folder itself"),
        ({"datasets": with_dataset(features={"a": {"expression": "__import__('os')"}})},
         r"datasets\.dimuon: "),
        ({"evaluation": {"windows": {"z": {"feature": "mas", "low": 1, "high": 2}}}},
         r"windows\.z\.feature: no feature is called 'mas'. Did you mean 'mass'"),
        ({"evaluation": {"windows": {"z": {"feature": "mass", "low": 2, "high": 2}}}},
         "low < high"),
        ({"figures": {"scatter": ["pt1", "pt9"]}}, r"figures\.scatter.*'pt9'"),
        ({"figures": {"spectrum": "m"}}, r"figures\.spectrum"),
        ({"scalers": {"standard": {"kind": "robust"}}}, "that name is taken"),
        ({"scalers": {"mine": {"kind": "robust", "log": ["eta9"]}}}, r"scalers\.mine.*'eta9'"),
        ({"study": "a\n"}, "can't be a name"),
        ({"study": 2012}, "study: expected text. Received: 2012. Put it in quotes"),
        ({1: "x"}, "the key 1 is no text"),
        ({"seeds": 1}, "seeds: expected a list. Received: 1"),
        ({"datasets": with_dataset(selection="nJet > 2")}, "selection: expected a mapping"),
        ({"datasets": with_dataset(selection={"a": "x > 2 && y > 3"})}, "Write `and`, `or`"),
        ({"datasets": with_dataset(objects={"mu-on": {"pt": "x"}})}, "can't be an object's name"),
        ({"datasets": with_dataset(features={"all": {"expression": "x"}})}, "Name it otherwise"),
        ({"simulations": {"a": {"events": 1, "seed": 1, "fractions": {"jpsi": 0.5}}}}, "sum of 1"),
        ({"simulations": {"a": POINTS | {"fractions": {"jpsi": 1}}}},
         "either `fractions` or `mixture`"),
        ({"simulations": {"a": POINTS | {"mixture": {"sd": 1}}}},
         r"simulations\.a\.mixture: expected either `centres` or `layout`"),
        ({"simulations": {"a": POINTS | {"mixture": {"sd": 1, "centres": [[0], [1, 2]]}}}},
         r"simulations\.a\.mixture: expected centres of 1 numbers"),
        ({"simulations": {"a": POINTS | {"pt_min": 5}}},
         r"simulations\.a\.pt_min: a mixture has no such option"),
    ],
)  # fmt: skip
def test_mistakes_are_refused_with_what_to_do(changes, pattern):
    refuse(pattern, changes)


def test_a_missing_key_is_named():
    config = copy.deepcopy(DEFAULT)
    del config["seeds"]
    with pytest.raises(InputError, match="the key 'seeds' is missing"):
        load_study(config, ROOT)


def test_shipped_files_lie_beside_the_snakefile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = load()["datasets"]["dimuon"]["files"][0]
    assert (tmp_path / file).resolve() == ROOT / "resources/dimuon.root"
    monkeypatch.chdir(ROOT)
    assert load()["datasets"]["dimuon"]["files"] == ["resources/dimuon.root"]
    assert load(datasets=with_dataset(files="a.root"))["datasets"]["dimuon"]["files"] == ["a.root"]


def test_numbers_may_be_written_as_physicists_do():
    study = load(
        epochs=[1.0, "10"],
        recipes={
            "mine": {
                "extends": "original",
                "optimizers": {"discriminator": {"learning_rate": "1e-4"}},
            }
        },
        datasets=with_dataset(max_events="1e6"),
    )
    assert study["epochs"] == [1, 10]
    assert all(type(epoch) is int for epoch in study["epochs"])
    assert study["recipes"]["mine"]["optimizers"]["discriminator"]["learning_rate"] == 1e-4
    assert repr(study["datasets"]["dimuon"]["max_events"]) == "1000000"


def test_another_optimizer_starts_without_the_arguments_of_the_old():
    changes = {"generator": {"name": "RMSprop", "learning_rate": 5e-5}}
    optimizers = load(recipes={"a": {"extends": "original", "optimizers": changes}})["recipes"][
        "a"
    ]["optimizers"]
    assert optimizers["generator"] == changes["generator"]
    assert optimizers["discriminator"] == SHIPPED["original"]["optimizers"]["discriminator"]


def test_a_key_given_twice_is_refused(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a:\n  b: 1\n  c: 2\n  b: 3\n")
    with pytest.raises(InputError, match=r"a\.yaml, line 4: 'b' is there twice"):
        read_unique(path)
    path.write_text("a: [1\n")
    with pytest.raises(InputError, match=r"a\.yaml is not YAML"):
        read_unique(path)


def test_files_that_are_not_there_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_files(load())
    for file, what in (("a.root:Events", r"a\.root is not there"), ("b/*.root", "matches no file")):
        with pytest.raises(InputError, match=f"datasets.dimuon.files: .*{what}"):
            check_files(load(datasets=with_dataset(files=file)))
    check_files(load(datasets=with_dataset(files="root://host//a.root")))


EXAMPLES = [
    (name, block)
    for name in ("README.md", "config/README.md")
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
]


OWN = {"extends": "capable", "networks": "mine.py"}


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


@pytest.mark.parametrize(("name", "block"), EXAMPLES)
def test_the_examples_of_the_guides_are_valid(name, block):
    """Each is a study, or a part of one that goes on top of the default's features."""
    example = yaml.safe_load(block)
    study = load_study(
        example if "study" in example else DEFAULT | {"figures": {}, "evaluation": {}} | example,
        ROOT,
    )
    assert study["recipes"]


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
