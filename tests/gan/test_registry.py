import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from collapse.errors import InputError
from collapse.gan import registry
from collapse.planning import digest
from collapse.planning.config import load_study
from collapse.planning.recipes import complete_recipe
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = yaml.safe_load((ROOT / "config/schema.yaml").read_text())
SHIPPED = yaml.safe_load((ROOT / "config/recipes.yaml").read_text())
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
MODULES = registry.modules()


def recipe(**changes):
    return complete_recipe("mine", {"mine": {"extends": "original"} | changes}, SHIPPED)


def study(**changes):
    config = copy.deepcopy(DEFAULT)
    config["recipes"] = {"mine": {"extends": "original"} | changes}
    return load_study(config, ROOT)["recipes"]["mine"]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.split(".")[-1])
def test_a_trick_declares_itself(module):
    trick = module.TRICK
    summary, *rest = module.__doc__.splitlines()
    assert summary.endswith(".")
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|github\.com/|jmlr\.org|mlr\.press", " ".join(rest))
    assert (trick.choice is not None) + bool(trick.options) + (trick.schema is not None) == 1
    for name, schema in trick.options.items():
        assert schema["description"], name
    if trick.choice is None:
        schema = registry.schema_of(module)
        Draft202012Validator.check_schema(schema)
        if trick.options:
            assert schema["additionalProperties"] is False
            value = {"feature": "mass", "name": "normal"} | registry.defaults(trick)
            value = {key: value[key] for key in value if key in trick.options}
            Draft202012Validator(schema).validate(value)


def test_numbers_of_tricks_are_bounded():
    for module in MODULES:
        options = [*module.TRICK.options.values(), *filter(None, [module.TRICK.schema])]
        for schema in options:
            kinds = schema.get("type", [])
            if {"integer", "number"} & {*([kinds] if isinstance(kinds, str) else kinds)}:
                assert {"minimum", "exclusiveMinimum"} & set(schema), module.__name__


def test_parsing_a_config_imports_no_tensorflow():
    code = (
        "import sys, yaml; from collapse.planning.config import load_study\n"
        "load_study(yaml.safe_load(open('config/config.yaml')), '.')\n"
        "print([m for m in ('tensorflow', 'keras', 'numpy') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": "scripts"}, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "[]"


def test_options_get_the_papers_defaults():
    mine = study(
        penalties={"gradient_penalty": {}, "r1": {"gamma": 3}},
        replay={},
        noise={"instance": {"sigma": 0.2}},
    )
    assert mine["penalties"] == {
        "gradient_penalty": {"weight": 10.0, "target": 1.0},
        "r1": {"gamma": 3},
    }
    assert mine["replay"] == {"size": 50, "probability": 0.5}
    assert mine["noise"]["instance"] == {"sigma": 0.2, "epochs": 100}
    stable = complete_recipe("stable", {"stable": {}}, SHIPPED)
    assert stable["penalties"] == {"r1": {"gamma": 0.1}, "r2": {"gamma": 0.1}}
    assert stable["averaging"] == {"decay": 0.999}
    assert stable["generator"]["hidden"] == stable["discriminator"]["hidden"] == [64, 64, 64]
    assert (stable["scaler"], stable["generator"]["head"]) == ("quantile", "linear")


