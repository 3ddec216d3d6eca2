"""A study's config: defaults, recipes that extend others, and errors that a person understands.

Light to import, since every cluster job parses the workflow again.
"""

import copy
import difflib
import itertools
import math
import os
import re
from pathlib import Path

import yaml
from collapse import scaler_kinds
from collapse.errors import InputError
from collapse.events.dataset import check_dataset
from collapse.events.external import all_sample_files, check_external, is_external
from collapse.events.sources import local_inputs, simulated_files
from collapse.gan import registry
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

SHIPPED = "shipped:"


def load_study(config, root):
    """Complete and check a study.

    Args:
        config: The config as Snakemake merged it: a dict of plain values.
        root: The project's folder, which holds `config/schema.yaml` and `config/recipes.yaml`.

    Returns:
        A new dict with every default filled in, every recipe complete, `scalers` with those
        that always exist, and shipped files as paths relative to the working directory.

    Raises:
        InputError: With the key, what was expected, what was received, and the nearest known name.
    """
    root = Path(root)
    schema = registry.extend_schema(yaml.safe_load((root / "config/schema.yaml").read_text()))
    schema["$defs"]["scaler_kind"] = scaler_kinds.schema()
    shipped = yaml.safe_load((root / "config/recipes.yaml").read_text())
    study = _plain(dict(config))
    for key in ("epochs", "seeds"):
        # Snakemake hands over the entries of a list on the command line as text.
        if isinstance(study.get(key), list):
            study[key] = [int(v) if str(v).isdecimal() else v for v in study[key]]
    _validate(study, schema)
    study["recipes"] = {name: complete_recipe(name, study["recipes"], shipped)
                        for name in study["recipes"]}  # fmt: skip
    study = _fill(study, schema, schema)
    study["scalers"] = {
        kind: {"kind": kind, "features": {}, "log": []} for kind in scaler_kinds.KINDS
    } | (study["scalers"])
    for dataset in study["datasets"].values():
        dataset["files"] = [_locate(file, root) for file in _listed(dataset["files"])]
        dataset["sha256"] = {_locate(file, root): s for file, s in dataset["sha256"].items()}
    for recipe in study["recipes"].values():
        if is_external(recipe):
            recipe["samples"] = [_locate(file, root) for file in _listed(recipe["samples"])]
    _check(study)
    return study


def complete_recipe(name, recipes, shipped):
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
    merged = {}
    for layer in reversed(_lineage(name, recipes, shipped)):
        if layer.get("networks"):
            merged = {key: value for key, value in merged.items() if key not in BUILT_IN}
        merged = _merge(merged, layer)
    merged.pop("extends", None)
    merged.pop("kind", None)
    own = merged.get("networks")
    for path in REQUIRED:
        if own and path[0] in BUILT_IN:
            continue
        value = merged
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            message = (
                f"recipes.{name} lacks {'.'.join(path)}. Give it, or start from another "
                f"recipe: `extends: {next(iter(shipped))}`."
            )
            raise InputError(message)
    merged = registry.complete(merged)
    if own:
        _check_own_networks(name, merged)
    registry.check(name, merged)
    return merged


def _check_own_networks(name, recipe):
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


def recipe_bases(config, root):
    """Return the recipes that extend another one of the study: recipe -> the nearest such.

    Args:
        config: The config, checked by `load_study`.
        root: The project's folder.
    """
    shipped = yaml.safe_load((Path(root) / "config/recipes.yaml").read_text())
    recipes = {name: r for name, r in config["recipes"].items() if not is_external(r)}
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


def changed_keys(recipe, base):
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


def _lineage(name, recipes, shipped):
    """List the dicts from a study's recipe to its root: those of the study, then shipped ones."""
    own = []
    base = name
    while base in recipes:
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
                f"{_suggest(base, known)} Known recipes: {', '.join(known)}."
            )
            raise InputError(message)
        layers.append(shipped[base])
        base = shipped[base].get("extends")
    return layers


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


_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")
# Text in which a number is text.
_TEXTS = ("label", "unit", "expression")


# More than any study needs; YAML's aliases let a few lines stand for more than any memory holds.
_MOST_VALUES = 1_000_000
_DEEPEST = 30


