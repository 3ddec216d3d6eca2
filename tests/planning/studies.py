"""Studies for the tests of the planning."""

import copy
from pathlib import Path

import pytest
import yaml
from collapse.errors import InputError
from collapse.planning.config import load_study

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = yaml.safe_load((ROOT / "config/schema.yaml").read_text())
SHIPPED = yaml.safe_load((ROOT / "config/recipes.yaml").read_text())
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())


def load(**changes):
    return load_study(copy.deepcopy(DEFAULT) | changes, ROOT)


def refuse(pattern, changes):
    with pytest.raises(InputError, match=pattern):
        load_study(copy.deepcopy(DEFAULT) | changes, ROOT)


def with_dataset(**changes):
    return {"dimuon": copy.deepcopy(DEFAULT["datasets"]["dimuon"]) | changes}