def test_what_is_off_leaves_no_trace():
    assert study() == SHIPPED["original"]
    off = {
        "loss": "non_saturating",
        "batches": "joint",
        "packing": 1,
        "clipping": None,
        "penalties": {"r1": None},
        "updates": {"discriminator_steps": 1, "unrolled": 0},
        "generator": {"normalisation": "none", "dropout": 0},
        "discriminator": {"normalisation": None},
    }
    assert study(**off) == SHIPPED["original"]
    recipes = {"base": {"extends": "stable"}, "mine": {"extends": "base", "averaging": None}}
    mine = complete_recipe("mine", recipes, SHIPPED)
    assert "averaging" not in mine
    assert mine["penalties"]["r2"] == {"gamma": 0.1}


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"loss": "hing"}, r"recipes\.mine\.loss: expected one of .*Did you mean 'hinge'"),
        ({"penalties": {"r3": {}}}, r"mine\.penalties: unknown key 'r3'. Known keys: dragan"),
        ({"penalties": {"r1": {"gama": 1}}}, r"penalties\.r1: unknown key 'gama'.*'gamma'"),
        ({"penalties": {"r1": {"gamma": 0}}}, r"penalties\.r1\.gamma"),
        ({"packing": 0}, r"mine\.packing: 0 is less than the minimum of 1"),
        ({"packing": 3}, r"mine\.packing: batch_size must be a multiple of it. Received: 128"),
        ({"loss": "hinge", "labels": {}}, r"loss: hinge can't go with labels. It has margins"),
        ({"batches": "separate", "penalties": {"r1": {}}},
         r"batches: separate can't go with penalties.*`batches: split`"),
        ({"batches": "separate", "loss": "relativistic_pairing"}, "can't go with loss: relativ"),
        ({"discriminator": {"normalisation": "batch"}, "penalties": {"gradient_penalty": {}}},
         r"gradient_penalty can't go with discriminator\.normalisation: batch.*Use `layer`"),
        ({"discriminator": {"minibatch_discrimination": {}}}, r"Add `batches: split`"),
        ({"discriminator": {"minibatch_stddev": {"group": 5}}, "batches": "split"},
         r"multiple of the group. Received: 128 and 5"),
        ({"updates": {"discriminator_every_steps": 2, "discriminator_every_epochs": 2}},
         "Both say when D rests"),
        ({"updates": {"discriminator_steps": 5, "discriminator_every_epochs": 2}}, "can't go with"),
        ({"updates": {"unrolled": 5}, "optimizers": {"discriminator": {"name": "RMSprop"}}},
         r"updates\.unrolled: D's optimizer must be Adam"),
        ({"updates": {"unrolled": 5}, "penalties": {"r1": {}}}, "can't go with penalties"),
        ({"generator": {"initialiser": {}}}, r"initialiser: the key 'name' is missing"),
        ({"generator": {"initialiser": {"name": "he_normal", "scale": 2}}}, "has no scale"),
        ({"generator": {"normalisation": "spectral"}}, r"normalisation: expected one of"),
        ({"objectives": {"mmd": {"feature": "mas"}}},
         r"objectives\.mmd\.feature: no feature.*Did you mean 'mass'"),
        ({"objectives": {"mmd": {}}}, r"objectives\.mmd: the key 'feature' is missing"),
    ],
)  # fmt: skip
def test_mistakes_are_refused_when_the_config_is_parsed(changes, pattern):
    with pytest.raises(InputError, match=pattern):
        study(**changes)


def test_the_answers_advice_is_one_line_each():
    assert registry.used(recipe())
    for name, (key, value) in {
        "discriminator_every_second_epoch": ("updates", {"discriminator_every_epochs": 2}),
        "separate_batches": ("batches", "separate"),
    }.items():
        assert complete_recipe(name, {name: {}}, SHIPPED) == SHIPPED["original"] | {key: value}
    batch = complete_recipe("batch_normalisation", {"batch_normalisation": {}}, SHIPPED)
    for side in ("generator", "discriminator"):
        assert batch[side] == SHIPPED["original"][side] | {"normalisation": "batch"}


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Another copy of the scripts, whose digests a test may change."""
    shutil.copytree(
        ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(digest, "PACKAGE", tmp_path / "scripts/collapse")
    digest._parsed.cache_clear()
    yield tmp_path / "scripts"
    digest._parsed.cache_clear()


def test_a_recipes_digest_covers_its_own_tricks_alone(copied):
    recipes = {
        "original": recipe(),
        "hinge": recipe(loss="hinge"),
        "r1": recipe(penalties={"r1": {}}),
    }

    def digests():
        digest._parsed.cache_clear()
        return {
            name: digest.code_digest(
                copied / "train.py",
                *(
                    copied / "collapse/gan/tricks" / path.name
                    for path in registry.tricks_used(options)
                ),
            )
            for name, options in recipes.items()
        }

    def changed(name, text):
        before, path = digests(), copied / "collapse" / "gan" / name
        path.write_text(path.read_text() + text if path.exists() else text)
        after = digests()
        return {name for name in before if before[name] != after[name]}

    assert len(set(digests().values())) == 3
    assert changed("tricks/loss_hinge.py", "\nX = 1\n") == {"hinge"}
    assert changed("tricks/loss_hinge.py", "\n# A comment.\n") == set()
    assert changed("tricks/penalty_r1.py", "\nX = 1\n") == {"r1"}
    assert changed("tricks/loss_non_saturating.py", "\nX = 1\n") == {"original", "r1"}
    assert changed("tricks/loss_new.py", '"""New."""\nX = 1\n') == set()
    assert changed("tricks/noise_uniform.py", "\nX = 1\n") == set()
    assert changed("engine.py", "\nX = 1\n") == set(recipes)
