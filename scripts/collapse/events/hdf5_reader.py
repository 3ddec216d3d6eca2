"""Reading HDF5: names are paths from the file's root, or from what is named after the colon.

`hdf5_layouts` says what is a branch. A dataset of two axes without names for its columns holds
lists of fixed length, one of three axes lists of lists, and a flat dataset with a counter lists of
varying length.
"""

import os
import signal
import warnings
from collections.abc import Mapping, Sequence
from typing import NoReturn

import h5py
import numpy as np

from collapse.errors import InputError
from collapse.events.expressions import suggest
from collapse.events.hdf5_layouts import Place, find_places, unnamed, with_filters
from collapse.events.jagged import Column, Jagged, fixed_lists

_PATIENCE = 30  # seconds to look into a file
_BLOCK = 1 << 20  # entries of a counter read at once
_MOST_AXES = 3


def probe(path: str, inside: str) -> None:
    """Look into an HDF5 file in a process of its own, since its library can hang on a damaged one.

    Raises:
        ValueError: If that process had to be stopped, or crashed.
    """
    with warnings.catch_warnings():
        # Python 3.12 warns of the threads of NumPy, which the new process doesn't use.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_PATIENCE)
            with h5py.File(path) as file:
                source = Hdf5Source(path, file, inside, {})
                places = source.places.values()
                for dataset in {place.dataset.name: place.dataset for place in places}.values():
                    if dataset.chunks:
                        # Walks the index by which the values are read.
                        dataset.id.get_num_chunks()
        finally:
            # What it finds wrong, this process finds again, with words.
            os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) < 0:
        message = "HDF5 hangs on it or crashes"
        raise ValueError(message)


