"""The tricks that a recipe can switch on: one file each, found by name.

Every module of `collapse.gan.tricks` declares one trick: `TRICK`, a `Trick`, and a docstring whose
first line says what it does and which cites its paper. Nothing here, nor the top level of such a
module, imports TensorFlow, since every cluster job parses the config again. No module imports a
trick statically, so that the digest of training covers only the tricks that a recipe uses.
"""

import copy
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from collapse.errors import InputError
from collapse.gan import tricks

if TYPE_CHECKING:
    import numpy as np

NONE = "none"

# What tricks are called with. Names alone, since not even NumPy is imported here.
Array: TypeAlias = "np.ndarray"
Random: TypeAlias = "np.random.Generator"
Tensor: TypeAlias = Any
Pair: TypeAlias = tuple[Tensor, Tensor]
Recipe: TypeAlias = dict[str, Any]
Schema: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Trick:
    """A trick's declaration.

    Attributes:
        keys: Where a recipe names it, dotted; more than one if it fits both networks.
        choice: Its value there, if it is one of several, such as a loss.
        default: Whether it is the choice of a recipe that doesn't name one.
        options: Its options, name -> JSON schema with `description` and `default`.
        schema: The JSON schema of its value, if that is no mapping of options.
        off: The value that is as if the key were not given.
        conflicts: What it can't go with: (dotted key, values or None for any, why).
        order: Where it comes among tricks that act at the same place; by name otherwise.
    """

    keys: tuple[str, ...]
    choice: str | None = None
    default: bool = False
    options: dict[str, Schema] = field(default_factory=dict)
    schema: Schema | None = None
    off: object = None
    conflicts: tuple[tuple[str, tuple[str, ...] | None, str], ...] = ()
    order: int = 0


@cache
def modules() -> list[ModuleType]:
    """Import every trick, sorted by order and name."""
    found = [
        importlib.import_module(f"{tricks.__name__}.{info.name}")
        for info in pkgutil.iter_modules(tricks.__path__)
    ]
    return sorted(found, key=lambda module: (module.TRICK.order, module.__name__))


def used(recipe: Recipe) -> list[tuple[str, Any, ModuleType]]:
    """List the tricks of a complete recipe: (key, value, module) in the order in which they act."""
    found = []
    for module in modules():
        trick = module.TRICK
        for key in trick.keys:
            value = get(recipe, key)
            if trick.choice is None:
                if value is not None and value != trick.off:
                    found.append((key, value, module))
            elif value == trick.choice or (value is None and trick.default):
                found.append((key, value, module))
    return found


def chosen(recipe: Recipe, key: str) -> ModuleType | None:
    """Return the module of the choice at a key, or None.

    >>> chosen({"loss": "hinge"}, "loss").__name__
    'collapse.gan.tricks.loss_hinge'
    """
    for found, _, module in used(recipe):
        if found == key:
            return module
    return None


def having(
    recipe: Recipe, name: str, section: str = ""
) -> list[tuple[str, Any, Callable[..., Any]]]:
    """List what the tricks of a complete recipe define under a name.

    Args:
        recipe: A complete recipe.
        name: Such as `build`; what there is to define is in `collapse.gan.tricks`.
        section: What the tricks' keys begin with.

    Returns:
        (key, value, what is defined) in the order in which the tricks act.
    """
    return [
        (key, value, getattr(module, name))
        for key, value, module in used(recipe)
        if key.startswith(section) and hasattr(module, name)
    ]


def tricks_used(recipe: Recipe) -> list[Path]:
    """List the files of the tricks that a complete recipe uses."""
    return sorted({Path(str(module.__file__)) for _, _, module in used(recipe)})


def get(recipe: Any, key: str) -> Any:
    """Return the value at a dotted key, or None.

    >>> get({"penalties": {"r1": {"gamma": 10}}}, "penalties.r1.gamma")
    10
    """
    for part in key.split("."):
        recipe = recipe.get(part) if isinstance(recipe, dict) else None
    return recipe


def complete(recipe: Recipe) -> Recipe:
    """Return a merged recipe without what is switched off, and with its tricks' defaults.

    A trick that a recipe doesn't use leaves no trace in it, so that adding one retrains nothing.
    """
    recipe = _without_null(recipe)
    for module in modules():
        trick = module.TRICK
        for key in trick.keys:
            *path, last = key.split(".")
            holder = get(recipe, ".".join(path)) if path else recipe
            if not isinstance(holder, dict) or last not in holder:
                continue
            value = holder[last]
            choice_off = trick.choice is not None and (
                value == NONE or (trick.default and value == trick.choice)
            )
            # What the core requires is always written out.
            if key not in WRITTEN_OUT and (choice_off or value == trick.off):
                del holder[last]
            elif trick.choice is None and trick.schema is None:
                holder[last] = defaults(trick) | value
    for section in SECTIONS:
        if recipe.get(section) == {}:
            del recipe[section]
    return recipe


