import shutil
from pathlib import Path

import pytest
from collapse.planning import digest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the scripts whose digests a test may change."""
    shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(digest, "PACKAGE", tmp_path / "scripts" / "collapse")
    digest._parsed.cache_clear()
    yield tmp_path / "scripts"
    digest._parsed.cache_clear()


def digests(folder):
    digest._parsed.cache_clear()
    return {path.stem: digest.code_digest(path) for path in folder.glob("*.py")}


def changed(folder, file, old, new):
    """The rules whose digest an edit changes."""
    before = digests(folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    after = digests(folder)
    return {rule for rule in before if before[rule] != after[rule]}


def test_a_copy_elsewhere_has_the_same_digests(copy):
    there = digests(copy)
    digest.PACKAGE = SCRIPTS / "collapse"
    assert there == digests(SCRIPTS)


def test_comments_docstrings_and_layout_do_not_count(copy):
    text = (copy / "collapse/gan/engine.py").read_text()
    before = digests(copy)
    (copy / "collapse/gan/engine.py").write_text(
        "# A comment.\n"
        + text.replace('"""A GAN in training.', '"""Another docstring.')
        + "\n\n# The end.\n"
    )
    assert digests(copy) == before


def test_an_edit_changes_the_stages_whose_code_it_is(copy):
    assert changed(copy, "collapse/gan/block.py", "BLOCK = 64", "BLOCK = 32") == {"train"}
    assert changed(copy, "collapse/gan/sampling.py", "_CHUNK = 10", "_CHUNK = 20") == {"sample"}
    assert changed(
        copy, "collapse/gan/training.py", "TRACED_EVENTS = 500", "TRACED_EVENTS = 9"
    ) == {"train"}
    assert changed(copy, "collapse/metrics/one_dimensional.py", "0.05", "0.06") == {
        "measure_floors",
        "evaluate",
        "diagnose",
        "preflight_recipe",
    }
    assert changed(copy, "collapse/scaler_kinds.py", "1_000_000", "2_000_000") == {
        "fit_scaler",
        "preflight_recipe",
        "train",
        "sample",
        "export",
        "draw_reach",
    }
    assert changed(copy, "collapse/figures/overlay.py", "import math", "import math, os") == {
        "draw_checkpoints",
    }
    assert changed(copy, "train.py", "threads=snakemake.threads", "threads=1") == {"train"}


KNOWN = '''
"""A module."""
from math import pi as p


class A(dict):
    """A class."""

    async def f(self, /, a, *b, c=None, d: int = 1, **e):
        """A method."""
        text = f"{a}" f" and {b!r:>{c}} or" "more" f"{d=}"
        return lambda x, y=2.5: (x, ..., b"bytes", 1j, text, None, [])
'''


def test_every_python_gives_the_same_digest(tmp_path):
    """Known numbers: `ast.dump` gave another one on each of 3.11, 3.12 and 3.13."""
    (tmp_path / "script.py").write_text(KNOWN)
    assert digest.code_digest(tmp_path / "script.py") == "db01c1df2047a8f0"


def test_imports_inside_functions_count(copy):
    assert "evaluate" in changed(
        copy, "collapse/metrics/classifier.py", "_LEAVES = 50, 15", "_LEAVES = 50, 16"
    )
