"""The reference of the rules, read from rules/*.smk: docstrings, inputs, outputs, wildcards."""

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_INTRODUCTION = """\
# Rules

What Snakemake runs, from the docstrings and directives in `rules/`. `<results>` is
`results/{study}`. A path that a rule states stands as it is, what a function of `rules/common.smk`
finds is told by its docstring, and anything else is shown as the rule has it.
"""
_RULE = re.compile(r"^rule (\w+):\n((?:(?:    .*)?\n)+)", re.M)
_DIRECTIVE = re.compile(r"^(\w+):(.*\n(?:(?:    .*)?\n)*)", re.M)


@dataclass(frozen=True)
class Rule:
    """A rule as its file states it.

    Attributes:
        name: Its name.
        text: Its docstring.
        directives: Name -> what stands there, as source.
    """

    name: str
    text: str
    directives: Mapping[str, str] = field(default_factory=dict)


def read_rules(source: str) -> tuple[str, list[Rule]]:
    """Return a file's docstring and its rules."""
    first = re.match(r'"""(.*?)"""', source, re.S)
    rules = []
    for name, body in _RULE.findall(source):
        _, text, rest = textwrap.dedent(body).split('"""', 2)
        found = _DIRECTIVE.findall(rest.lstrip("\n"))
        directives = {key: textwrap.dedent(value).strip() for key, value in found}
        rules.append(Rule(name, text.strip(), directives))
    return first[1].strip() if first else "", rules


def rules_reference(folder: Path) -> str:
    """Return the reference, in Markdown.

    Args:
        folder: The folder of the rules.
    """
    common = ast.parse((folder / "common.smk").read_text())
    helpers = {
        node.name: (ast.get_docstring(node) or "").partition("\n")[0]
        for node in common.body
        if isinstance(node, ast.FunctionDef)
    }
    lines = [_INTRODUCTION]
    for file in sorted(folder.glob("*.smk")):
        text, rules = read_rules(file.read_text())
        if rules:
            lines += [f"## {file.name}", "", text, ""]
        for rule in rules:
            lines += [f"### `{rule.name}`", "", rule.text, ""]
            for directive in ("input", "output"):
                if source := rule.directives.get(directive):
                    lines += [f"- **{directive}**", *_items(source, helpers)]
            lines += [""]
    return "\n".join(lines)


def _items(source: str, helpers: Mapping[str, str]) -> Iterator[str]:
    """List what a directive holds: its name, and the paths or where they come from."""
    call = ast.parse(f"f(\n{source}\n)", mode="eval").body
    assert isinstance(call, ast.Call)
    for name, value in [(None, v) for v in call.args] + [(k.arg, k.value) for k in call.keywords]:
        paths = dict.fromkeys(path for path in _strings(value) if path.startswith("<results>"))
        told = ", ".join(f"`{path}`" for path in paths) or f"`{ast.unparse(value)}`"
        if isinstance(value, ast.Name) and helpers.get(value.id):
            told = f"{helpers[value.id]} (`{value.id}`)"
        yield f"  - {f'`{name}`: ' if name else ''}{told}"


def _strings(node: ast.AST) -> Iterator[str]:
    """List the strings in an expression, with the names of what fills them in."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            f"{{{ast.unparse(part.value)}}}"
            if isinstance(part, ast.FormattedValue)
            else "".join(_strings(part))
            for part in node.values
        )
    elif isinstance(node, ast.Constant):
        yield str(node.value)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)
