"""Reading ROOT: TTrees and RNTuples.

Flat branches, lists (jagged, STL vectors, fixed arrays) and leaf lists, whose leaves are named
`branch.leaf`.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, NoReturn, Self, TypeVar

import awkward as ak
import numpy as np
import uproot

from collapse.errors import InputError
from collapse.events import remote
from collapse.events.expressions import suggest
from collapse.events.jagged import Column, Jagged

_TREES = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
_OBJECTS = (
    uproot.interpretation.objects.CannotBeAwkward,
    uproot.interpretation.identify.UnknownInterpretation,
)

T = TypeVar("T")


class RootSource:
    """A TTree or RNTuple.

    Args:
        path: What to call the file.
        file: The file, opened by uproot.
        inside: The tree's name; empty to take the only one.
    """

    def __init__(self, path: str, file: Any, inside: str) -> None:
        self.path = path
        self.tree = self._find(file, inside)
        self.places: dict[str, tuple[str, str | None]] = {}
        for name, branch in self.tree.iteritems():
            self.places[name] = (name, None)
            # Interpretations are costly with a thousand branches, so only leaf lists are asked.
            if isinstance(branch, uproot.TBranch) and len(branch.member("fLeaves")) > 1:
                fields = getattr(branch.interpretation, "to_dtype", np.dtype(float)).names or ()
                self.places |= {f"{name}.{field}": (name, field) for field in fields}

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of all branches, leaves as `branch.leaf`."""
        return tuple(self.places)

    def _find(self, file: Any, inside: str) -> Any:
        newest: dict[str, int] = {}
        for key, kind in file.classnames(recursive=True, cycle=True).items():
            name, _, cycle = key.rpartition(";")
            if kind in _TREES:
                newest[name] = max(newest.get(name, 0), int(cycle))
        if inside:
            if inside.partition(";")[0].strip("/") not in newest:
                hint = suggest(inside, newest)
                message = f"{self.path} holds no tree or RNTuple called {inside}. {hint}"
                raise InputError(message)
            return file[inside]
        if not newest:
            kinds = ", ".join(sorted(set(file.classnames().values())))
            others = f", only {kinds}" if kinds else " nor anything else"
            message = f"{self.path} holds no tree or RNTuple{others}. Remove it from `files`."
            raise InputError(message)
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
        if self.tree.num_entries < 0:
            message = "a negative number of entries"
            raise ValueError(message)
        return self.tree.num_entries

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
            raise
        column = _from_awkward(array if field is None else array[field])
        if column is None:
            self._refuse(name, array.type.content)
        return column

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


def _from_awkward(array: Any) -> Column | None:
    """Return numbers or lists of numbers as array (n,) or `Jagged`, anything else as None."""
    layout = ak.to_layout(ak.to_packed(array))
    if isinstance(layout, ak.contents.NumpyArray) and layout.data.ndim == 1:
        return layout.data if layout.data.dtype.kind in "biuf" else None
    layout = layout.to_RegularArray() if isinstance(layout, ak.contents.NumpyArray) else layout
    if not layout.is_list or layout.parameter("__array__") in ("string", "bytestring"):
        return None
    content = layout.content
    if content.is_unknown:
        content = content.to_NumpyArray(np.float64)
    if not isinstance(content, ak.contents.NumpyArray) or content.data.ndim != 1:
        return None
    if content.data.dtype.kind not in "biuf":
        return None
    return Jagged(content.data, np.asarray(ak.num(layout, axis=1), np.int64))
