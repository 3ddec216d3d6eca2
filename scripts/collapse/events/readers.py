"""Read branches from ROOT and HDF5 files in chunks of bounded memory.

ROOT: TTrees and RNTuples; flat branches, lists (jagged, STL vectors, fixed arrays) and leaf lists,
whose leaves are named `branch.leaf`. HDF5: names are paths from the file's root, or from what the
specification names after the colon, as in `file.h5:group`. A 1-D dataset is a branch; so is a field
of a compound dataset (a "table"), and a column of a 2-D dataset with an attribute of one string per
column. These are called `table/column`, or just `column` where the file has only one table. A 2-D
dataset without such names holds lists of fixed length. A flat dataset with a counter holds lists of
varying length.
"""

import difflib
import logging
import os
import signal
import time
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import uproot

from collapse.errors import InputError
from collapse.events import remote
from collapse.events.expressions import suggest
from collapse.events.jagged import Jagged
from collapse.events.sources import is_url

_TREES = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
_PACKAGES = {
    "root": "fsspec-xrootd and xrootd",
    "xroot": "fsspec-xrootd and xrootd",
    "http": "aiohttp",
    "https": "aiohttp",
    "s3": "s3fs",
    "gs": "gcsfs",
}
_OBJECTS = (
    uproot.interpretation.objects.CannotBeAwkward,
    uproot.interpretation.identify.UnknownInterpretation,
)
_GUESS = 1 << 16  # bytes per event until the first chunk has been measured
_PATIENCE = 30  # seconds to look into an HDF5 file
_BLOCK = 1 << 20  # entries of a counter read at once


@contextmanager
def open_source(path, inside="", counters=None, retries=0):
    """Open a file of events.

    Args:
        path: A local path, or a URL that uproot takes.
        inside: The tree, table or group to read; empty to take the only one.
        counters: HDF5's flat contents: branch -> dataset that counts its entries per event, in
            the branch's group or by its full name. ROOT files don't need it.
        retries: How often a failed reading from a URL is tried should_retry, each time from anew.

    Yields:
        An object with `branches` (their names), `length(names)` (how many events they hold) and
        `read(names, start, stop)` (name -> array (n,) or `Jagged`).

    Raises:
        InputError: If the file is missing, damaged, of another format, or ambiguous.
    """
    with ExitStack() as stack:
        with _reraised(path, "opened"):
            if is_url(path):
                source = stack.enter_context(_RemoteSource(path, inside, retries))
            elif _signature(path) == "ROOT":
                file = stack.enter_context(uproot.open(path, object_cache=None, array_cache=None))
                source = _RootSource(path, file, inside)
            else:
                _probe(path, inside)
                file = stack.enter_context(h5py.File(path))
                source = _Hdf5Source(path, file, inside, counters or {})
        yield source


