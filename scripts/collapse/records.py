"""Tables whose rows are records: the fields of a dataclass are the columns, in order."""

import math
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from collapse.files import read_csv, write_csv

Record = TypeVar("Record")

_READERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: lambda cell: float(cell or "nan"),
    bool: lambda cell: cell == "True",
}


def write_records(path: Path | str, kind: type, records: Iterable[Any]) -> None:
    """Write records as a CSV table.

    What is None or NaN is an empty cell; the parts of a tuple are separated by spaces.

    Args:
        path: Where the table goes.
        kind: The dataclass, whose columns there are even without records.
        records: Its instances.
    """
    names = [field.name for field in fields(kind)]
    rows = [[_cell(getattr(record, name)) for name in names] for record in records]
    write_csv(path, names, rows)


def read_records(path: Path | str, kind: type[Record]) -> list[Record]:
    """Read a CSV table whose columns have the types of a dataclass's fields.

    Args:
        path: The table.
        kind: The dataclass, of fields of the types `str`, `int`, `float` and `bool`. Of a union the
            first counts. Columns that it doesn't have are left out.

    Returns:
        A record for each row. An empty cell is None where the field can be, and NaN in a column of
        floats.
    """
    readers = {name: _reader(hint) for name, hint in get_type_hints(kind).items()}
    return [
        kind(**{name: read(row[name]) for name, read in readers.items()}) for row in read_csv(path)
    ]


def _reader(hint: Any) -> Callable[[str], Any]:
    first, *others = get_args(hint) or (hint,)
    read = _READERS[first]
    return (lambda cell: read(cell) if cell else None) if NoneType in others else read


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else value
