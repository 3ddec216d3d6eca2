"""What YAML lets through and a study must not hold: keys given twice, templates, odd values."""

import itertools
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from collapse.errors import InputError

_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")
# Text in which a number is text.
_TEXTS = ("label", "unit", "expression")


# More than any study needs; YAML's aliases let a few lines stand for more than any memory holds.
_MOST_VALUES = 1_000_000
_DEEPEST = 30


def plain(value: Any, where: str = "", depth: int = 0, count: Iterator[int] | None = None) -> Any:
    """Return a copy whose keys are text and whose numbers are finite numbers.

    YAML 1.1 reads 1e-4 as text.

    Args:
        value: What Snakemake read.
        where: Its dotted key, for messages.
        depth: How deep it is nested.
        count: Counts the values so far.

    Raises:
        InputError: With the dotted key of what can't be used.
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
            else plain(child, f"{where}.{key}".lstrip("."), depth + 1, count)
            for key, child in value.items()
        }
    if isinstance(value, list):
        return [
            plain(child, f"{where}.{i}".lstrip("."), depth + 1, count)
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
    return value


def read_unique(path: Path | str) -> None:
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


def _check_unique(node: yaml.Node | None, path: Path | str, visited: set[yaml.Node | None]) -> None:
    # An alias is the node that it stands for, which may hold itself.
    if node in visited:
        return
    visited.add(node)
    if isinstance(node, yaml.MappingNode):
        seen: set[Any] = set()
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
