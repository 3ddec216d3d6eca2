"""Reading HDF5: names are paths from the file's root, or from what is named after the colon.

A 1-D dataset is a branch; so is a field of a compound dataset (a "table"), and a column of a 2-D
dataset with an attribute of one string per column. These are called `table/column`, or just
`column` where the file has only one table. A 2-D dataset without such names holds lists of fixed
length. A flat dataset with a counter holds lists of varying length.
"""

import os
import signal
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import h5py
import numpy as np

from collapse.errors import InputError
from collapse.events.expressions import suggest
from collapse.events.jagged import Column, Jagged

_PATIENCE = 30  # seconds to look into a file
_BLOCK = 1 << 20  # entries of a counter read at once


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
                for dataset in {d.name: d for d, _ in source.places.values()}.values():
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
    """

    def __init__(
        self, path: str, file: h5py.File, inside: str, counters: Mapping[str, str]
    ) -> None:
        self.path = path
        root = self._find(file, inside)
        datasets = _datasets(root)
        tables = {name: _table_columns(dataset) for name, dataset in datasets.items()}
        tables = {name: columns for name, columns in tables.items() if columns}
        self.places: dict[str, tuple[h5py.Dataset, Any]] = {}
        for name, dataset in datasets.items():
            if name in tables:
                prefix = f"{name}/" if len(tables) > 1 else ""
                columns = {prefix + column: place for column, place in tables[name].items()}
                self.places = {k: (dataset, v) for k, v in columns.items()} | self.places
            else:
                self.places[name] = (dataset, None)
        self.counters = {k: self._beside(k, v) for k, v in counters.items() if k in self.places}
        # Counter -> (event, its first entry), as chunks come in order.
        self._positions: dict[str, tuple[int, int]] = {}

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of all branches."""
        return tuple(self.places)

    def _find(self, file: h5py.File, inside: str) -> h5py.Group | h5py.Dataset:
        if not inside:
            return file
        found = _own(file, inside)
        if found is None:
            names: list[str] = []
            file.visit(names.append)
            message = f"{self.path} holds nothing called {inside}. {suggest(inside, names)}"
            raise InputError(message)
        return found

    def _beside(self, branch: str, counter: str) -> str:
        """Return a counter's full name; it may be given without the group of its branch."""
        near = f"{branch.rpartition('/')[0]}/{counter}"
        return near if near in self.places else counter

    def _dataset(self, name: str) -> h5py.Dataset:
        if name not in self.places:
            hint = suggest(name, self.branches)
            message = f"{self.path}: expected counter {name}, which is not there. {hint}"
            raise InputError(message)
        return self.places[name][0]

    def length(self, names: Sequence[str]) -> int:
        """Return how many events branches hold, which must be of one length."""
        lengths = {}
        for name in names:
            counter = self.counters.get(name)
            if counter is not None:
                self._check_counter(name, counter)
            lengths[name] = len(self._dataset(counter or name))
        if len(set(lengths.values())) > 1:
            received = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            message = (
                f"{self.path}: expected branches of one length, received: {received}."
                " For lists laid end to end, give the object's `counter`."
            )
            raise InputError(message)
        return next(iter(lengths.values()))

    def _check_counter(self, name: str, counter: str) -> None:
        counts = self._dataset(counter)
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
        length = len(self._dataset(name))
        if total != length:
            message = (
                f"{self.path}: counter {counter} sums to {total}, but {name} has {length} entries."
                " Give the counter that belongs to it."
            )
            raise InputError(message)

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Column]:
        """Return branches of the events from `start` to `stop`."""
        blocks: dict[str, np.ndarray] = {}
        counters = {self.counters[name] for name in names if name in self.counters}
        counts = {counter: self._counts(counter, start, stop) for counter in counters}
        return {name: self._column(name, start, stop, blocks, counts) for name in names}

    def _counts(self, counter: str, start: int, stop: int) -> tuple[int, int, np.ndarray]:
        """Return first entry, last entry and counts of the events from `start` to `stop`."""
        dataset = self._dataset(counter)
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
        self,
        name: str,
        start: int,
        stop: int,
        blocks: dict[str, np.ndarray],
        counts: Mapping[str, tuple[int, int, np.ndarray]],
    ) -> Column:
        dataset, column = self.places[name]
        if name in self.counters:
            first, last, lists = counts[self.counters[name]]
            return Jagged(self._numbers(name, dataset[first:last], 1), lists)
        if dataset.dtype.names:
            return self._numbers(name, dataset.fields(column)[start:stop], 1)
        if dataset.name not in blocks:  # once for all columns, which share their bytes on the disk
            blocks[dataset.name] = self._numbers(name, dataset[start:stop], 2)
        block = blocks[dataset.name]
        if column is not None:
            return block[:, column]
        if block.ndim == 1:
            return block
        return Jagged(block.reshape(-1), np.full(len(block), block.shape[1]))

    def _numbers(self, name: str, values: np.ndarray, max_ndim: int) -> np.ndarray:
        if values.dtype.kind not in "biuf" or values.ndim > max_ndim:
            what = "lists of lists" if values.dtype.kind in "biuf" else values.dtype
            message = (
                f"{self.path}: branch {name} holds {what}, expected numbers or lists of numbers."
                " Use another branch."
            )
            raise InputError(message)
        return values


def _datasets(root: h5py.Group | h5py.Dataset) -> dict[str, h5py.Dataset]:
    """Return the datasets below a group by their paths, empty for a dataset itself."""
    if isinstance(root, h5py.Dataset):
        return {"": root} if _is_array(root) else {}
    found: dict[str, h5py.Dataset] = {}
    root.visititems(lambda name, item: found.update({name: item}) if _is_array(item) else None)
    return found


def _is_array(item: h5py.Group | h5py.Dataset) -> bool:
    # A virtual dataset's values, or external ones, are those of any file on this machine.
    outside = isinstance(item, h5py.Dataset) and (item.is_virtual or item.external)
    return isinstance(item, h5py.Dataset) and item.ndim > 0 and not outside


def _own(group: h5py.Group, path: str) -> h5py.Group | h5py.Dataset | None:
    """Return what a path leads to within the file; None if that is nothing, or by a link."""
    for part in filter(None, path.split("/")):
        if not isinstance(group, h5py.Group) or part not in group:
            return None
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            return None
        group = group[part]
    return group


def _table_columns(dataset: h5py.Dataset) -> dict[str, Any]:
    """Return column name -> field name or position, empty if the dataset is no table."""
    if dataset.dtype.names:
        return {name: name for name in dataset.dtype.names}
    if dataset.ndim == 2:
        for key in dataset.attrs:
            # Damaged attributes can claim any size, so it is compared before they are read.
            if dataset.attrs.get_id(key).shape != dataset.shape[1:]:
                continue
            names = np.asarray(dataset.attrs[key]).tolist()
            names = [name.decode() if isinstance(name, bytes) else name for name in names]
            if all(isinstance(name, str) for name in names):
                return {name: position for position, name in enumerate(names)}
    return {}
