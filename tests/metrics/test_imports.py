"""Metrics and the preflight are functions of arrays: they know no file, no study and no rule."""

import ast

import pytest

ALLOWED = {
    "metrics": {"errors", "metrics", "mixture"},
    # Of the events only what tells samples from elsewhere, by their recipe; of the GANs what tricks
    # declare, without TensorFlow.
    "preflight": {"events.external", "gan.registry", "metrics", "preflight"},
}


def imported(file):
    """Yield what a module imports of this package, also inside functions."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: by its full name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_what_it_may_and_no_more(room, root):
    files = sorted((root / "scripts/collapse" / room).glob("*.py"))
    assert len(files) > 4
    for file in files:
        for name in imported(file):
            package, _, module = name.partition(".")
            within = any(f"{module}.".startswith(f"{allowed}.") for allowed in ALLOWED[room])
            assert package != "collapse" or within, f"{file.name} imports {name}"


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_opens_no_file(room, root):
    """Nor by another package's hand."""
    readers = {"csv", "h5py", "io", "json", "os", "pathlib", "shutil", "snakemake", "yaml"}
    for file in (root / "scripts/collapse" / room).glob("*.py"):
        tree = ast.parse(file.read_text())
        assert not readers & {name.partition(".")[0] for name in imported(file)}, file
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert "open" not in names, file