def _plain(value, where="", depth=0, count=None):
    """Return a copy whose keys are text and whose numbers are finite numbers.

    YAML 1.1 reads 1e-4 as text, and 10.0 is a whole number to JSON Schema but not to Python.
    """
    count = itertools.count() if count is None else count
    if depth > _DEEPEST or next(count) > _MOST_VALUES:
        message = (
            f"{where[:60]}: the config is nested more than {_DEEPEST} deep or has more than "
            f"{_MOST_VALUES:,} values. Look at its aliases (`*name`)."
        )
        raise InputError(message)
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                message = (
                    f"{where or 'the config'}: the key {key!r} is no text. Put it in quotes; YAML "
                    "also reads yes, no, on and off as something else."
                )
                raise InputError(message)
        return {
            key: child
            if key in _TEXTS and isinstance(child, str)
            else _plain(child, f"{where}.{key}".lstrip("."), depth + 1, count)
            for key, child in value.items()
        }
    if isinstance(value, list):
        return [
            _plain(child, f"{where}.{i}".lstrip("."), depth + 1, count)
            for i, child in enumerate(value)
        ]
    if isinstance(value, str) and _FLOAT.fullmatch(value):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        message = f"{where}: expected a finite number. Received: {value}."
        raise InputError(message)
    if not isinstance(value, str | int | float | None):
        message = (
            f"{where}: expected text, a number, a list or a mapping. Received: a "
            f"{type(value).__name__}. Put it in quotes if it is text."
        )
        raise InputError(message)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_unique(path):
    """Check that no mapping of a YAML file has a key twice, of which YAML keeps the last.

    Raises:
        InputError: With the file, the line and the key; also if the file is no YAML, or a template
            that runs code.
    """
    try:
        _check_unique(yaml.compose(Path(path).read_text(), yaml.SafeLoader), path, set())
    except yaml.YAMLError as error:
        message = f"{path} is not YAML: {' '.join(str(error).split())}."
        raise InputError(message) from error


def _check_unique(node, path, visited):
    # An alias is the node that it stands for, which may hold itself.
    if node in visited:
        return
    visited.add(node)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, child in node.value:
            if key.value == "__use_yte__":
                message = (
                    f"{path}, line {key.start_mark.line + 1}: __use_yte__ makes the config a "
                    "template that runs code when Snakemake reads it. Write the values out."
                )
                raise InputError(message)
            name = key.value if isinstance(key, yaml.ScalarNode) else key
            if name in seen:
                message = f"{path}, line {key.start_mark.line + 1}: {name!r} is there twice."
                raise InputError(message)
            seen.add(name)
            _check_unique(child, path, visited)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _check_unique(child, path, visited)


def _merge(base, change):
    """Merge mappings key by key; anything else is replaced.

    An optimizer of another name is replaced as well: its arguments mean nothing to the new one.
    """
    if not isinstance(base, dict) or not isinstance(change, dict):
        return copy.deepcopy(change)
    if change.get("name", base.get("name")) != base.get("name"):
        return copy.deepcopy(change)
    return base | {key: _merge(base.get(key), value) for key, value in change.items()}


def check_files(study):
    """Refuse a dataset or a recipe whose local files aren't there.

    Snakemake would keep the results of a file that was there once without a word.

    Args:
        study: A complete study.

    Raises:
        InputError: With the file, or the pattern that matches none.
    """
    made = simulated_files(study)
    for name, dataset in study["datasets"].items():
        for file in local_inputs(dataset["files"]):
            if os.path.normpath(file) not in made:
                _check_there(f"datasets.{name}.files", file)
    for name, recipe in study["recipes"].items():
        if file := recipe.get("networks"):
            _check_there(f"recipes.{name}.networks", file, Path.is_file)
    for name, epochs, spec in all_sample_files(study):
        for file in local_inputs(spec):
            _check_there(f"recipes.{name}.samples, epoch {epochs}", file)


def _check_there(where, file, exists=Path.exists):
    if not exists(Path(file)):
        what = "matches no file" if any(c in file for c in "*?[") else "is not there"
        message = (
            f"{where}: {file} {what}. Paths are relative to the working directory, {Path.cwd()}."
        )
        raise InputError(message)


def _listed(value):
    return [value] if isinstance(value, str) else value


