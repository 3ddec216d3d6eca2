"""That documents name what is there; links and their anchors are Sphinx's affair."""

import re
from pathlib import Path

import pytest
from collapse.diagnosis.kinds import KINDS
from collapse.events.expressions import FUNCTIONS
from collapse.figures.listed import COMPARISON_FIGURES
from collapse.scaler_kinds import KINDS as SCALERS

from docs.tools.rules import read_rules

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("config/*.md"),
    *ROOT.glob("benchmarks/**/README.md"),
]  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_commands_are_there(document):
    text = document.read_text()
    for path in re.findall(
        r"\b((?:scripts|tests|docs|benchmarks)/[\w/]+\.(?:py|sh|md|yaml))\b", text
    ):
        assert (ROOT / path).is_file() or (document.parent / path).is_file(), path
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    for command in re.findall(r"(?:`|^)make ([a-z -]+?)(?:`| +#|$)", text, re.M):
        assert set(command.split()) <= set(targets), command


def test_readme_names_all_rules():
    section = re.search(
        r"^Targets are nouns:.*?\n\n", (ROOT / "README.md").read_text(), re.M | re.S
    )
    rules = [rule for file in ROOT.glob("rules/*.smk") for rule in read_rules(file.read_text())[1]]
    assert sorted(re.findall(r"`(\w+)`", section[0])) == sorted(rule.name for rule in rules)


def test_every_page_is_in_the_index():
    index = (ROOT / "docs/index.md").read_text()
    listed = set(re.findall(r"^(?:.*<)?((?:\.\./)?[\w/]+)>?$", index, re.M))
    for page in (ROOT / "docs").glob("*.md"):
        assert page.stem in listed | {"index"}, page


def test_readme_names_all_kinds_and_figures():
    text = (ROOT / "README.md").read_text()
    table = re.search(r"^\| kind \|.*?\n\n", text, re.M | re.S)[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.M) == [kind.name for kind in KINDS]
    for figure in COMPARISON_FIGURES:
        assert re.search(rf"^\| `figures/.*\b{figure.name}\.png`", text, re.M), figure.name
    assert f"There are {len(KINDS)}," in (ROOT / "docs/glossary.md").read_text()


def test_guide_names_all_functions_and_scalers():
    text = (ROOT / "config/README.md").read_text()
    expressions = text[text.index("**Expressions**") : text.index("**The split**")]
    assert set(FUNCTIONS) <= set(re.findall(r"\w+", expressions))
    scalers = text[text.index("## Scalers") : text.index("## Recipes")]
    assert set(SCALERS) <= set(re.findall(r"`(\w+)`", scalers))
