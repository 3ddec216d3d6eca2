"""Where in the config's files a message's key stands."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

_KEYS = re.compile(r"(?P<keys>[\w.+-]+)(?:, [^:]*)?: ")
_UNKNOWN = re.compile(r"unknown key '(?P<key>[^']+)'")


def placed(
    message: str, files: Sequence[Path | str], typed: Mapping[str, Any] | None = None
) -> str:
    """Put the file and the line before a message about the config that begins with its key.

    Args:
        message: Such as "recipes.mine.scaler: ...", a key before each colon.
        files: The config's files, later ones winning.
        typed: What `--config` has given, which wins over all files.
    """
    keys: list[str] = []
    rest = message
    while match := _KEYS.match(rest):
        keys += match["keys"].split(".")
        rest = rest[match.end() :]
    if unknown := _UNKNOWN.match(rest):
        keys.append(unknown["key"])
    if keys and keys[0] in (typed or {}):
        return f"--config: {message}"
    best: tuple[int, str] = (0, "")
    for file in files:
        depth, line = _deepest(file, keys)
        if depth and depth >= best[0]:
            best = depth, f"{_short(file)}, line {line}: "
    if not best[0] and files and message.startswith("the config: "):
        message = message.removeprefix("the config: ")
        return f"{', '.join(map(_short, files))}: {message}"
    return best[1] + message


def _short(file: Path | str) -> str:
    path = Path(file).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _deepest(file: Path | str, keys: Sequence[str]) -> tuple[int, int]:
    """Return how many of the keys lead into a YAML file, and the line of the last of them."""
    try:
        node = yaml.compose(Path(file).read_text(), yaml.SafeLoader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return 0, 0
    depth, line = 0, 0
    for key in keys:
        if isinstance(node, yaml.SequenceNode) and key.isdecimal() and int(key) < len(node.value):
            node = node.value[int(key)]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            found = [pair for pair in node.value if pair[0].value == key]
            if not found:
                break
            name, node = found[-1]
            line = name.start_mark.line + 1
        else:
            break
        depth += 1
    return depth, line
