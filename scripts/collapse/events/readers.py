"""Read branches from ROOT and HDF5 files in chunks of bounded memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NoReturn, Protocol

import h5py
import uproot

from collapse.errors import InputError, NoEventsError
from collapse.events.expressions import suggest, written
from collapse.events.formats import format_of
from collapse.events.hdf5_reader import Hdf5Source, probe
from collapse.events.jagged import Column, Jagged
from collapse.events.remote import cause_of
from collapse.events.root_reader import RemoteSource, RootSource
from collapse.events.sources import is_url

_PACKAGES = {
    "root": "fsspec-xrootd and xrootd",
    "xroot": "fsspec-xrootd and xrootd",
    "http": "aiohttp",
    "https": "aiohttp",
    "s3": "s3fs",
    "gs": "gcsfs",
}
# What readers raise when they meet what they don't know; damage raises anything else.
_UNKNOWN = (NotImplementedError, uproot.interpretation.identify.UnknownInterpretation)
_GUESS = 1 << 16  # bytes per event until the first chunk has been measured


class Source(Protocol):
    """A file of events that is open."""

    path: str

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of all branches."""

    @property
    def broken(self) -> dict[str, str]:
        """Why some branches can't be read."""

    @property
    def empty(self) -> bool:
        """Whether there are no events at all."""

    @property
    def note(self) -> str:
        """What to know of its branches where one isn't there; it begins with a space."""

    def length(self, names: Sequence[str]) -> int:
        """Return how many events some branches hold."""

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Column]:
        """Return branches of the events from `start` to `stop`."""


@contextmanager
def open_source(
    path: str, inside: str = "", counters: Mapping[str, str] | None = None, retries: int = 0,
    columns: Sequence[str] | Mapping[str, Sequence[str]] = (),
) -> Iterator[Source]:  # fmt: skip
    """Open a file of events.

    Args:
        path: A local path, or a URL that uproot takes.
        inside: The tree, table or group to read; empty to take the only one.
        counters: HDF5's flat contents: branch -> dataset that counts its entries per event, in
            the branch's group or by its full name. ROOT files don't need it.
        retries: How often a failed reading from a URL is tried again, each time from anew.
        columns: Names for the columns of a matrix in HDF5, or those of several by their names.

    Yields:
        A `Source`.

    Raises:
        NoEventsError: If the file is well and holds no tree.
        InputError: If the file is missing, damaged, of another format, or ambiguous.
    """
    with ExitStack() as stack:
        with _reraised(path, "opened"):
            source: Source
            if is_url(path):
                source = stack.enter_context(RemoteSource(path, inside, retries))
            elif format_of(path) == "ROOT":
                file = stack.enter_context(uproot.open(path, object_cache=None, array_cache=None))
                source = RootSource(path, file, inside)
            else:
                probe(path, inside)
                file = stack.enter_context(h5py.File(path))
                source = Hdf5Source(path, file, inside, counters or {}, columns)
        yield source


def read_chunks(
    source: Source, names: Sequence[str], max_bytes: int, limit: int | None = None
) -> Iterator[tuple[int, dict[str, Column]]]:
    """Read branches in chunks of about `max_bytes`.

    Args:
        source: From `open_source`.
        names: The branches.
        max_bytes: Aim for the memory of one chunk's arrays; at least one event is read at a time.
        limit: Read at most so many events.

    Yields:
        Pairs of the number of events n and name -> array (n,) or `Jagged`.

    Raises:
        NoEventsError: If there are no events, and so not all branches.
        InputError: If a branch is missing, can't be read, or doesn't fit to the others.
    """
    missing = [name for name in names if name not in source.branches]
    if missing:
        _refuse_missing(source, missing[0])
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


def _refuse_missing(source: Source, name: str) -> NoReturn:
    """Say what a file has instead of a branch."""
    if name in source.broken:
        message = (
            f"{source.path}: branch {name} can't be read ({source.broken[name]}). Use another one."
        )
        raise InputError(message)
    with _reraised(source.path, "read"):
        empty = source.empty
    if empty:
        what = "" if source.branches else " and no branches"
        message = f"{source.path} holds no events{what}."
        raise NoEventsError(message)
    hint = suggest(name, source.branches)
    hint += _how_written(source.branches, name) + source.note
    message = f"{source.path}: expected branch {name}, which is not there. {hint}"
    raise InputError(message)


def _how_written(branches: Sequence[str], name: str) -> str:
    """Say how branches are written whose names are no plain ones, if some of those are near."""
    odd = [near for near in branches if near in suggest(name, branches) and written(near) != near]
    return f" In an expression: {', '.join(map(written, odd[:4]))}." if odd else ""


def _check_lengths(columns: Mapping[str, Column], n: int) -> None:
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


def _memory(columns: Mapping[str, Column]) -> int:
    """Return the bytes that columns hold; a column of a matrix holds the whole block."""
    owners = {}
    for column in columns.values():
        base = getattr(column, "base", None)
        owner = column if base is None else base
        owners[id(owner)] = owner.nbytes
    return sum(owners.values())


@contextmanager
def _reraised(path: str, action: str) -> Iterator[None]:
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
        message = f"{path} needs a package that is missing ({cause_of(error)}). {what}"
        raise InputError(message) from error
    except Exception as error:
        if is_url(path):
            advice = "Check the address, the network and your permissions, or download the file"
        elif isinstance(error, _UNKNOWN):
            advice = (
                "It is of a kind that isn't known here: write it anew, or remove it from `files`"
            )
        else:
            advice = "It is damaged or cut short: get it again, or remove it from `files`"
        message = f"{path} can't be {action} ({cause_of(error)}). {advice}."
        raise InputError(message) from error
