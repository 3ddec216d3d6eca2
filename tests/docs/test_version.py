"""That the version, which pyproject.toml has, is told alike elsewhere."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_version_and_date_are_those_of_the_newest_release():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changes = (ROOT / "CHANGELOG.md").read_text()
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", changes, re.M)
    assert released[0] == (VERSION, citation["date-released"])
    assert citation["version"] == VERSION
    assert sorted(released, key=lambda one: one[1], reverse=True) == released
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    assert [one["version"] for one in locked if one["name"] == "collapse"] == [VERSION]
