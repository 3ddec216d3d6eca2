"""That the public workflow runs what is here, on each Python that the project names."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / ".github/workflows/ci.yml").read_text()


def test_every_python_is_tried():
    jobs = yaml.safe_load(TEXT)["jobs"]
    tried = {jobs["whole"]["container"]["image"].removeprefix("python:").partition("-")[0]}
    tried |= set(jobs["quick"]["strategy"]["matrix"]["python"])
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    low, high = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", wanted).groups())
    assert tried == {f"3.{minor}" for minor in range(low, high)}


def test_every_command_is_there():
    makefile = (ROOT / "Makefile").read_text()
    for targets in re.findall(r"run: make ([a-z -]+)", TEXT):
        for target in targets.split():
            assert re.search(rf"^{target}:", makefile, re.M), target
    assert "run: .ci/run" in TEXT
