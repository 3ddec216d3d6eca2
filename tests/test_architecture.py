"""That the library is built as docs/architecture.md says."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "scripts" / "collapse"
TEXT = (ROOT / "docs" / "architecture.md").read_text()
FLOORS = {
    room: int(floor)
    for floor, rooms in re.findall(r"^\| (\d) \| (.*?) \|", TEXT, re.M)
    for room in re.findall(r"`(\w+)`", rooms)
}
HOMES = {
    "tensorflow": "gan", "keras": "gan", "uproot": "events", "awkward": "events",
    "vector": "events", "matplotlib": "figures", "snakemake": None,
}  # fmt: skip
MODULES = sorted(path for path in LIBRARY.rglob("*.py") if path.parent != LIBRARY.parent)


def room_of(path):
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imported(path):
    """List the dotted names that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_is_listed():
    assert {room_of(path) for path in MODULES} - {"__init__"} == set(FLOORS)


def test_imports_go_down_and_heavy_packages_have_one_home():
    for path in MODULES:
        room = room_of(path)
        for name in imported(path):
            package, *rest = name.split(".")
            if package == LIBRARY.name:
                below = FLOORS[rest[0]] == 0 or FLOORS[rest[0]] < FLOORS[room]
                assert below or rest[0] == room, f"{path} imports {name}"
            elif package in HOMES:
                assert HOMES[package] == room, f"{path} imports {name}"
