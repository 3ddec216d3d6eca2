"""The config's schema: its defaults, and its errors in words that a person understands."""

import copy
import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from collapse.errors import InputError
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

Schema = dict[str, Any]
# A `ValidationError`, whose types have everything possibly unset.
Error = Any


def validate(study: dict[str, Any], schema: Schema) -> None:
    """Check a study against a schema.

    Raises:
        InputError: With the key, what was expected, what was received, and the nearest known name.
    """
    error = best_match(Draft202012Validator(schema).iter_errors(study))
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path) or "the config"
        # The names of jsonschema's keywords are any text.
        say = _SENTENCES.get(str(error.validator), _other)
        message = f"{where}: {say(error)}".strip()
        raise InputError(message)


def _unknown_key(error: Error) -> str:
    known = sorted(error.schema.get("properties", {}))
    unknown = min(set(error.instance) - set(known))
    return f"unknown key {unknown!r}.{suggest(unknown, known)} Known keys: {', '.join(known)}."


def _missing_key(error: Error) -> str:
    missing = next(key for key in error.validator_value if key not in error.instance)
    hint = _describe(error)
    if not error.absolute_path:
        hint = f"{_EXAMPLES.get(missing, '')} config/README.md describes every key.".lstrip()
    return f"the key {missing!r} is missing. {hint}"


_EXAMPLES = {
    "study": "Give the study a name, such as `study: myname`: results go to results/myname.",
    "datasets": "Say which files to read, such as `datasets: {mine: {files: my.root, features: "
    "{pt: {expression: pt}}}}`.",
    "recipes": "Say which GANs to train, such as `recipes: {original: {}, capable: {}}`.",
    "seeds": "Say which seeds to train with, such as `seeds: [1, 2]`.",
    "epochs": "Say at which epoch counts to look, such as `epochs: [1, 3, 10, 30, 100]`.",
}


def _unknown_value(error: Error) -> str:
    known = [str(value) for value in error.validator_value]
    near = suggest(str(error.instance), known)
    return f"expected one of {', '.join(known)}. Received: {error.instance!r}.{near}"


def _wrong_name(error: Error) -> str:
    if error.validator_value.startswith("^[A-Za-z_]"):
        of, rule = "an object's name", "letters, digits and _ only, no digit first"
    else:
        of = "a name"
        rule = "letters, digits, _, + and - only, a letter or digit first, at most 64 characters"
    return f"{error.instance!r} can't be {of}: {rule}."


def _wrong_type(error: Error) -> str:
    types = listed(error.validator_value)
    words = {"array": "a list", "object": "a mapping", "string": "text"}
    expected = " or ".join(words.get(name, name) for name in types)
    hint = _describe(error)
    if "text" in expected:
        hint = "Put it in quotes."
    elif "list" in expected and not isinstance(error.instance, dict):
        hint = f"Write [{error.instance}]."
    elif list(error.absolute_path)[-2:-1] == ["features"]:
        hint = f"Write {{expression: {error.instance}}}."
    elif list(error.absolute_path)[-1:] == ["selection"]:
        hint = f'Give each cut a name, such as {{cut: "{error.instance}"}}.'
    if isinstance(error.instance, str) and "list" in expected:
        hint = "On the command line, quote a list: --config 'epochs=[10,30]'."
    elif isinstance(error.instance, str) and not {"integer", "number"}.isdisjoint(types):
        hint = "Numbers inside {} on the command line come as text: use a file."
    return f"expected {expected}. Received: {error.instance!r}. {hint}"


def _other(error: Error) -> str:
    return f"{error.message}. {_describe(error)}"


_SENTENCES: dict[str, Callable[[Error], str]] = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "enum": _unknown_value,
    "pattern": _wrong_name,
    "type": _wrong_type,
}


def _describe(error: Error) -> str:
    return error.schema.get("description", "") if isinstance(error.schema, dict) else ""


def listed(value: str | Sequence[str]) -> Sequence[str]:
    """Return a list as it is, and one text as a list of one."""
    return [value] if isinstance(value, str) else value


# What people call things -> what they are called here.
_ALSO = {
    "wgan": "wasserstein",
    "wgan_gp": "wasserstein",
    "lsgan": "least_squares",
    "mse": "least_squares",
    "bce": "non_saturating",
    "binary_crossentropy": "non_saturating",
    "vanilla": "non_saturating",
    "minimax": "saturating",
    "rsgan": "relativistic_pairing",
    "rpgan": "relativistic_pairing",
    "ragan": "relativistic_average",
    "lr": "learning_rate",
    "gaussian": "normal",
    "standardscaler": "standard",
    "minmaxscaler": "minmax",
    "quantiletransformer": "quantile",
    "batchnorm": "batch",
    "layernorm": "layer",
    "spectralnorm": "spectral",
}


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest known name, or nothing if none is near.

    >>> suggest("wgan", ["hinge", "wasserstein"]), suggest("adamw", ["Adam", "AdamW"])
    (" Did you mean 'wasserstein'?", " Did you mean 'AdamW'?")
    """
    known, plain = list(known), name.lower().replace("-", "_")
    near = [other for other in known if other.lower() == plain]
    near += [_ALSO[plain]] if _ALSO.get(plain) in known else []
    near += difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def fill(value: Any, schema: Schema, whole: Schema) -> Any:
    """Return `value` with the defaults for what it lacks, at every level.

    Args:
        value: A valid value.
        schema: Its schema.
        whole: The schema that holds what this one refers to.
    """
    if "$ref" in schema:
        # A reference may carry a description and a default of its own.
        target = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        return fill(value, target | {key: schema[key] for key in schema if key != "$ref"}, whole)
    if "if" in schema:
        holds = Draft202012Validator(schema["if"]).is_valid(value)
        return fill(value, schema["then" if holds else "else"], whole)
    if isinstance(value, list) and "items" in schema:
        return [fill(child, schema["items"], whole) for child in value]
    if (
        isinstance(value, float)
        and value.is_integer()
        and "integer" in listed(schema.get("type", ""))
    ):
        return int(value)  # a whole number to JSON Schema, but not to Python
    if not isinstance(value, dict) or "object" not in listed(schema.get("type", "")):
        return value
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    filled = {}
    for key, child in value.items():
        known = properties.get(key, others if isinstance(others, dict) else {})
        filled[key] = fill(child, known, whole)
    for key, child in properties.items():
        resolved = child
        if "$ref" in child:
            resolved = whole["$defs"][child["$ref"].rpartition("/")[2]] | child
        if key not in filled and "default" in resolved:
            filled[key] = fill(copy.deepcopy(resolved["default"]), child, whole)
    return filled
