"""Write docs/recipes.md, the reference of a recipe's options, from their declarations.

Run as `PYTHONPATH=scripts python docs/tools/recipes.py`.
"""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from collapse.gan import registry

ROOT = Path(__file__).resolve().parents[2]

_INTRODUCTION = """\
# Recipes

A recipe is everything that defines a GAN and its training. What follows lists all its keys;
anything else is refused. A recipe that `extends` another gives only what differs; `null` switches
an inherited option off. An option that isn't given leaves no trace: adding one to the project
retrains nothing.

This file is written by `PYTHONPATH=scripts python docs/tools/recipes.py` from the declarations in
`scripts/collapse/gan/tricks`.
"""

_SCHEDULES = """\
{}

A network's learning rate has one in `optimizers.{{network}}.schedule`, a penalty's weight in
`penalties.{{name}}.schedule`. It goes by the training's steps, also where D is updated in some of
them alone. Its length is the recipe's and not the study's, so that a count that is appended later
retrains nothing.

```yaml
optimizers:
  generator: {{learning_rate: 0.0005, schedule: {{shape: cosine, epochs: 900, warmup: 10}}}}
penalties:
  r1: {{gamma: 0.1, schedule: {{shape: linear, epochs: 300, end: 0.2}}}}
```

The curves are Keras's: `CosineDecay`, `PolynomialDecay`, `ExponentialDecay`,
`PiecewiseConstantDecay`.
"""


def recipes_reference(schema: dict[str, Any]) -> str:
    """Return the reference, in Markdown.

    Args:
        schema: The core schema of the config.
    """
    recipe = registry.extend_schema(schema)["$defs"]["recipe"]
    lines = [_INTRODUCTION, "## The core", "", "| key | what it is |", "|---|---|"]
    tricks = {key for module in registry.modules() for key in module.TRICK.keys}
    for key, child in _leaves(recipe, tricks):
        target = schema["$defs"].get(child.get("$ref", "").rpartition("/")[2], {})
        lines.append(f"| `{key}` | {(target | child)['description']} |")
    schedule = schema["$defs"]["schedule"]
    lines += ["", "## Schedules", "", _SCHEDULES.format(schedule["description"])]
    for option, child in schedule["properties"].items():
        lines.append(f"- `{option}` ({_bounds(child)}): {child['description']}")
    sections: dict[str, list[tuple[str, ModuleType]]] = {}
    for module in registry.modules():
        for key in module.TRICK.keys:
            sections.setdefault(key if module.TRICK.choice else key.partition(".")[0], []).append(
                (key, module)
            )
    for section in sorted(sections):
        lines += ["", f"## `{section}`", ""]
        for key, module in sorted(sections[section], key=lambda item: (item[0], item[1].__name__)):
            lines += _entry(key, module)
    return "\n".join(lines).rstrip() + "\n"


def _leaves(
    schema: dict[str, Any], tricks: set[str], path: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """List the core's keys, without those that tricks fill."""
    for name, child in schema["properties"].items():
        key = f"{path}{name}"
        if key in tricks:
            continue
        if "properties" in child and "$ref" not in child:
            yield from _leaves(child, tricks, f"{key}.")
        else:
            yield key, child


def _entry(key: str, module: ModuleType) -> list[str]:
    trick = module.TRICK
    summary, _, rest = (module.__doc__ or "").partition("\n")
    name = f"{key}: {trick.choice}" if trick.choice else key
    default = " The default." if trick.default else ""
    lines = [f"- **`{name}`** {summary}{default}"]
    lines += [f"  {line}" for line in rest.strip().splitlines() if line]
    if trick.schema is not None:
        off = f"; {trick.off} is off" if trick.off is not None else ""
        lines.append(f"  - A value: {_bounds(trick.schema)}{off}.")
    for option, schema in trick.options.items():
        given = f" Default {schema['default']}." if schema.get("default") is not None else ""
        lines.append(f"  - `{option}` ({_bounds(schema)}): {schema['description']}{given}")
    for other, values, why in trick.conflicts:
        which = f"{other}: {' or '.join(values)}" if values else other
        lines.append(f"  - Not with `{which}`. {why}")
    return lines


def _bounds(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    kinds = schema["type"]
    text = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    for key, word in (
        ("minimum", "at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "below"),
    ):
        if key in schema:
            text += f", {word} {schema[key]:g}"
    return text


if __name__ == "__main__":
    core = yaml.safe_load((ROOT / "config/schema.yaml").read_text())
    (ROOT / "docs/recipes.md").write_text(recipes_reference(core))
