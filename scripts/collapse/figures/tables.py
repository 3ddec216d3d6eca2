"""Tables as figures read them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from collapse.files import read_csv

Row = dict[str, Any]
# The config's names, which stay texts even if they could be numbers.
_NAMES = {"dataset", "recipe", "base", "metric", "feature"}


def read_table(path: Path | str) -> list[Row]:
    """Read a CSV table, each column as what all its cells are.

    They are ints, truths or floats, where an empty cell is NaN; if not, or if they are names, they
    stay texts.
    """
    rows = read_csv(path)
    columns = {name: _column(name, [row[name] for row in rows]) for name in (rows or [{}])[0]}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _column(name: str, cells: list[str]) -> list[Any]:
    """Return the cells as the first kind that all are.

    >>> _column("a", ["1", "2"]), _column("a", ["1", ""]), _column("a", ["1", "", "b"])
    ([1, 2], [1.0, nan], ['1', '', 'b'])
    """
    if name not in _NAMES:
        for kind in (int, _truth, _number):
            try:
                return list(map(kind, cells))
            except (KeyError, ValueError):
                continue
    return cells


_truth: Callable[[str], bool] = {"True": True, "False": False}.__getitem__


def _number(cell: str) -> float:
    return float(cell or "nan")