WRITTEN_OUT = ("generator.head", "noise.distribution")
SECTIONS = ("penalties", "objectives", "updates")


def defaults(trick: Trick) -> dict[str, Any]:
    """Return the default of each option that has one."""
    return {
        name: copy.deepcopy(schema["default"])
        for name, schema in trick.options.items()
        if "default" in schema
    }


def _without_null(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_null(child) for key, child in value.items() if child is not None}


def check(name: str, recipe: Recipe) -> None:
    """Refuse a complete recipe whose tricks can't go together.

    Args:
        name: The recipe's name, for the message.
        recipe: A complete recipe.

    Raises:
        InputError: Naming both options and why.
    """
    for key, value, module in used(recipe):
        mine = f"{key}: {value}" if isinstance(value, str) else key
        for other, values, why in module.TRICK.conflicts:
            theirs = get(recipe, other)
            if theirs is None or (values is not None and theirs not in values):
                continue
            what = f"{other}: {theirs}" if isinstance(theirs, str) else other
            message = f"recipes.{name}: {mine} can't go with {what}. {why}"
            raise InputError(message)
    for key, _, complain in having(recipe, "check"):
        if complaint := complain(key, recipe):
            message = f"recipes.{name}.{key}: {complaint}"
            raise InputError(message)


def extend_schema(schema: Schema) -> Schema:
    """Return the config's schema with what the tricks declare.

    Args:
        schema: The core, whose `$defs.recipe` has the sections that tricks go into.
    """
    schema = copy.deepcopy(schema)
    recipe = schema["$defs"]["recipe"]
    for module in modules():
        trick = module.TRICK
        for key in trick.keys:
            *path, last = key.split(".")
            holder = recipe
            for part in path:
                holder = holder["properties"][part]
            properties = holder.setdefault("properties", {})
            if trick.choice is not None:
                choices = properties[last].setdefault("enum", [])
                choices.append(trick.choice)
            else:
                properties[last] = schema_of(module)
                if path == ["penalties"]:
                    reference = {"schedule": {"$ref": "#/$defs/schedule"}}
                    properties[last]["properties"] = module.TRICK.options | reference
    for key in _choice_keys():
        *path, last = key.split(".")
        holder = recipe
        for part in path:
            holder = holder["properties"][part]
        choices = sorted(holder["properties"][last]["enum"])
        if not any(module.TRICK.default for module in modules() if key in module.TRICK.keys):
            # Nothing is the default, except where the core asks for a choice.
            choices += [] if key in WRITTEN_OUT else [NONE]
        holder["properties"][last]["enum"] = choices + ([] if key in WRITTEN_OUT else [None])
    return schema


def _choice_keys() -> list[str]:
    return sorted({key for module in modules() if module.TRICK.choice for key in module.TRICK.keys})


def schema_of(module: ModuleType) -> Schema:
    """Return the JSON schema of a trick's value; null switches an inherited one off."""
    trick, summary = module.TRICK, summary_of(module)
    if trick.schema is not None:
        kinds = trick.schema["type"]
        kinds = [kinds] if isinstance(kinds, str) else kinds
        return trick.schema | {"type": [*kinds, "null"], "description": summary}
    required = [name for name, schema in trick.options.items() if "default" not in schema]
    return {
        "type": ["object", "null"],
        "description": summary,
        "additionalProperties": False,
        "required": required,
        "properties": trick.options,
    }


def summary_of(module: ModuleType) -> str:
    """Return the first line of a trick's docstring."""
    return str(module.__doc__).partition("\n")[0]


def number(
    default: float, description: str, *,
    low: float = 0, high: float | None = None, above: float | None = None,
) -> Schema:  # fmt: skip
    """Return the JSON schema of a real option."""
    schema: Schema = {"type": "number", "description": description, "default": default}
    schema |= {"minimum": low} if above is None else {"exclusiveMinimum": above}
    return schema | ({} if high is None else {"maximum": high})


def integer(default: int, description: str, *, low: int = 1, high: int | None = None) -> Schema:
    """Return the JSON schema of a whole option."""
    return number(default, description, low=low, high=high) | {"type": "integer"}
