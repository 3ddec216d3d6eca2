"""The pages of the library's reference: one for each room, its modules by autodoc."""

from pathlib import Path

_INDEX = """\
# Library

What `scripts/collapse` holds, from its docstrings. It is imported as `collapse`, with `scripts` on
the path. Before 1.0 nothing in it is promised to stay.

```{toctree}
:maxdepth: 1

"""


def api_pages(library: Path) -> dict[str, str]:
    """Return the pages, in Markdown, by name.

    Args:
        library: The package's folder.
    """
    pages: dict[str, str] = {}
    for folder in sorted({path.parent for path in library.rglob("*.py")}):
        name = ".".join((library.name, *folder.relative_to(library).parts))
        lines = [f"# {name}"]
        if (folder / "__init__.py").is_file():
            lines += _module(name)
        for path in sorted(folder.glob("[!_]*.py")):
            lines += ["", f"## {path.stem}", *_module(f"{name}.{path.stem}")]
        pages[name] = "\n".join(lines) + "\n"
    pages["index"] = _INDEX + "\n".join(pages) + "\n```\n"
    return pages


def _module(name: str) -> list[str]:
    options = ["   :members:", "   :show-inheritance:"]
    return ["", "```{eval-rst}", f".. automodule:: {name}", *options, "```"]
