"""HDF5 files of our own, sealed: a damaged one, or one of another kind or run, is refused.

HDF5 has no checksum of its contents unless they are cut into chunks, and a file that was copied
from another study looks like any other. So each file says what it is and of which run, and carries
the SHA-256 of all that it holds.
"""

import hashlib
import json
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from collapse.errors import InputError
from collapse.files import whole

_SEAL = "sha256"
_DEPTH = 10


def identify(recipe, seed, names):
    """Return what identifies a run's files: SHA-256, in hexadecimal.

    Args:
        recipe: A complete recipe.
        seed: The run's seed.
        names: The features' names, in column order.
    """
    text = json.dumps([recipe, seed, list(names)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def create_sealed(path, kind, run=""):
    """Create a file and yield it to be filled; it appears sealed, whole or not at all.

    Args:
        path: Where to write.
        kind: What it holds, such as samples.
        run: What identifies its run, from `identify`; empty if it is no run's.

    Yields:
        An `h5py.File`.
    """
    with whole(path) as part, h5py.File(part, "w") as file:
        file.attrs["kind"], file.attrs["run"] = kind, run
        yield file
        file.attrs[_SEAL] = _digest(file)


@contextmanager
def open_sealed(path, kind, run=None):
    """Open a file that `create_sealed` wrote.

    Args:
        path: The file.
        kind: What it must hold.
        run: The run that it must be of, or None if any is right.

    Yields:
        An `h5py.File`, to be read.

    Raises:
        InputError: If it is no such file, damaged, or of another run.
    """
    try:
        file = h5py.File(path)
    except OSError as error:
        raise InputError(_refusal(path, kind, f"it can't be opened: {error}")) from error
    with file:
        if reason := _fault(file, kind, run, Path(path).stat().st_size):
            raise InputError(_refusal(path, kind, reason))
        yield file


def _refusal(path, kind, reason):
    return (
        f"{path} can't be used as a file of {kind} ({reason}). "
        "Remove it and start snakemake again, which makes it anew."
    )


def _fault(file, kind, run, size):
    """Say why a file can't be used; None if it can."""
    try:
        if _SEAL not in file.attrs:
            return "it has no seal, so something else or an earlier version wrote it"
        if file.attrs[_SEAL] != _digest(file, size):
            return "it is damaged: its contents are not those that were sealed"
        if file.attrs["kind"] != kind:
            return f"it holds {file.attrs['kind']}"
        if run is not None and file.attrs["run"] != run:
            return "it is of another recipe, seed, scaler or dataset"
    except Exception as error:
        # Damaged bytes reach the inner code of HDF5, so any exception can come out of it.
        return f"it is damaged: {' '.join(str(error).split())}"
    return None


def _digest(file, size=None):
    """Digest names, types, shapes and values; with `size`, refuse arrays that can't be in it."""
    digest = hashlib.sha256()
    for name, value in _contents(file, "", size, _DEPTH):
        if isinstance(value, str):
            digest.update(f"{name} text {len(value)}\n{value}".encode())
        else:
            array = np.ascontiguousarray(value)
            digest.update(f"{name} {array.dtype.str} {np.shape(value)}\n".encode())
            digest.update(array.data.cast("B") if array.size else b"")
    return digest.hexdigest()


def _contents(group, where, size, depth):
    """Yield the path and the value of each attribute and dataset, in a fixed order."""
    for name in sorted(group.attrs):
        if where or name != _SEAL:
            yield f"{where}@{name}", group.attrs[name]
    for name in sorted(group):
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            message = f"{where}/{name} is a link"
            raise ValueError(message)
        item = group[name]
        if isinstance(item, h5py.Group):
            if depth == 0:
                message = f"{where}/{name} is nested too deeply"
                raise ValueError(message)
            yield f"{where}/{name}", ""
            yield from _contents(item, f"{where}/{name}", size, depth - 1)
        else:
            yield f"{where}/{name}", _values(item, f"{where}/{name}", size)


def _values(dataset, where, size):
    if dataset.is_virtual or dataset.external or (size is not None and dataset.nbytes > size):
        message = f"the values of {where} are not in the file"
        raise ValueError(message)
    return dataset.asstr()[()] if h5py.check_string_dtype(dataset.dtype) else dataset[()]