def _locate(file, root):
    if not file.startswith(SHIPPED):
        return os.path.expanduser(file)  # noqa: PTH111, a Path would spoil URLs
    name = file.removeprefix(SHIPPED)
    if Path(name.partition(":")[0]).name != name.partition(":")[0]:
        message = f"datasets: {file!r} must name a file in the project's resources folder itself."
        raise InputError(message)
    return os.path.relpath(root / "resources" / name)


def _validate(study, schema):
    error = best_match(Draft202012Validator(schema).iter_errors(study))
    if error is None:
        return
    where = ".".join(str(part) for part in error.absolute_path) or "the config"
    match error.validator:
        case "additionalProperties":
            known = sorted(error.schema.get("properties", {}))
            unknown = sorted(set(error.instance) - set(known))
            message = (
                f"{where}: unknown key {unknown[0]!r}.{_suggest(unknown[0], known)} "
                f"Known keys: {', '.join(known)}."
            )
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            message = f"{where}: the key {missing[0]!r} is missing. {_describe(error.schema)}"
        case "enum":
            known = [str(value) for value in error.validator_value]
            message = (
                f"{where}: expected one of {', '.join(known)}. Received: {error.instance!r}."
                f"{_suggest(str(error.instance), known)}"
            )
        case "pattern" if error.validator_value.startswith("^[A-Za-z_]"):
            message = (
                f"{where}: {error.instance!r} can't be an object's name: letters, digits and _ "
                "only, no digit first."
            )
        case "pattern":
            message = (
                f"{where}: {error.instance!r} can't be a name: letters, digits, _, + and - only, "
                "a letter or digit first, at most 64 characters."
            )
        case "type":
            words = {"array": "a list", "object": "a mapping", "string": "text"}
            expected = " or ".join(words.get(t, t) for t in _listed(error.validator_value))
            hint = f" {_describe(error.schema)}"
            if "text" in expected:
                hint = " Put it in quotes."
            if isinstance(error.instance, str) and "list" in expected:
                hint = " On the command line, quote a list: --config 'epochs=[10,30]'."
            elif isinstance(error.instance, str) and not {"integer", "number"}.isdisjoint(
                _listed(error.validator_value)
            ):
                hint = " Numbers inside {} on the command line come as text: use a file."
            message = f"{where}: expected {expected}. Received: {error.instance!r}.{hint}"
        case _:
            message = f"{where}: {error.message}. {_describe(error.schema)}"
    raise InputError(message.strip())


def _describe(schema):
    return schema.get("description", "") if isinstance(schema, dict) else ""


def _suggest(name, known):
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _fill(value, schema, whole):
    """Return `value` with the schema's defaults for what it lacks, at every level."""
    if "$ref" in schema:
        # A reference may carry a description and a default of its own.
        target = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        return _fill(value, target | {key: schema[key] for key in schema if key != "$ref"}, whole)
    if "if" in schema:
        holds = Draft202012Validator(schema["if"]).is_valid(value)
        return _fill(value, schema["then" if holds else "else"], whole)
    if not isinstance(value, dict) or schema.get("type") != "object":
        return value
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    filled = {}
    for key, child in value.items():
        known = properties.get(key, others if isinstance(others, dict) else {})
        filled[key] = _fill(child, known, whole)
    for key, child in properties.items():
        resolved = child
        if "$ref" in child:
            resolved = whole["$defs"][child["$ref"].rpartition("/")[2]] | child
        if key not in filled and "default" in resolved:
            filled[key] = _fill(copy.deepcopy(resolved["default"]), child, whole)
    return filled