def read_chunks(source, names, max_bytes, limit=None):
    """Read branches in chunks of about `max_bytes`.

    Args:
        source: From `open_source`.
        names: The branches.
        max_bytes: Aim for the memory of one chunk's arrays; at least one event is read at a time.
        limit: Read at most so many events.

    Yields:
        Pairs of the number of events n and name -> array (n,) or `Jagged`.

    Raises:
        InputError: If a branch is missing, can't be read, or doesn't fit to the others.
    """
    missing = [name for name in names if name not in source.branches]
    if missing:
        hint = suggest(missing[0], source.branches)
        message = f"{source.path}: expected branch {missing[0]}, which is not there. {hint}"
        raise InputError(message)
    with _reraised(source.path, "read"):
        total = source.length(names)
    total = total if limit is None else min(total, limit)
    start, rows = 0, max(1, max_bytes // _GUESS)
    while start < total:
        stop = min(start + rows, total)
        with _reraised(source.path, f"read from event {start} on"):
            columns = source.read(names, start, stop)
            _check_lengths(columns, stop - start)
        yield stop - start, columns
        fitting = max(1, max_bytes * (stop - start) // max(1, _memory(columns)))
        rows = min(fitting, 8 * rows)  # in steps, as the first events may hold less than others
        start = stop


def _check_lengths(columns, n):
    """Refuse columns of other than `n` events, which damaged files bring about."""
    for name, column in columns.items():
        if isinstance(column, Jagged):
            counts = column.counts
            fits = len(counts) == n and counts.min() >= 0 and counts.sum() == len(column.content)
        else:
            fits = len(column) == n
        if not fits:
            message = f"the entries of branch {name} don't fit to its events"
            raise ValueError(message)


def _memory(columns):
    """Return the bytes that columns hold; a column of a matrix holds the whole block."""
    owners = [c if getattr(c, "base", None) is None else c.base for c in columns.values()]
    return sum(owner.nbytes for owner in {id(owner): owner for owner in owners}.values())


@contextmanager
def _reraised(path, action):
    """Turn whatever a reader raises into one sentence about the file.

    Damaged bytes reach the readers' innermost code, so that any exception can come out of it: that
    is why this, and only this, catches all of them.
    """
    try:
        yield
    except InputError:
        raise
    except ImportError as error:
        scheme = path.partition(":")[0].lower()
        package = _PACKAGES.get(scheme) if is_url(path) else None
        what = f"Install {package or 'what it asks for'} to read it, or download the file."
        message = (
            f"{path} needs a package that is missing (ImportError{_first_line(error)}). {what}"
        )
        raise InputError(message) from error
    except Exception as error:
        kind = type(error).__name__
        if is_url(path):
            advice = "Check the address, the network and your permissions, or download the file"
        else:
            advice = (
                "It is damaged, cut short, or of a kind that can't be read:"
                " get it should_retry, or remove it from `files`"
            )
        message = f"{path} can't be {action} ({kind}{_first_line(error)}). {advice}."
        raise InputError(message) from error


def _first_line(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f": {lines[0][:200]}" if lines else ""


def _signature(path):
    """Return ROOT or HDF5 by a local file's first bytes."""
    place = Path(path)
    if not place.exists():
        siblings = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        near = difflib.get_close_matches(place.name, siblings)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        message = f"{path} does not exist.{hint} Correct `files`, or fetch the file first."
        raise InputError(message)
    if place.is_dir():
        message = f"{path} is a folder, expected a file. Name its files, such as {path}/*.root."
        raise InputError(message)
    with place.open("rb") as stream:
        head = stream.read(8)
    if not head:
        message = f"{path} is empty. Get it should_retry, or remove it from `files`."
        raise InputError(message)
    if head.startswith(b"root"):
        return "ROOT"
    if head == b"\x89HDF\r\n\x1a\n":
        return "HDF5"
    message = (
        f"{path} is neither ROOT nor HDF5: it begins with {head!r}. Convert it to one of them,"
        " or get it should_retry if it should be."
    )
    raise InputError(message)


def _probe(path, inside):
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
                source = _Hdf5Source(path, file, inside, {})
                for dataset in {d.name: d for d, _ in source.places.values()}.values():
                    if dataset.chunks:
                        # Walks the index by which the values are read.
                        dataset.id.get_num_chunks()
        finally:
            # What it finds wrong, this process finds should_retry, with words.
            os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) < 0:
        message = "HDF5 hangs on it or crashes"
        raise ValueError(message)


class _RemoteSource:
    """A TTree or RNTuple of a URL, opened should_retry whenever reading fails."""

    def __init__(self, path, inside, retries):
        self.path, self._inside, self._retries = path, inside, retries
        self._stack = ExitStack()
        remote.set_up()

    def __enter__(self):
        self._try(lambda: None)
        return self

    def __exit__(self, *exception):
        self._stack.close()

    @property
    def branches(self):
        return self._source.branches

    def length(self, names):
        return self._try(lambda: self._source.length(names))

    def read(self, names, start, stop):
        return self._try(lambda: self._source.read(names, start, stop))

    def _try(self, action):
        pauses = remote.waits(self._retries)
        while True:
            try:
                if not hasattr(self, "_source"):
                    file = uproot.open(self.path, object_cache=None, array_cache=None)
                    self._stack.enter_context(file)
                    self._source = _RootSource(self.path, file, self._inside)
                return action()
            except Exception as error:
                pause = next(pauses, None) if remote.should_retry(error) else None
                if pause is None:
                    raise
                logging.warning(
                    "%s failed (%s%s). Trying should_retry in %d s.",
                    self.path,
                    type(error).__name__,
                    _first_line(error),
                    pause,
                )
                time.sleep(pause)
                self._stack.close()
                vars(self).pop("_source", None)


class _RootSource:
    """A TTree or RNTuple."""

    def __init__(self, path, file, inside):
        self.path = path
        self.tree = self._find(file, inside)
        self.places = {}
        for name, branch in self.tree.iteritems():
            self.places[name] = (name, None)
            # Interpretations are costly with a thousand branches, so only leaf lists are asked.
            if isinstance(branch, uproot.TBranch) and len(branch.member("fLeaves")) > 1:
                fields = getattr(branch.interpretation, "to_dtype", np.dtype(float)).names or ()
                self.places |= {f"{name}.{field}": (name, field) for field in fields}

    @property
    def branches(self):
        return tuple(self.places)

    def _find(self, file, inside):
        newest = {}
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

    def length(self, names):
        if self.tree.num_entries < 0:
            message = "a negative number of entries"
            raise ValueError(message)
        return self.tree.num_entries

    def read(self, names, start, stop):
        return {name: self._column(name, start, stop) for name in names}

    def _column(self, name, start, stop):
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

    def _refuse(self, name, content):
        message = (
            f"{self.path}: branch {name} holds {content}, expected numbers or lists of numbers."
            " Use another branch."
        )
        raise InputError(message)


def _from_awkward(array):
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


class _Hdf5Source:
    """Datasets below one group, or the columns of one table."""

    def __init__(self, path, file, inside, counters):
        self.path = path
        root = self._find(file, inside)
        datasets = _datasets(root)
        tables = {name: _table_columns(dataset) for name, dataset in datasets.items()}
        tables = {name: columns for name, columns in tables.items() if columns}
        self.places = {}
        for name, dataset in datasets.items():
            if name in tables:
                prefix = f"{name}/" if len(tables) > 1 else ""
                columns = {prefix + column: place for column, place in tables[name].items()}
                self.places = {k: (dataset, v) for k, v in columns.items()} | self.places
            else:
                self.places[name] = (dataset, None)
        self.counters = {k: self._beside(k, v) for k, v in counters.items() if k in self.places}
        self._positions = {}  # counter -> (event, first entry of it): chunks come in order

    @property
    def branches(self):
        return tuple(self.places)

    def _find(self, file, inside):
        if not inside:
            return file
        found = _own(file, inside)
        if found is None:
            names = []
            file.visit(names.append)
            message = f"{self.path} holds nothing called {inside}. {suggest(inside, names)}"
            raise InputError(message)
        return found

    def _beside(self, branch, counter):
        """Return a counter's full name; it may be given without the group of its branch."""
        near = f"{branch.rpartition('/')[0]}/{counter}"
        return near if near in self.places else counter

    def _dataset(self, name):
        if name not in self.places:
            hint = suggest(name, self.branches)
            message = f"{self.path}: expected counter {name}, which is not there. {hint}"
            raise InputError(message)
        return self.places[name][0]

    def length(self, names):
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

    def _check_counter(self, name, counter):
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

    def read(self, names, start, stop):
        blocks, counts = {}, {}
        for counter in {self.counters[name] for name in names if name in self.counters}:
            counts[counter] = self._counts(counter, start, stop)
        return {name: self._column(name, start, stop, blocks, counts) for name in names}

    def _counts(self, counter, start, stop):
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

    def _column(self, name, start, stop, blocks, counts):
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
        return (
            Jagged(block.reshape(-1), np.full(len(block), block.shape[1]))
            if block.ndim == 2
            else block
        )

    def _numbers(self, name, values, max_ndim):
        if values.dtype.kind not in "biuf" or values.ndim > max_ndim:
            what = "lists of lists" if values.dtype.kind in "biuf" else values.dtype
            message = (
                f"{self.path}: branch {name} holds {what}, expected numbers or lists of numbers."
                " Use another branch."
            )
            raise InputError(message)
        return values


def _datasets(root):
    """Return the datasets below a group by their paths, empty for a dataset itself."""
    if isinstance(root, h5py.Dataset):
        return {"": root} if _is_array(root) else {}
    found = {}
    root.visititems(lambda name, item: found.update({name: item}) if _is_array(item) else None)
    return found


def _is_array(item):
    # A virtual dataset's values, or external ones, are those of any file on this machine.
    outside = isinstance(item, h5py.Dataset) and (item.is_virtual or item.external)
    return isinstance(item, h5py.Dataset) and item.ndim > 0 and not outside


def _own(group, path):
    """Return what a path leads to within the file; None if that is nothing, or by a link."""
    for part in filter(None, path.split("/")):
        if not isinstance(group, h5py.Group) or part not in group:
            return None
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            return None
        group = group[part]
    return group


def _table_columns(dataset):
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
