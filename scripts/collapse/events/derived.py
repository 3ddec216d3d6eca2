"""Columns computed from the features, of real and of generated events by the same formula.

They are measured and drawn as features are, and no network ever sees them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from collapse.errors import InputError
from collapse.events.expressions import Expression, parse, suggest

if TYPE_CHECKING:
    import numpy as np

    from collapse.events.store import Events

# Rows that are computed at a time, and up to which a table is computed at once.
_CHUNK, _HELD = 100_000, 500_000

Parsed = dict[str, Expression]


def parse_over_features(text: str, where: str, names: Iterable[str]) -> Expression:
    """Parse an expression whose branches are features.

    Args:
        text: The expression.
        where: Its place in the config.
        names: The features' names, and those of derived columns that it may use.

    Raises:
        InputError: If it is malformed or uses what is not a feature.

    >>> sorted(parse_over_features("a - b", "evaluation.derived.x", ["a", "b"]).branches)
    ['a', 'b']
    """
    names = list(names)
    expression = parse(text, where, {})
    for name in sorted(expression.branches - {*names}):
        message = (
            f"{where}: {text!r} uses {name!r}, which is no feature. {suggest(name, names)} "
            "Branches and objects of the files are known to the dataset's features alone."
        )
        raise InputError(message)
    return expression


def parse_derived(derived: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> Parsed:
    """Parse the derived columns of a dataset: those whose features it has, in order.

    Args:
        derived: The config's `evaluation.derived`.
        names: The dataset's features.

    Returns:
        Name -> `Expression` over the features and the derived columns before it.

    Raises:
        InputError: If an expression is malformed.

    >>> list(parse_derived({"sum": {"expression": "x + y"}, "no": {"expression": "z"}}, ["x", "y"]))
    ['sum']
    """
    found: Parsed = {}
    for name, column in derived.items():
        expression = parse(column["expression"], f"evaluation.derived.{name}", {})
        if expression.branches <= {*names, *found}:
            found[name] = expression
    return found


def cuts_of(select: str | Mapping[str, str]) -> dict[str, str]:
    """Return the cuts that generated events must pass, by name.

    >>> cuts_of("pt > 3")
    {'select': 'pt > 3'}
    """
    return {"select": select} if isinstance(select, str) else dict(select)


def parse_select(name: str, text: str, names: Iterable[str]) -> Expression:
    """Parse a cut of `generated.select` over features and derived columns."""
    where = "generated.select" if name == "select" else f"generated.select.{name}"
    return parse_over_features(text, where, names)


def derived_needed(
    select: str | Mapping[str, str], derived: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Return the derived columns that the cuts use, and those that these use.

    >>> derived_needed("y > 3", {n: {"expression": e} for n, e in [("y", "x + 1"), ("z", "x")]})
    {'y': {'expression': 'x + 1'}}
    """
    asked = [parse(text, "generated.select", {}) for text in cuts_of(select).values()]
    needed = {branch for expression in asked for branch in expression.branches}
    for name in reversed(list(derived)):
        if name in needed:
            needed |= parse(derived[name]["expression"], f"evaluation.derived.{name}", {}).branches
    return {name: column for name, column in derived.items() if name in needed}


def derived_names(derived: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Return the names of the columns that are measured: features, then derived ones."""
    return [*names, *parse_derived(derived, names)]


def append_derived(
    values: "np.ndarray", names: Sequence[str], derived: Mapping[str, Mapping[str, Any]]
) -> "np.ndarray":
    """Return events with their derived columns.

    Args:
        values: Features, float32, shape (n, d).
        names: Their names.
        derived: The config's `evaluation.derived`.

    Returns:
        float32, shape (n, d + k): `values` itself where nothing is derived. What can't be computed
        is not finite.
    """
    import numpy as np

    expressions = parse_derived(derived, names)
    if not expressions:
        return values
    out = np.empty((len(values), len(names) + len(expressions)), np.float32)
    for start in range(0, len(values), _CHUNK):
        rows = slice(start, start + _CHUNK)
        part = np.asarray(values[rows], np.float32)
        found = compute_columns(part, names, expressions)
        with np.errstate(over="ignore"):
            out[rows] = np.column_stack([part, *found.values()])
    return out


def compute_columns(
    values: "np.ndarray", names: Sequence[str], expressions: Parsed
) -> dict[str, "np.ndarray"]:
    """Return name -> values, float64 (n,), of expressions over features and those before them."""
    from collapse.events.compute import Table

    columns = {name: values[:, i].astype(float) for i, name in enumerate(names)}
    table = Table(columns, len(values), {}, "the events")
    found = {}
    for name, expression in expressions.items():
        found[name] = columns[name] = table.values(expression)
    return found


def derive(table: "Events", derived: Mapping[str, Mapping[str, Any]]) -> "Events":
    """Return a table of events with their derived columns after the features.

    Args:
        table: `Events`. Of a large one, rows are computed when they are taken.
        derived: The config's `evaluation.derived`.

    Raises:
        InputError: If a column can't be computed for every event looked at.
    """
    names = derived_names(derived, table.names)
    if len(names) == len(table.names):
        return table
    values: Any = _Rows(table.values, table.names, derived)
    if len(values) <= _HELD:
        values = values[()]
    return replace(table, values=values, features=tuple(names))


class _Rows:
    """Real events whose derived columns are computed as rows are taken; a slice takes none."""

    def __init__(
        self, values: "np.ndarray", names: Sequence[str], derived: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._values, self._names, self._derived = values, list(names), derived
        self._all = derived_names(derived, names)
        self.shape, self.dtype = (len(values), len(self._all)), values.dtype

    def __len__(self) -> int:
        return len(self._values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> "np.ndarray":
        return self[()].astype(dtype or self.dtype)

    def __getitem__(self, rows: Any) -> Any:
        import numpy as np

        if isinstance(rows, slice):
            return _Rows(self._values[rows], self._names, self._derived)
        if isinstance(rows, tuple) and rows:
            return np.asarray(self[rows[0]])[:, *rows[1:]]
        found = append_derived(np.atleast_2d(self._values[rows]), self._names, self._derived)
        bad = ~np.isfinite(found).all(axis=0)
        if bad.any():
            first = int(np.argmax(bad))
            name = self._all[first]
            lost = int(np.sum(~np.isfinite(found[:, first])))
            message = (
                f"evaluation.derived.{name}: {self._derived[name]['expression']!r} gives no finite "
                f"number for {lost} of {len(found)} real events. Say what it is for these too, as "
                "by where(condition, a, b), or cut them out in the dataset's selection."
            )
            raise InputError(message)
        return found
