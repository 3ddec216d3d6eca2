"""Reading ROOT: TTrees and RNTuples.

Flat branches, lists (jagged, STL vectors, fixed arrays), lists of lists, and leaf lists, whose
leaves are named `branch.leaf`.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, NoReturn, Self, TypeVar

import awkward as ak
import numpy as np
import uproot

from collapse.errors import InputError, NoEventsError
from collapse.events import remote
from collapse.events.expressions import suggest
from collapse.events.jagged import Column, Jagged, fixed_lists

_TREES = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
_OBJECTS = (
    uproot.interpretation.objects.CannotBeAwkward,
    uproot.interpretation.identify.UnknownInterpretation,
)

_MOST_AXES = 3

T = TypeVar("T")


class RootSource:
    """A TTree or RNTuple.

    Args:
        path: What to call the file.
        file: The file, opened by uproot.
        inside: The tree's name; empty to take the only one.
    """

    note = ""

    def __init__(self, path: str, file: Any, inside: str) -> None:
        self.path = path
        self.tree = self._find(file, inside)
        self.places: dict[str, tuple[str, str | None]] = {}
        self.broken: dict[str, str] = {}
        for name, branch in self.tree.iteritems():
            try:
                self.places |= self._places(name, branch)
            except Exception as error:  # of one branch; the others are as good as ever
                self.broken[name] = remote.cause_of(error)

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of all branches, leaves as `branch.leaf`."""
        return tuple(self.places)

    @property
    def empty(self) -> bool:
        """Whether there are no events at all."""
        return self.length(()) == 0

    @staticmethod
    def _places(name: str, branch: Any) -> dict[str, tuple[str, str | None]]:
        """Return the branch, and the leaves of a leaf list."""
        fields: Sequence[str] = ()
        # Interpretations are costly with a thousand branches, so only leaf lists are asked.
        if isinstance(branch, uproot.TBranch) and len(branch.member("fLeaves")) > 1:
            fields = getattr(branch.interpretation, "to_dtype", np.dtype(float)).names or ()
        return {name: (name, None)} | {f"{name}.{field}": (name, field) for field in fields}

    def _find(self, file: Any, inside: str) -> Any:
        newest: dict[str, int] = {}
        for key, kind in file.classnames(recursive=True, cycle=True).items():
            name, _, cycle = key.rpartition(";")
            if kind in _TREES:
                newest[name] = max(newest.get(name, 0), int(cycle))
        if not newest:
            kinds = ", ".join(sorted(set(file.classnames().values())))
            others = f", only {kinds}" if kinds else " nor anything else"
            message = f"{self.path} holds no tree or RNTuple{others}."
            raise NoEventsError(message)
        if inside:
            if inside.partition(";")[0].strip("/") not in newest:
                hint = suggest(inside, newest)
                message = f"{self.path} holds no tree or RNTuple called {inside}. {hint}"
                raise InputError(message)
            return file[inside]
        if len(newest) > 1:
            names = ", ".join(newest)
            message = (
                f"{self.path} holds several trees: {names}."
                f" Name one as {self.path}:{next(iter(newest))}."
            )
            raise InputError(message)
        return file[";".join(map(str, *newest.items()))]

    def length(self, names: Sequence[str]) -> int:
        """Return how many events there are."""
        entries = self.tree.num_entries
        # Trees of old store it as a double.
        if not 0 <= entries < 2**63 or entries != int(entries):
            message = f"its number of entries is {entries}"
            raise ValueError(message)
        return int(entries)

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Column]:
        """Return branches of the events from `start` to `stop`."""
        return {name: self._column(name, start, stop) for name in names}

    def _column(self, name: str, start: int, stop: int) -> Column:
        branch, field = self.places[name]
        try:
            array = self.tree[branch].array(entry_start=start, entry_stop=stop, library="ak")
        except Exception as error:
            if isinstance(error, _OBJECTS) or isinstance(error.__context__, _OBJECTS):
                self._refuse(name, self.tree[branch].typename)
            self._fail(name, error, start, stop)
        column = _from_awkward(array if field is None else array[field])
        if column is None:
            self._refuse(name, array.type.content)
        return column

    def _fail(self, name: str, error: Exception, start: int, stop: int) -> NoReturn:
        """Say which branch it is, and whether its bytes are there at all."""
        branch = self.tree[self.places[name][0]]
        if not _is_whole(branch, start, stop):
            message = f"branch {name}: {remote.cause_of(error)}"
            raise OSError(message) from error
        message = (
            f"{self.path}: branch {name} can't be interpreted ({remote.cause_of(error)}), as it is "
            "of a class or layout that isn't known here. Use another branch."
        )
        raise InputError(message) from error

    def _refuse(self, name: str, content: object) -> NoReturn:
        message = (
            f"{self.path}: branch {name} holds {content}, expected numbers or lists of numbers."
            " Use another branch."
        )
        raise InputError(message)


class RemoteSource:
    """A TTree or RNTuple of a URL, opened again whenever reading fails.

    Args:
        path: The URL.
        inside: The tree's name; empty to take the only one.
        retries: How often a failed reading is tried again.
    """

    note = ""

    def __init__(self, path: str, inside: str, retries: int) -> None:
        self.path, self._inside, self._retries = path, inside, retries
        self._source: RootSource | None = None
        self._stack = ExitStack()
        remote.set_up()

    def __enter__(self) -> Self:
        self._try(lambda source: source)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of all branches."""
        return self._try(lambda source: source.branches)

    @property
    def broken(self) -> dict[str, str]:
        """Why some branches can't be read."""
        return self._try(lambda source: source.broken)

    @property
    def empty(self) -> bool:
        """Whether there are no events at all."""
        return self._try(lambda source: source.empty)

    def length(self, names: Sequence[str]) -> int:
        """Return how many events there are."""
        return self._try(lambda source: source.length(names))

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Column]:
        """Return branches of the events from `start` to `stop`."""
        return self._try(lambda source: source.read(names, start, stop))

    def _try(self, action: Callable[[RootSource], T]) -> T:
        def attempt() -> T:
            try:
                if self._source is None:
                    file = uproot.open(self.path, object_cache=None, array_cache=None)
                    self._stack.enter_context(file)
                    self._source = RootSource(self.path, file, self._inside)
                return action(self._source)
            except Exception:
                self._source = None
                self._stack.close()
                raise

        return remote.retried(attempt, self._retries, self.path)


def _is_whole(branch: Any, start: int, stop: int) -> bool:
    """Whether the bytes of some events of a branch can be read and decompressed."""
    try:
        for i in range(getattr(branch, "num_baskets", 0)):
            first, last = branch.basket_entry_start_stop(i)
            if first < stop and last > start:
                branch.basket(i)
    except Exception:
        return False
    return True


def _from_awkward(array: Any) -> Column | None:
    """Return numbers, lists or lists of lists as array (n,) or `Jagged`, anything else as None."""
    return _from_layout(ak.to_layout(ak.to_packed(array)), 0)


def _from_layout(layout: Any, depth: int) -> Column | None:
    if layout.is_unknown:
        layout = layout.to_NumpyArray(np.float64)
    if isinstance(layout, ak.contents.NumpyArray):
        if layout.data.dtype.kind not in "biuf" or layout.data.ndim + depth > _MOST_AXES:
            return None
        return fixed_lists(layout.data)
    if not layout.is_list or layout.parameter("__array__") in ("string", "bytestring"):
        return None
    content = _from_layout(layout.content, depth + 1) if depth + 1 < _MOST_AXES else None
    if content is None:
        return None
    return Jagged(content, np.asarray(ak.num(layout, axis=1), np.int64))
