"""Which files a dataset names: `file.root:path/to/tree`, globs and URLs.

Only the standard library is imported, since the Snakefile calls this while it is parsed.
"""

import glob
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from collapse.errors import InputError

# One specification of a file, or a list of them, as in the config.
Files = str | Sequence[str]

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/]*", re.IGNORECASE)
# Where no file tells, a colon splits off a tree only after a known suffix or a star: folders may
# hold colons too.
_INSIDE = re.compile(
    r"(?P<path>.+?(?:\.(?:root|hdf5|hdf|he5|h5|mat|nxs)(?:\.\d+)?|\*)):(?P<inside>.+)",
    re.IGNORECASE,
)


def is_url(path: str) -> bool:
    """Whether `path` is a URL rather than a local path.

    >>> is_url("root://eospublic.cern.ch//eos/a.root"), is_url("data/a.root")
    (True, False)
    """
    return _URL.match(path) is not None


def split_spec(spec: str) -> tuple[str, str]:
    """Split a file's specification into the file and what is named inside it.

    A file that is there decides where it ends, whatever its name or that of the tree holds.

    Returns:
        Path or URL, and the path of the tree, table or group inside, empty where none is named.

    >>> split_spec("data/*.root:dir/Events")
    ('data/*.root', 'dir/Events')
    >>> split_spec("https://host:1094/a.root")
    ('https://host:1094/a.root', '')
    """
    server = _URL.match(spec)
    head, tail = (spec[: server.end()], spec[server.end() :]) if server else ("", spec)
    places = [] if server else [i for i, character in enumerate(spec) if character == ":"]
    for place in places:
        if Path(spec[:place]).is_file() and spec[place + 1 :]:
            return spec[:place], spec[place + 1 :]
    match = None if not server and Path(spec).exists() else _INSIDE.fullmatch(tail)
    if match is None:
        return spec, ""
    return head + match["path"], match["inside"]


def _as_list(files: Files) -> list[str]:
    return [files] if isinstance(files, str) else list(files)


def _expand(path: str) -> list[str]:
    """Return what a local path or glob stands for, sorted; empty if a glob matches nothing."""
    if Path(path).exists() or not any(character in path for character in "*?["):
        return [path]
    return sorted(glob.glob(path, recursive=True))  # noqa: PTH207, Path.glob refuses absolute ones


def local_inputs(files: Files) -> list[str]:
    """List the local files of a dataset, for a rule's `input`.

    Args:
        files: One specification or a list of them, as in the config.

    Returns:
        Paths without what is named inside them, each once; URLs are left out. Missing files and
        globs without a match stay as they are, so that the error shows what was asked for.

    >>> local_inputs(["root://host//a.root:Events", "no/such.root:Events", "no/such.root:Runs"])
    ['no/such.root']
    """
    paths = [split_spec(spec)[0] for spec in _as_list(files)]
    found = [p for path in paths if not is_url(path) for p in _expand(path) or [path]]
    return list(dict.fromkeys(found))


def simulated_files(study: Mapping[str, Any]) -> set[str]:
    """Return the files that the workflow makes itself.

    >>> simulated_files({"study": "grid", "simulations": {"ring": {}}})
    {'results/grid/simulations/ring.root'}
    """
    return {f"results/{study['study']}/simulations/{name}.root" for name in study["simulations"]}


def resolve_files(files: Files) -> list[tuple[str, str]]:
    """List the files that a dataset reads, in order.

    Args:
        files: One specification or a list of them, as in the config.

    Returns:
        Pairs of path or URL and what is named inside it.

    Raises:
        InputError: If a glob matches nothing, a URL is a glob, or a file is given twice.
    """
    pairs: list[tuple[str, str]] = []
    for spec in _as_list(files):
        path, inside = split_spec(spec)
        if is_url(path) and "*" in path:
            message = f"files: {spec} is a pattern in a URL, which can't be listed. Give each URL."
            raise InputError(message)
        found = [path] if is_url(path) else _expand(path)
        if not found:
            message = (
                f"files: expected files, received the pattern {spec}, which matches none"
                f" in {Path.cwd()}. Correct the pattern or fetch the files first."
            )
            raise InputError(message)
        pairs += [(each, inside) for each in found]
    seen = set()
    for path, inside in pairs:
        key = (path if is_url(path) else str(Path(path).resolve()), inside)
        if key in seen:
            message = f"files: {path} is given twice, so its events would count twice. Remove one."
            raise InputError(message)
        seen.add(key)
    return pairs
