"""How Sphinx makes the documentation's pages. Run by `make docs`, from the project's folder.

The project's folder is Sphinx's source too, so that README.md and config/README.md are pages where
they lie, and links between documents hold here as they do in the repository.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from collapse.planning.config import read_schema  # noqa: E402

from docs.tools.api import api_pages  # noqa: E402
from docs.tools.rules import rules_reference  # noqa: E402
from docs.tools.schema import schema_reference  # noqa: E402

project = "collapse"
author = "The collapse developers"
version = release = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinxcontrib.mermaid"]
root_doc = "docs/index"
include_patterns = [
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "config/README.md", "resources/README.md",
    "benchmarks/README.md", "benchmarks/quality.md", "benchmarks/advice/README.md", "docs/**.md",
]  # fmt: skip
exclude_patterns = [".*", "docs/_build", "results", "logs", "by_hand", "benchmarks/.venv"]

myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]

html_theme = "furo"
html_title = f"collapse {version}"
html_copy_source = False
html_additional_pages = {"index": "redirect.html"}
templates_path = ["templates"]

# What is declared is read, and nothing is trained.
autodoc_mock_imports = ["tensorflow", "keras", "pythia8mc"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
# Before the colon of what a function returns there is prose, and no types to look up.
suppress_warnings = ["ref.python"]


def setup(app: Sphinx) -> None:
    """Read docstrings as they are written: with Markdown's code, before napoleon sees them."""
    app.connect("autodoc-process-docstring", _mark_code, priority=400)


def _mark_code(*arguments: Any) -> None:
    lines = arguments[-1]
    parts = re.split(r"(`+[^`]+`+|^ *>>>.*$)", "\n".join(lines), flags=re.M)
    for i, part in enumerate(parts):
        if part.startswith("`"):
            # Its end must be followed by no letter, as that of "`Feature`s" is.
            end = r"\ " if re.match(r"\w", parts[i + 1]) else ""
            parts[i] = f"``{part.strip('`')}``{end}"
        else:
            parts[i] = part.replace("|", r"\|")
    lines[:] = "".join(parts).split("\n")


def _write_reference() -> None:
    schema = read_schema(ROOT)
    pages = {f"api/{name}": text for name, text in api_pages(ROOT / "scripts" / "collapse").items()}
    pages |= {"rules": rules_reference(ROOT / "rules"), "config": schema_reference(schema)}
    folder = ROOT / "docs" / "reference"
    for stale in set(folder.rglob("*.md")) - {folder / f"{name}.md" for name in pages}:
        stale.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Sphinx reads again what is newer.
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)


_write_reference()
