"""Compute parsed expressions on a chunk of events.

Conventions:

- arithmetic is in float64 whatever the branches are stored in, so that small unsigned integers
  don't wrap and four-vectors lose nothing more than their storage lost;
- an object or entry that an event doesn't have is NaN, and any comparison with NaN is false, `!=`
  too: such an event fails the cut;
- objects are in descending order of `order_by`, NaN last, equal ones as they are stored;
- the mass of a four-vector with E < p, which rounding to float32 gives, is minus sqrt(p^2 - E^2),
  as in scikit-hep's `vector` and in ROOT. It passes unless a cut asks for mass > 0.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import awkward as ak
import numpy as np
import vector

from collapse.errors import InputError
from collapse.events import openings
from collapse.events.expressions import FUNCTIONS, Expression, four_vector, parse_select
from collapse.events.jagged import Column, Jagged
from collapse.events.kinematics import columns, helicity_angles, two_body


def _truth(values: np.ndarray) -> np.ndarray:
    return values if values.dtype == bool else (values != 0) & (values == values)


def _delta_phi(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first - second + np.pi) % (2 * np.pi) - np.pi


def _delta_r(eta1: np.ndarray, phi1: np.ndarray, eta2: np.ndarray, phi2: np.ndarray) -> np.ndarray:
    return np.hypot(eta1 - eta2, _delta_phi(phi1, phi2))


_REAL: dict[str, Callable[..., np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.mod,
    "**": np.power,
    "abs": np.abs,
    "arctan2": np.arctan2,
    "delta_phi": _delta_phi,
    "delta_r": _delta_r,
    **{
        name: getattr(np, name)
        for name in (
            *("sqrt", "exp", "log", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
            *("arcsin", "arccos", "arctan", "arcsinh", "minimum", "maximum", "floor", "ceil"),
            "sign",
        )
    },
    **{name: getattr(openings, name) for name in FUNCTIONS if name.startswith("opening_")},
}
_COMPARE: dict[str, Callable[..., np.ndarray]] = {
    "==": np.equal,
    "!=": lambda a, b: (a != b) & (a == a) & (b == b),
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_MOST_PAIRS = 1 << 20  # in memory at once
_BITS = {"&": np.bitwise_and, "|": np.bitwise_or}


class Table:
    """Some events of a chunk and the values of expressions on them.

    Args:
        columns: Branch -> array (n,) or `Jagged`, all of the same n.
        length: The number of events n.
        objects: The dataset's objects: name -> key -> branch or setting.
        origin: Where the events come from, for messages.
    """

    def __init__(
        self, columns: Mapping[str, Column], length: int, objects: Mapping[str, Mapping[str, Any]],
        origin: str
    ) -> None:  # fmt: skip
        self.columns, self.objects, self.origin = columns, objects, origin
        self.rows = np.arange(length)
        self._length = length
        self._orders: dict[str, Jagged] = {}
        self._known: dict[tuple, Any] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, mask: np.ndarray) -> "Table":
        """Return the table of the events where `mask`, bool (n,), is true."""
        table = Table(self.columns, 0, self.objects, self.origin)
        table.rows, table._length = self.rows[mask], self._length
        table._orders = self._orders  # of all events of the chunk, so still right
        return table

    def values(self, expression: Expression) -> np.ndarray:
        """Return an expression's values, float64 (n,); infinite or NaN where there is none.

        Raises:
            InputError: If it gives lists rather than numbers, or its branches don't fit together.
        """
        values = np.broadcast_to(self._flat(expression), len(self))
        with np.errstate(invalid="ignore"):  # signalling NaNs in damaged files
            return values.astype(np.float64)

    def lacking(self, expression: Expression) -> np.ndarray:
        """Return where an event has no such entry or object as an expression takes, bool (n,)."""
        return self._lacking(expression.node)

    def _lacking(self, node: tuple) -> np.ndarray:
        lacking = np.zeros(len(self), bool)
        if node[0] == "item":
            lists, rows = self._lists_of(node[1])
            lacking |= ~_present(lists.counts[rows], node[2])
        elif node[0] in ("member", "vector"):
            lacking |= ~_present(self._order(node[1]).counts[self.rows], node[2])
        for part in node[1:]:
            if isinstance(part, tuple):
                lacking |= self._lacking(part)
        return lacking

    def mask(self, expression: Expression) -> np.ndarray:
        """Return where an expression holds, bool (n,).

        Raises:
            InputError: As `values` does.
        """
        return np.broadcast_to(_truth(self._flat(expression)), len(self))

    def _flat(self, expression: Expression, *, lists: bool = False) -> Any:
        try:
            with np.errstate(all="ignore"):  # what is not finite is counted by the caller
                values = self._node(expression.node)
        except InputError as error:
            message = f"{expression.where}: {expression.text!r} in {self.origin}: {error}"
            raise InputError(message) from None
        if isinstance(values, Jagged) and lists:
            return values
        if isinstance(values, Jagged):
            message = (
                f"{expression.where}: {expression.text!r} gives a list per event in {self.origin},"
                " expected a number. Take an entry, as in Muon_pt[0], or sum(...) or count(...)."
            )
            raise InputError(message)
        return np.asarray(values)

    def _node(self, node: tuple) -> Any:
        if node[0] == "number":
            # Whole numbers in their smallest type: uint64 and int64 have none in common.
            whole = isinstance(node[1], int)
            return np.asarray(node[1], np.min_scalar_type(node[1]) if whole else np.float64)
        if node not in self._known:
            self._known[node] = getattr(self, f"_{node[0]}")(*node[1:])
        return self._known[node]

    def _branch(self, name: str) -> Column:
        column = self.columns[name]
        return column.take(self.rows) if isinstance(column, Jagged) else column[self.rows]

    def _lists(self, name: str) -> Jagged:
        column = self.columns[name]
        if not isinstance(column, Jagged):
            message = (
                f"branch {name} has one number per event, expected a list."
                " Use its name without brackets (in HDF5, lists need the object's `counter`)."
            )
            raise InputError(message)
        return column

    def _lists_of(self, node: tuple) -> tuple[Jagged, np.ndarray]:
        """Return lists and which of them are this table's; a branch's without copying them."""
        if node[0] == "branch":
            return self._lists(node[1]), self.rows
        lists = self._node(node)
        if not isinstance(lists, Jagged):
            message = "an entry is taken of one number per event. Leave its brackets out."
            raise InputError(message)
        return lists, np.arange(len(self))

    def _item(self, node: tuple, index: int) -> Column:
        lists, rows = self._lists_of(node)
        if lists.width is not None and not -lists.width <= index < lists.width:
            message = f"there are {lists.width} entries in each event, so that none is [{index}]."
            raise InputError(message)
        return _pick(lists, rows, index)

    def _mask(self, node: tuple, condition: tuple) -> Jagged:
        lists, kept = self._node(node), self._node(condition)
        if not isinstance(lists, Jagged) or not isinstance(kept, Jagged):
            message = "what is masked, and its mask, must have a list per event."
            raise InputError(message)
        if not np.array_equal(lists.counts, kept.counts):
            message = "a mask has another number of entries than what is masked."
            raise InputError(message)
        if kept.numbers.dtype != bool:
            message = (
                "a mask needs a comparison or a boolean branch, such as Muon_id > 0. Entries at"
                " the places that another branch names can't be taken."
            )
            raise InputError(message)
        return lists.where(kept.numbers)

    def _member(self, name: str, index: int, key: str) -> np.ndarray:
        order = self._order(name)
        values = self._aligned(self.objects[name][key], name).numbers
        return np.asarray(_pick(Jagged(values[order.numbers], order.counts), self.rows, index))

    def _all(self, name: str, key: str) -> Jagged:
        """Return a key or property of all objects, in their order."""
        order = self._order(name)
        return Jagged(self._values_of(name, key)[order.numbers], order.counts).take(self.rows)

    def _each(self, name: str, key: str) -> Jagged:
        """Return a key or property of all objects as they are stored, before they are selected."""
        counts = self._counts(name)
        return Jagged(self._values_of(name, key), counts).take(self.rows)

    def _collection(self, name: str) -> Jagged:
        return self._order(name).take(self.rows)

    def _values_of(self, name: str, key: str) -> np.ndarray:
        """Return a key or property of all objects of the chunk, as they are stored."""
        branches = self.objects[name]
        if key in branches:
            return self._aligned(branches[key], name).numbers
        return np.asarray(getattr(self._stored_vector(name), key))

    def _stored_vector(self, name: str) -> Any:
        branches = self.objects[name]
        keys = four_vector(branches)
        return _vector({key: self._aligned(branches[key], name).numbers for key in keys})

    def _counts(self, name: str) -> np.ndarray:
        """Return how many objects each event of the chunk has before they are selected."""
        branches = self.objects[name]
        key = branches["order_by"]
        return self._lists(branches[key if key in branches else four_vector(branches)[0]]).counts

    def _aligned(self, branch: str, name: str) -> Jagged:
        lists = self._lists(branch)
        if not np.array_equal(lists.counts, self._counts(name)):
            message = (
                f"the branches of objects.{name} have different numbers of entries in one event,"
                f" first seen in {branch}. Check that they belong together."
            )
            raise InputError(message)
        return lists

    def _order(self, name: str) -> Jagged:
        """Return where the selected objects of all events of the chunk are stored, in order."""
        if name not in self._orders:
            branches, counts = self.objects[name], self._counts(name)
            values = self._values_of(name, branches["order_by"]).astype(np.float64)
            places = Jagged(np.arange(len(values)), counts)
            order = np.lexsort((-values, places.events))
            ordered = Jagged(order, counts)
            if selected := parse_select(name, self.objects):
                ordered = ordered.where(self._selected(selected, counts)[order])
            if "nearest" in branches:
                ordered = self._pair(name, ordered)
            self._orders[name] = ordered
        return self._orders[name]

    def _selected(self, select: Expression, counts: np.ndarray) -> np.ndarray:
        """Return which of all stored objects of the chunk pass, bool (sum of counts,)."""
        chunk = Table(self.columns, self._length, self.objects, self.origin)
        values = chunk._flat(select, lists=True)
        if not isinstance(values, Jagged):
            return np.repeat(np.broadcast_to(_truth(values), self._length), counts)
        if not np.array_equal(values.counts, counts):
            message = (
                f"{select.where}: {select.text!r} in {self.origin}: has other numbers of entries "
                "than the objects. Use branches of the same objects."
            )
            raise InputError(message)
        return _truth(values.numbers)

    def _pair(self, name: str, ordered: Jagged) -> Jagged:
        """Keep of each event the two objects whose mass together is nearest to the given one."""
        sizes = ordered.counts * (ordered.counts - 1) // 2
        blocks = np.cumsum(sizes) // _MOST_PAIRS
        parts = [
            self._pair_block(name, ordered.take(np.flatnonzero(blocks == block)))
            for block in np.unique(blocks)
        ]
        if not parts:
            return ordered
        return Jagged(
            np.concatenate([part.numbers for part in parts]),
            np.concatenate([part.counts for part in parts]),
        )

    def _pair_block(self, name: str, ordered: Jagged) -> Jagged:
        """Do the same for some events, whose pairs are all in memory at once."""
        branches = self.objects[name]
        local = ak.unflatten(np.arange(len(ordered.numbers)), ordered.counts)
        first, second = ak.unzip(ak.combinations(local, 2))
        pairs, n = ak.num(first), len(ordered.counts)
        first, second = (ak.to_numpy(ak.flatten(side)) for side in (first, second))
        vectors = self._stored_vector(name)[ordered.numbers]
        distance = np.abs((vectors[first] + vectors[second]).mass - branches["nearest"])
        if "opposite" in branches:
            signs = self._values_of(name, branches["opposite"])[ordered.numbers].astype(np.float64)
            distance = np.where(signs[first] * signs[second] < 0, distance, np.inf)
        distance = np.where(np.isnan(distance), np.inf, distance)
        event = np.repeat(np.arange(n), ak.to_numpy(pairs))
        best = np.full(n, np.inf)
        np.minimum.at(best, event, distance)
        # The first of equal ones, as in the order of the objects.
        hits = np.flatnonzero((distance == best[event]) & np.isfinite(distance))
        events, at = np.unique(event[hits], return_index=True)
        chosen = hits[at]
        counts = np.zeros(n, np.int64)
        counts[events] = 2
        places = np.column_stack([first[chosen], second[chosen]]).reshape(-1)
        return Jagged(ordered.numbers[places], counts)

    def _vector(self, name: str, index: int) -> Any:
        keys = four_vector(self.objects[name])
        return _vector({key: self._node(("member", name, index, key)) for key in keys})

    def _made(self, keys: str, *nodes: tuple) -> Any:
        values = columns([self._node(node) for node in nodes], len(self))
        return _vector(dict(zip(keys.split(","), values, strict=True)))

    def _daughter(self, index: int, *nodes: tuple) -> Any:
        return self._node(("two_body", *nodes))[index]

    def _two_body(self, *nodes: tuple) -> tuple[Any, Any]:
        values = columns([self._node(node) for node in nodes], len(self))
        return two_body(*values)

    def _helicity(self, name: str, *nodes: tuple) -> np.ndarray:
        cos_theta, phi = helicity_angles(*(self._node(node) for node in nodes))
        return np.asarray(cos_theta if name == "helicity_cos_theta" else phi)

    def _vector_sum(self, left: tuple, right: tuple) -> Any:
        return self._node(left) + self._node(right)

    def _property(self, node: tuple, name: str) -> np.ndarray:
        return np.asarray(getattr(self._node(node), name))

    def _apply(self, function: Callable[..., np.ndarray], *nodes: tuple) -> Column:
        """Compute a function of numbers or lists; numbers count for each entry of the lists."""
        values = [self._node(node) for node in nodes]
        lists = [value for value in values if isinstance(value, Jagged)]
        if not lists:
            return function(*values)
        counts = lists[0].counts
        if any(not np.array_equal(other.counts, counts) for other in lists[1:]):
            message = "its branches have different numbers of entries in one event."
            raise InputError(message)
        parts = [
            value.numbers
            if isinstance(value, Jagged)
            else (np.repeat(value, counts) if value.ndim else value)
            for value in values
        ]
        return Jagged(function(*parts), counts)

    def _real(self, function: Callable[..., np.ndarray], *nodes: tuple) -> Column:
        return self._apply(lambda *v: function(*(x.astype(np.float64) for x in v)), *nodes)

    def _binary(self, symbol: str, left: tuple, right: tuple) -> Column:
        if symbol not in _BITS:
            return self._real(_REAL[symbol], left, right)
        try:
            return self._apply(_BITS[symbol], left, right)
        except (TypeError, OverflowError):
            message = (
                f"{symbol} needs whole numbers or comparisons on both sides."
                f" Put comparisons in parentheses: (a > 1) {symbol} (b > 2)."
            )
            raise InputError(message) from None

    def _unary(self, symbol: str, operand: tuple) -> Column:
        if symbol in ("not", "~"):
            return self._apply(self._flip if symbol == "~" else lambda v: ~_truth(v), operand)
        return self._real(np.negative if symbol == "-" else np.positive, operand)

    @staticmethod
    def _flip(values: np.ndarray) -> np.ndarray:
        # The bits of 1 flipped are still "true", so that ~trigger would pass all events.
        if values.dtype != bool:
            message = "~ needs a comparison or a boolean branch. Write `not`."
            raise InputError(message)
        return ~values

    def _logic(self, symbol: str, *nodes: tuple) -> Column:
        combine = np.logical_and if symbol == "and" else np.logical_or
        return self._apply(lambda *v: reduce(combine, map(_truth, v)), *nodes)

    def _compare(self, symbol: str, left: tuple, right: tuple) -> Column:
        def compare(*values: np.ndarray) -> np.ndarray:
            # A float32 branch equals 0.1 in no event, or does by chance, unless both are widened.
            wide = (v.astype(np.float64) if v.dtype.kind == "f" else v for v in values)
            return _COMPARE[symbol](*wide)

        return self._apply(compare, left, right)

    def _call(self, name: str, *nodes: tuple) -> Column:
        if name == "where":
            return self._apply(
                lambda c, a, b: np.where(_truth(c), a.astype(np.float64), b.astype(np.float64)),
                *nodes,
            )
        if name not in ("count", "sum"):
            return self._real(_REAL[name], *nodes)
        value = self._node(nodes[0])
        if not isinstance(value, Jagged):
            message = f"{name}() needs a list per event, and this is one number. Leave it out."
            raise InputError(message)
        return value.counts if name == "count" else value.sum()


def _present(counts: np.ndarray, index: int) -> np.ndarray:
    """Return which lists have an entry at `index`, counted from the end if it is negative."""
    return counts > (index if index >= 0 else -index - 1)


def _pick(lists: Jagged, rows: np.ndarray, index: int) -> Column:
    """Return the entry of some lists at `index`, float64 (n,); NaN where there is none.

    Of lists of lists it is a list, empty where there is none.
    """
    counts = lists.counts[rows]
    present = _present(counts, index)
    where = (lists.starts[rows] + (index if index >= 0 else counts + index))[present]
    if isinstance(lists.content, Jagged):
        inner = lists.content.take(where)
        sizes = np.zeros(len(rows), np.int64)
        sizes[present] = inner.counts
        return Jagged(inner.content, sizes)
    values = np.full(len(rows), np.nan)
    values[present] = lists.content[where]
    return values


def _vector(parts: Mapping[str, np.ndarray]) -> Any:
    return vector.array({key: values.astype(np.float64) for key, values in parts.items()})
