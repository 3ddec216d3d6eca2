"""That docs/recipes.md is what the declarations of tricks say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from docs.tools.recipes import recipes_reference

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_is_current():
    schema = yaml.safe_load((ROOT / "config/schema.yaml").read_text())
    text = (ROOT / "docs/recipes.md").read_text()
    assert text == recipes_reference(schema), "run: PYTHONPATH=scripts python docs/tools/recipes.py"


def test_the_documented_command_writes_it(tmp_path):
    (tmp_path / "docs/tools").mkdir(parents=True)
    shutil.copy(ROOT / "docs/tools/recipes.py", tmp_path / "docs/tools")
    for folder in ("scripts", "config"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    text = (ROOT / "docs/recipes.md").read_text()
    [path, script] = re.search(r"written by `PYTHONPATH=(\w+) python (.+?)`", text).groups()
    subprocess.run([sys.executable, script], cwd=tmp_path, check=True, env={"PYTHONPATH": path})
    assert (tmp_path / "docs/recipes.md").read_text() == text
