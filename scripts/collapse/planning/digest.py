"""Digests of code, so that an edit reruns exactly the stages whose code it is."""

import ast
import hashlib
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]


def code_digest(*paths: Path | str) -> str:
    """Digest scripts and all modules of this package that they import, directly or not.

    Comments, formatting and docstrings don't count: the digest is over the syntax trees, and the
    same on every supported Python. Imports inside functions count as well, since they are that
    function's code.

    Args:
        *paths: The script, and files that it loads by name.

    Returns:
        A hexadecimal string of 16 characters.
    """
    todo, seen = [Path(path) for path in paths], set[Path]()
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo.extend(_parsed(file)[1])
    # By digest, not by path: a checkout elsewhere is the same code.
    trees = sorted(_parsed(file)[0] for file in seen)
    return hashlib.sha256("".join(trees).encode()).hexdigest()[:16]


def file_digest(path: Path | str) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@cache
def _parsed(file: Path) -> tuple[str, list[Path]]:
    """Digest one file's tree and list the package's files that it imports."""
    tree = ast.parse(file.read_text(), filename=str(file))
    imports: set[tuple[Path, ...]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update(_module_files(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports.add(_module_files(node.module))
            imports.update(_module_files(f"{node.module}.{alias.name}") for alias in node.names)
        _drop_docstring(node)
    name = file.relative_to(PACKAGE.parent) if file.is_relative_to(PACKAGE.parent) else file.name
    digest = hashlib.sha256(f"{name} {dump(tree)}".encode()).hexdigest()
    return digest, [found for files in imports for found in files]


def dump(node: Any) -> str:
    """Return a syntax tree as text that does not depend on Python's minor version.

    `ast.dump` does: newer versions have fields more, and split or join the constants of an f-string
    in other places. Empty fields are left out here, and neighbouring constants joined.

    >>> dump(ast.parse("f(1)").body[0].value)
    "Call(func=Name(id='f' ctx=Load()) args=[Constant(value=1)])"
    """
    if isinstance(node, list):
        return f"[{' '.join(map(dump, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = dict(ast.iter_fields(node))
    if isinstance(node, ast.JoinedStr):
        fields["values"] = _join_constants(node.values)
    kept = [
        f"{name}={dump(value)}"
        for name, value in fields.items()
        if value not in (None, []) or (isinstance(node, ast.Constant) and name == "value")
    ]
    return f"{type(node).__name__}({' '.join(kept)})"


def _join_constants(values: list[Any]) -> list[ast.expr]:
    joined: list[ast.expr] = []
    for constant, parts in groupby(values, key=lambda value: isinstance(value, ast.Constant)):
        if not constant:
            joined += parts
        elif text := "".join(part.value for part in parts):  # 3.12 ends some with an empty one
            joined.append(ast.Constant(text))
    return joined


def _module_files(name: str) -> tuple[Path, ...]:
    """List the files that importing the module `name` runs, if it is of this package."""
    first, *rest = name.split(".")
    if first != PACKAGE.name:
        return ()
    folders = [PACKAGE.joinpath(*rest[:depth]) for depth in range(len(rest) + 1)]
    files = [folder / "__init__.py" for folder in folders] + [folders[-1].with_suffix(".py")]
    return tuple(file for file in files if file != PACKAGE.with_suffix(".py") and file.is_file())


def _drop_docstring(node: ast.AST) -> None:
    holders = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:]