def _check(study):
    """Check what a schema can't say."""
    epochs = study["epochs"]
    if any(later <= earlier for earlier, later in itertools.pairwise(epochs)):
        message = f"epochs: expected increasing counts. Received: {epochs}."
        raise InputError(message)
    for name, dataset in study["datasets"].items():
        if "all" in dataset["features"]:
            message = f"datasets.{name}.features: `all` stands for all features. Name it otherwise."
            raise InputError(message)
        _check_dataset(f"datasets.{name}", dataset)
    for name, simulation in study["simulations"].items():
        _check_simulation(f"simulations.{name}", simulation)
    for name, recipe in study["recipes"].items():
        if is_external(recipe):
            _check_columns(name, study)
            continue
        if recipe["scaler"] not in study["scalers"]:
            _unknown(f"recipes.{name}.scaler", recipe["scaler"], study["scalers"], "scaler")
        for key, value, module in registry.used(recipe):
            if "feature" in module.TRICK.options:
                where = f"recipes.{name}.{key}.feature"
                _check_feature(where, value["feature"], study, everywhere=True)
    for name, scaler in study["scalers"].items():
        if name in scaler_kinds.KINDS and scaler != {"kind": name, "features": {}, "log": []}:
            message = f"scalers.{name}: that name is taken. Give your scaler another one."
            raise InputError(message)
        for feature in (*scaler["features"], *scaler["log"]):
            _check_feature(f"scalers.{name}", feature, study, everywhere=True)
    for name, window in study["evaluation"]["windows"].items():
        where = f"evaluation.windows.{name}"
        if not window["low"] < window["high"]:
            message = f"{where}: expected low < high. Received: {window['low']}, {window['high']}."
            raise InputError(message)
        _check_feature(f"{where}.feature", window["feature"], study)
    if mixture := study["evaluation"]["modes"]:
        where = "evaluation.modes"
        _check_mixture(where, mixture, len(mixture["features"]))
        for feature in mixture["features"]:
            _check_feature(f"{where}.features", feature, study)
    for feature in study["figures"]["scatter"] or []:
        _check_feature("figures.scatter", feature, study, everywhere=True)
    if study["figures"]["spectrum"]:
        _check_feature("figures.spectrum", study["figures"]["spectrum"], study, everywhere=True)


def _check_simulation(where, simulation):
    if ("fractions" in simulation) == ("mixture" in simulation):
        message = f"{where}: expected either `fractions` or `mixture`. Give one of them."
        raise InputError(message)
    if mixture := simulation.get("mixture"):
        if others := sorted(set(simulation) - {"events", "seed", "mixture"}):
            message = f"{where}.{others[0]}: a mixture has no such option. Remove it."
            raise InputError(message)
        _check_mixture(f"{where}.mixture", mixture, len((mixture.get("centres") or [(0, 0)])[0]))
        return
    total = sum(simulation["fractions"].values())
    if abs(total - 1) > 1e-6:
        message = f"{where}.fractions: expected a sum of 1. Received: {total:g}."
        raise InputError(message)


def _check_mixture(*arguments):
    # Here, so that studies without a mixture don't wait for NumPy's import.
    from collapse.mixture import check_mixture

    check_mixture(*arguments)


def _check_dataset(where, dataset):
    expressions = {}
    for name, feature in dataset["features"].items():
        twin = expressions.setdefault("".join(feature["expression"].split()), name)
        if twin != name:
            message = (
                f"{where}.features: {twin} and {name} have the same expression, "
                f"{feature['expression']!r}. Remove one."
            )
            raise InputError(message)
    total = sum(dataset["split"][part] for part in ("train", "validation", "test"))
    if abs(total - 1) > 1e-6:
        message = f"{where}.split: train, validation and test must add up to 1, not {total:g}."
        raise InputError(message)
    try:
        check_dataset(dataset)
    except InputError as error:
        message = f"{where}: {error}"
        raise InputError(message) from error


def _check_columns(name, study):
    columns = study["recipes"][name]["columns"]
    for feature in columns if isinstance(columns, dict) else ():
        _check_feature(f"recipes.{name}.columns", feature, study, everywhere=True)
    check_external(name, study)


def _check_feature(where, feature, study, *, everywhere=False):
    """Refuse a feature that no dataset has, or, with `everywhere`, that any dataset lacks."""
    for name, dataset in study["datasets"].items():
        if feature in dataset["features"]:
            if not everywhere:
                return
        elif everywhere:
            _unknown(where, feature, dataset["features"], f"feature of datasets.{name}")
    if not everywhere:
        known = {key for dataset in study["datasets"].values() for key in dataset["features"]}
        _unknown(where, feature, known, "feature")


def _unknown(where, name, known, kind):
    known = sorted(known)
    message = (
        f"{where}: no {kind} is called {name!r}.{_suggest(name, known)} Known: {', '.join(known)}."
    )
    raise InputError(message)
