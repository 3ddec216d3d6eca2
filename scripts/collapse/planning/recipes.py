"""Recipes that extend others: of the study, then those of `config/recipes.yaml`."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from collapse.errors import InputError
from collapse.events.external import is_external
from collapse.gan import registry, schedules
from collapse.planning.schema import suggest

Recipe = dict[str, Any]
Recipes = Mapping[str, Recipe]

# The sections that build the networks, unless a recipe names a file that does.
BUILT_IN = ("generator", "discriminator")
REQUIRED = (
    ("scaler",),
    ("generator", "hidden"),
    ("generator", "slope"),
    ("generator", "head"),
    ("discriminator", "hidden"),
    ("discriminator", "slope"),
    ("noise", "dimension"),
    ("noise", "distribution"),
    ("batch_size",),
    ("optimizers", "generator", "name"),
    ("optimizers", "discriminator", "name"),
)


def complete_recipe(name: str, recipes: Recipes, shipped: Recipes) -> Recipe:
    """Merge a recipe with those that it extends.

    A recipe without `extends` that has the name of a shipped one starts from that.

    Args:
        name: The recipe.
        recipes: The study's recipes.
        shipped: The recipes of `config/recipes.yaml`.

    Returns:
        The recipe's dict, complete, without `extends` and `kind`, and without what is switched
        off. One of kind `external` as it is.

    Raises:
        InputError: If it extends an unknown recipe or itself, lacks a key, or has options that
            can't go together.
    """
    if is_external(recipes.get(name, {})):
        return recipes[name]
    merged: Recipe = {}
    for layer in reversed(_lineage(name, recipes, shipped)):
        if layer.get("networks"):
            merged = {key: value for key, value in merged.items() if key not in BUILT_IN}
        merged = merge(merged, layer)
    merged.pop("extends", None)
    merged.pop("kind", None)
    own = merged.get("networks")
    for path in REQUIRED:
        if own and path[0] in BUILT_IN:
            continue
        value: Any = merged
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            message = (
                f"recipes.{name}: it lacks {'.'.join(path)}.{suggest(name, shipped)} Give it, or "
                f"start from another recipe: `extends: {next(iter(shipped))}`."
            )
            raise InputError(message)
    merged = registry.complete(merged)
    if own:
        _check_own_networks(name, merged)
    registry.check(name, merged)
    if wrong := schedules.check(merged):
        message = f"recipes.{name}.{wrong[0]}: {wrong[1]}"
        raise InputError(message)
    return merged


def _check_own_networks(name: str, recipe: Recipe) -> None:
    """Refuse what changes the layers of networks that a file builds; drop it if it is empty."""
    for section in (*BUILT_IN, "packing"):
        if options := recipe.pop(section, None):
            key = next(iter(options), None) if isinstance(options, dict) else None
            where = f"recipes.{name}.{section}" + (f".{key}" if key else "")
            message = (
                f"{where} can't go with networks: {recipe['networks']}. That file says what the "
                "networks are. Remove one of the two; `null` switches an inherited option off."
            )
            raise InputError(message)


def recipe_bases(config: Mapping[str, Any], root: Path) -> dict[str, str]:
    """Return the recipes that extend another one of the study: recipe -> the nearest such.

    Args:
        config: The config, checked by `load_study`.
        root: The project's folder.
    """
    shipped = yaml.safe_load((Path(root) / "config/recipes.yaml").read_text())
    recipes = {
        name: r for name, r in config["recipes"].items() if r is not None and not is_external(r)
    }
    bases = {}
    for name in recipes:
        base, seen = name, set()
        while base is not None and base not in seen:
            seen.add(base)
            given = recipes.get(base, {}).get("extends")
            base = given if given not in (None, base) else shipped.get(base, {}).get("extends")
            if base in recipes:
                bases[name] = base
                break
    return bases


def changed_keys(recipe: Recipe, base: Recipe) -> set[str]:
    """Return the dotted keys in which two complete recipes differ.

    >>> sorted(changed_keys({"a": 1, "b": {"c": 2, "d": 3}}, {"a": 1, "b": {"c": 1}}))
    ['b.c', 'b.d']
    """
    keys = set()
    for key in {**recipe, **base}:
        ours, theirs = recipe.get(key), base.get(key)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            keys |= {f"{key}.{inner}" for inner in changed_keys(ours, theirs)}
        elif ours != theirs:
            inner = ours if isinstance(ours, dict) else theirs if isinstance(theirs, dict) else None
            keys |= {f"{key}.{name}" for name in inner} if inner else {key}
    return keys


def _lineage(name: str, recipes: Recipes, shipped: Recipes) -> list[Recipe]:
    """List the dicts from a study's recipe to its root: those of the study, then shipped ones."""
    own: list[str] = []
    base: str | None = name
    while base is not None and base in recipes:
        if base in own:
            cycle = " -> ".join([*own, base])
            message = f"recipes.{name}: `extends` goes round in a circle: {cycle}."
            raise InputError(message)
        if is_external(recipes[base]):
            message = (
                f"recipes.{own[-1]}.extends: {base} is of kind external, so there is nothing to "
                "extend. Name a recipe that is trained."
            )
            raise InputError(message)
        own.append(base)
        base = recipes[base].get("extends", base if base in shipped else None)
        if base == own[-1]:
            break
    layers = [recipes[link] for link in own]
    while base is not None:
        if base not in shipped:
            known = sorted({*recipes, *shipped} - {name})
            message = (
                f"recipes.{own[-1]}.extends: no other recipe is called {base!r}."
                f"{suggest(base, known)} Known recipes: {', '.join(known)}."
            )
            raise InputError(message)
        layers.append(shipped[base])
        base = shipped[base].get("extends")
    return layers


def merge(base: Any, change: Any) -> Any:
    """Merge mappings key by key; anything else is replaced.

    An optimizer of another name is replaced as well: its arguments mean nothing to the new one.
    """
    if not isinstance(base, dict) or not isinstance(change, dict):
        return copy.deepcopy(change)
    if change.get("name", base.get("name")) != base.get("name"):
        return copy.deepcopy(change)
    return base | {key: merge(base.get(key), value) for key, value in change.items()}
