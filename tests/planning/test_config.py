import copy
import re

import pytest
import yaml
from collapse.errors import InputError
from collapse.planning.config import load_study

from tests.planning.studies import DEFAULT, ROOT, load, refuse, with_dataset

STUDIES = [
    path
    for path in sorted((ROOT / "config").rglob("*.yaml"))
    if path.name not in ("schema.yaml", "recipes.yaml")
]


POINTS = {"events": 1, "seed": 1, "mixture": {"sd": 1, "centres": [[0]]}}


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_shipped_studies_are_valid(path):
    study = load_study(yaml.safe_load(path.read_text()), ROOT)
    assert study["study"]
    for recipe in study["recipes"].values():
        assert "extends" not in recipe


def test_the_given_config_is_left_alone():
    config = copy.deepcopy(DEFAULT)
    load_study(config, ROOT)
    assert config == DEFAULT


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"epoch": [1]}, r"the config: unknown key 'epoch'. Did you mean 'epochs'\?"),
        ({"recipes": {"a": {"extends": "capable", "generator": {"hiden": [1]}}}},
         r"recipes\.a\.generator: unknown key 'hiden'. Did you mean 'hidden'\?"),
        ({"recipes": {"a": {"extends": "capble"}}}, r"recipes\.a\.extends.*Did you mean 'capable'"),
        ({"recipes": {"a": {"extends": "b"}, "b": {"extends": "a"}}}, "circle: a -> b -> a"),
        ({"recipes": {"a": {"extends": "a"}}}, r"no other recipe is called 'a'"),
        ({"recipes": {"a": {"scaler": "standard"}}}, r"recipes\.a: it lacks generator\.hidden"),
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
        (
            {"datasets": with_dataset(selection={"a": "x > 2 && y > 3"})},
            "Instead of && write `and`",
        ),
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


def test_shipped_files_lie_beside_the_snakefile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = load()["datasets"]["dimuon"]["files"][0]
    assert (tmp_path / file).resolve() == ROOT / "resources/dimuon.root"
    monkeypatch.chdir(ROOT)
    assert load()["datasets"]["dimuon"]["files"] == ["resources/dimuon.root"]
    assert load(datasets=with_dataset(files="a.root"))["datasets"]["dimuon"]["files"] == ["a.root"]


EXAMPLES = [
    (name, block)
    for name in ("README.md", "config/README.md")
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
]


@pytest.mark.parametrize(("name", "block"), EXAMPLES)
def test_the_examples_of_the_guides_are_valid(name, block):
    """Each is a study, or a part of one that goes on top of the default's features."""
    example = yaml.safe_load(block)
    study = load_study(
        example if "study" in example else DEFAULT | {"figures": {}, "evaluation": {}} | example,
        ROOT,
    )
    assert study["recipes"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"derived": {"mass": {"expression": "pt1"}}}, "derived.mass: `mass` is a feature's name"),
        ({"derived": {"all": {"expression": "pt1"}}}, "derived.all: `all` stands for all features"),
        ({"derived": {"x": {"expression": "p1"}}}, "derived.x: 'p1' uses 'p1', which is no"),
        (
            {"derived": {"x": {"expression": "2 * y"}, "y": {"expression": "pt1"}}},
            "derived.x: '2 * y' uses 'y', which is no",
        ),
    ],
)
def test_derived_columns_that_can_not_be_are_refused(changes, message):
    with pytest.raises(InputError, match=re.escape(f"evaluation.{message}")):
        load(evaluation=changes)


def test_cuts_of_generated_events_are_over_columns():
    load(generated={"select": {"hard": "pt2 > 3 and twice < 90"}},
         evaluation={"derived": {"twice": {"expression": "2 * pt1"}}})  # fmt: skip
    load(generated={"select": "pt2 > 3"})
    with pytest.raises(InputError, match=r"generated\.select\.hard: 'pt > 3' uses 'pt', which"):
        load(generated={"select": {"hard": "pt > 3"}})


def test_windows_and_figures_may_be_of_derived_columns():
    study = load(
        evaluation={"derived": {"x": {"expression": "pt1 + pt2"}},
                    "windows": {"w": {"feature": "x", "low": 0, "high": 1}}},
        figures={"spectrum": "x", "scatter": ["x", "mass"]},
    )  # fmt: skip
    assert study["evaluation"]["windows"]["w"]["feature"] == "x"