class Hdf5Source:
    """Datasets below one group, or the columns of one table.

    Args:
        path: What to call the file.
        file: The file, open.
        inside: The group's or table's name; empty for the whole file.
        counters: Branch -> dataset that counts its entries per event, in the branch's group or by
            its full name.
        columns: The config's `columns`: names for the columns of matrices.

    Attributes:
        broken: Why some branches can't be read.
    """

    def __init__(
        self, path: str, file: h5py.File, inside: str, counters: Mapping[str, str],
        columns: Sequence[str] | Mapping[str, Sequence[str]] = (),
    ) -> None:  # fmt: skip
        self.path = path
        self._check_inside(file, inside)
        self.places, self.broken = find_places(file, inside, columns)
        self.counters = {k: self._beside(k, v) for k, v in counters.items() if k in self.places}
        # Counter -> (event, its first entry), as chunks come in order.
        self._positions: dict[str, tuple[int, int]] = {}

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of all branches."""
        return tuple(self.places)

    @property
    def empty(self) -> bool:
        """Whether there are no events at all."""
        unread = any("Error" in why or "pickle" in why for why in self.broken.values())
        return not unread and not any(place.length for place in self.places.values())

    @property
    def note(self) -> str:
        """What to know of its branches where one isn't there."""
        lost = [
            f" {name} can't be read: {why}." for name, why in self.broken.items() if "pickle" in why
        ]
        return unnamed(self.places) + "".join(lost[:3])

    def _check_inside(self, file: h5py.File, inside: str) -> None:
        if inside and not _is_own(file, inside):
            names: list[str] = []
            file.visit(names.append)
            message = f"{self.path} holds nothing called {inside}. {suggest(inside, names)}"
            raise InputError(message)

    def _beside(self, branch: str, counter: str) -> str:
        """Return a counter's full name; it may be given without the group of its branch."""
        near = f"{branch.rpartition('/')[0]}/{counter}"
        return near if near in self.places else counter

    def _counter(self, name: str) -> Place:
        if name not in self.places:
            hint = suggest(name, self.branches)
            message = f"{self.path}: expected counter {name}, which is not there. {hint}"
            raise InputError(message)
        return self.places[name]

    def length(self, names: Sequence[str]) -> int:
        """Return how many events branches hold, which must be of one length."""
        lengths = {}
        for name in names:
            if self.places[name].instead:
                self._refuse(name, self.places[name].instead)
            counter = self.counters.get(name)
            if counter is not None:
                self._check_counter(name, counter)
            lengths[name] = (self._counter(counter) if counter else self.places[name]).length
        if len(set(lengths.values())) > 1:
            received = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            message = (
                f"{self.path}: expected branches of one length, received: {received}."
                " For lists laid end to end, give the object's `counter`."
            )
            raise InputError(message)
        return next(iter(lengths.values()))

    def _check_counter(self, name: str, counter: str) -> None:
        counts = self._counter(counter).dataset
        if counts.dtype.kind not in "iu" or counts.ndim != 1:
            message = (
                f"{self.path}: counter {counter} holds {counts.dtype}, expected whole numbers."
            )
            raise InputError(message)
        total = 0
        for start in range(0, len(counts), _BLOCK):
            block = counts[start : start + _BLOCK]
            if block.min() < 0:
                message = f"{self.path}: counter {counter} has negative counts. Check the file."
                raise InputError(message)
            total += int(block.sum(dtype=np.uint64))
        length = self.places[name].length
        if total != length:
            message = (
                f"{self.path}: counter {counter} sums to {total}, but {name} has {length} entries."
                " Give the counter that belongs to it."
            )
            raise InputError(message)

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Column]:
        """Return branches of the events from `start` to `stop`."""
        blocks: dict[object, np.ndarray] = {}
        counters = {self.counters[name] for name in names if name in self.counters}
        counts = {counter: self._counts(counter, start, stop) for counter in counters}
        return {name: self._column(name, start, stop, blocks, counts) for name in names}

    def _counts(self, counter: str, start: int, stop: int) -> tuple[int, int, np.ndarray]:
        """Return first entry, last entry and counts of the events from `start` to `stop`."""
        dataset = self._counter(counter).dataset
        event, first = self._positions.get(counter, (0, 0))
        if event != start:
            ranges = range(0, start, _BLOCK)
            blocks = (dataset[i : min(i + _BLOCK, start)] for i in ranges)
            first = sum(int(block.sum(dtype=np.int64)) for block in blocks)
        counts = dataset[start:stop].astype(np.int64)
        last = first + int(counts.sum())
        self._positions[counter] = (stop, last)
        return first, last, counts

    def _column(
        self, name: str, start: int, stop: int, blocks: dict[object, np.ndarray],
        counts: Mapping[str, tuple[int, int, np.ndarray]]
    ) -> Column:  # fmt: skip
        place = self.places[name]
        if place.instead:
            self._refuse(name, place.instead)
        if name in self.counters:
            first, last, lists = counts[self.counters[name]]
            return Jagged(self._numbers(name, self._values(name, first, last), 1), lists)
        if place.block not in blocks:  # once for all columns, which share their bytes on the disk
            blocks[place.block] = self._values(name, start, stop)
        values = blocks[place.block]
        if values.dtype == object:
            return self._lists(name, values)
        if place.column is None:
            return fixed_lists(self._numbers(name, values, _MOST_AXES))
        return self._numbers(name, values, 2)[:, place.column]

    def _values(self, name: str, start: int, stop: int) -> np.ndarray:
        """Read a block, or say which filter is missing or which branch can't be read."""
        place = self.places[name]
        with_filters(place.dataset, self.path, f"branch {name}")
        try:
            return place.read(start, stop)
        except Exception as error:
            message = f"branch {name}: {error}"
            raise OSError(message) from error

    def _lists(self, name: str, values: np.ndarray) -> Jagged:
        """Return lists of varying length, as h5py and PyTables write them."""
        kind = h5py.check_vlen_dtype(self.places[name].dataset.dtype)
        if not isinstance(kind, np.dtype) or values.ndim != 1:
            self._refuse(name, "texts or objects")
        content = np.concatenate([np.empty(0, kind), *values])
        return Jagged(self._numbers(name, content, 1), np.array([len(v) for v in values], np.int64))

    def _numbers(self, name: str, values: np.ndarray, max_ndim: int) -> np.ndarray:
        if values.dtype.kind not in "biuf":
            self._refuse(name, str(values.dtype))
        if values.ndim > max_ndim:
            self._refuse(name, f"lists of shape {values.shape[1:]}")
        return values

    def _refuse(self, name: str, what: str) -> NoReturn:
        message = (
            f"{self.path}: branch {name} holds {what}, expected numbers or lists of numbers."
            " Use another branch."
        )
        raise InputError(message)


def _is_own(group: h5py.Group, path: str) -> bool:
    """Whether a path leads to something within the file, and by no link."""
    for part in filter(None, path.split("/")):
        if not isinstance(group, h5py.Group) or part not in group:
            return False
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            return False
        group = group[part]
    return True
