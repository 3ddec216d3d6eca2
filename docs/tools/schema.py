"""The keys of a study's config, read from config/schema.yaml."""

import json
from collections.abc import Iterator
from typing import Any

_INTRODUCTION = """\
# Keys of the config

Every key of a study, from `config/schema.yaml`. [The guide](../../config/README.md) shows how they
go together, and [Recipes](../recipes.md) has the keys of a recipe.
"""
Schema = dict[str, Any]


def schema_reference(schema: Schema) -> str:
    """Return the reference, in Markdown.

    Args:
        schema: The schema of the config.
    """
    lines = [_INTRODUCTION]
    for name, part in {"A study": schema, **schema["$defs"]}.items():
        if "properties" in part and name != "recipe":
            title = name if part is schema else f"`{name}`"
            lines += [f"## {title}", "", _line(part["description"]), ""]
            lines += ["| key | kind | default | what it is |", "|---|---|---|---|"]
            lines += [*_rows(part, schema["$defs"]), ""]
    return "\n".join(lines)


def _rows(part: Schema, parts: dict[str, Schema], path: str = "") -> Iterator[str]:
    """List the keys of a mapping, and of the mappings in it that have no name of their own."""
    for key, given in part["properties"].items():
        name = given.get("$ref", "").rpartition("/")[2]
        child = parts.get(name, {}) | given
        default = _default(child) if "default" in child else ""
        if key in part.get("required", ()):
            default = "required"
        kind = f"[{name}](#{name})" if "properties" in child and name else _kind(child, parts)
        yield f"| `{path}{key}` | {kind} | {default} | {_line(child.get('description', ''))} |"
        if "properties" in child and not name:
            yield from _rows(child, parts, f"{path}{key}.")


def _kind(child: Schema, parts: dict[str, Schema]) -> str:
    if "enum" in child:
        return " or ".join(f"`{value}`" for value in child["enum"])
    if "oneOf" in child:
        return " or ".join(_kind(option, parts) for option in child["oneOf"])
    kinds = child.get("type", "any")
    text = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    held = child.get("additionalProperties")
    name = held.get("$ref", "").rpartition("/")[2] if isinstance(held, dict) else ""
    return f"{text} of [{name}](#{name})" if "properties" in parts.get(name, {}) else text


def _default(child: Schema) -> str:
    return f"`{json.dumps(child['default'])}`"


def _line(text: str) -> str:
    return " ".join(text.split())
