import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
LOCKED = {}
for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
    LOCKED.setdefault(package["name"], set()).add(package.get("version"))


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_versions_are_those_of_the_lock_file(path):
    *plain, pip = yaml.safe_load(path.read_text())["dependencies"]
    assert plain == ["python=3.12", "pip"]
    assert pip["pip"]
    for requirement in pip["pip"]:
        name, version = requirement.split("==")
        assert version in LOCKED[name], f"{name}: {version} is not in uv.lock: {LOCKED[name]}"


def test_every_rule_has_an_environment_that_exists():
    named = {
        name
        for rule in (ROOT / "rules").glob("*.smk")
        for name in re.findall(r'"\.\./envs/(\w+)\.yaml"', rule.read_text())
    }
    assert named == {path.stem for path in ENVIRONMENTS}


def test_tensorflow_is_the_cpu_wheel_by_default():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["uv"]["default-groups"] == ["cpu"]
    assert project["dependency-groups"]["cpu"] == ["tensorflow-cpu>=2.21"]
    assert {"group": "gpu"} in project["tool"]["uv"]["conflicts"][0]
