"""Recipes of kind `external` in a config: what is refused, and what they leave as it was."""

import pytest
import yaml
from collapse.errors import InputError
from collapse.events.external import all_sample_files
from collapse.planning.checks import check_files
from collapse.planning.config import load_study
from collapse.planning.recipes import recipe_bases

from tests.workflow import ROOT, TINY

MINE = {"kind": "external", "samples": "mine/epoch{epochs}.h5"}


def study(**recipes):
    return yaml.safe_load(TINY.read_text()) | {"recipes": recipes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "extern"}, "Received: 'extern'. Did you mean 'external'"),
        ({"kind": None}, r"recipes\.mine: the key 'kind' is missing"),
        ({"kind": "extern", "samples": None}, "expected one of gan, external. Received: 'extern'"),
        ({"samples": None}, r"recipes\.mine: the key 'samples' is missing"),
        ({"scaler": "quantile"}, r"unknown key 'scaler'.*Known keys: columns, kind, samples"),
        ({"samples": "mine.h5"}, r"mine\.h5 has no \{epochs\}, but the study has 3 epochs"),
        ({"samples": "{epoch}/{epochs}.h5"}, r"holds \{epoch\}.*Known: \{epochs\}, \{seed\}"),
        ({"columns": {"z": "x"}}, r"recipes\.mine\.columns: no feature of.* called 'z'"),
        ({"columns": {"x": "open('x')"}}, r"recipes\.mine\.columns\.x"),
        ({"columns": "name"}, r"recipes\.mine\.columns"),
    ],
)
def test_what_can_not_be_meant_is_refused(changes, message):
    mine = {key: value for key, value in (MINE | changes).items() if value is not None}
    with pytest.raises(InputError, match=message):
        load_study(study(mine=mine), ROOT)


def test_each_seed_needs_files_of_its_own():
    with pytest.raises(InputError, match=r"has no \{seed\}, but the study has 2 seeds"):
        load_study(study(mine=MINE) | {"seeds": [1, 2]}, ROOT)
    one = MINE | {"samples": "mine.h5"}
    load_study(study(mine=one) | {"epochs": [300]}, ROOT)


def test_trained_recipes_are_as_they_were():
    """So that naming the kind of one, or adding one from elsewhere, trains nothing."""
    alone = load_study(study(capable={}), ROOT)["recipes"]
    beside = load_study(study(capable={"kind": "gan"}, original=MINE), ROOT)["recipes"]
    assert beside["capable"] == alone["capable"]
    assert beside["original"] == MINE | {"samples": [MINE["samples"]], "columns": "names"}
    assert recipe_bases(study(capable={}, original=MINE), ROOT) == {}
    with pytest.raises(InputError, match=r"recipes\.mine\.extends: original is of kind external"):
        load_study(study(mine={"extends": "original"}, original=MINE), ROOT)


def test_a_missing_file_is_named_with_its_count(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.h5").touch()
    (tmp_path / "mine").mkdir()
    for count in (1, 4):
        (tmp_path / f"mine/epoch{count}.h5").touch()
    config = load_study(study(mine=MINE), ROOT)
    with pytest.raises(InputError, match=r"mine\.samples, epoch 2: mine/epoch2\.h5 is not there"):
        check_files(config)
    assert [count for _, count, _ in all_sample_files(config)] == [1, 2, 4]
