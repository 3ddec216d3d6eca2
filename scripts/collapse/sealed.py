"""HDF5 files of our own, sealed: a damaged one, or one of another kind or run, is refused.

HDF5 has no checksum of its contents unless they are cut into chunks, its library can hang on a
damaged file, and a file that was copied from another study looks like any other. So each file says
what it is and of which run, and ends in the SHA-256 of its bytes, which HDF5 takes no notice of.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from collapse.errors import InputError
from collapse.files import atomic

_MARK = b"sealed by SHA-256: "
_END = len(_MARK) + 32
_BLOCK = 1 << 20


def identify(recipe: Mapping[str, Any], seed: int, names: Sequence[str]) -> str:
    """Return what identifies a run's files: SHA-256, in hexadecimal.

    Args:
        recipe: A complete recipe.
        seed: The run's seed.
        names: The features' names, in column order.
    """
    text = json.dumps([recipe, seed, list(names)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def create_sealed(path: Path | str, kind: str, run: str = "") -> Iterator[h5py.File]:
    """Create a file and yield it to be filled; it appears sealed, whole or not at all.

    Args:
        path: Where to write.
        kind: What it holds, such as samples.
        run: What identifies its run, from `identify`; empty if it is no run's.

    Yields:
        An `h5py.File`.
    """
    with atomic(path) as part:
        with h5py.File(part, "w") as file:
            file.attrs["kind"], file.attrs["run"] = kind, run
            yield file
        with part.open("r+b") as stream:
            digest = hashlib.file_digest(stream, "sha256").digest()
            stream.write(_MARK + digest)


@contextmanager
def open_sealed(path: Path | str, kind: str, run: str | None = None) -> Iterator[h5py.File]:
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
        reason = _damage(path)
    except OSError as error:
        reason = str(error)
    if reason is None:
        with h5py.File(path) as file:
            if file.attrs["kind"] != kind:
                reason = f"it holds {file.attrs['kind']}"
            elif run is not None and file.attrs["run"] != run:
                reason = "it is of another recipe, seed, scaler or dataset"
            else:
                yield file
                return
    message = (
        f"{path} can't be used as a file of {kind} ({reason}). "
        "Remove it and start snakemake again, which makes it anew."
    )
    raise InputError(message)


def _damage(path: Path | str) -> str | None:
    """Say what is wrong with a file's seal, before HDF5 sees any of it; None if it is right."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        left = Path(path).stat().st_size - _END
        while left > 0 and (block := stream.read(min(_BLOCK, left))):
            digest.update(block)
            left -= len(block)
        end = stream.read()
    if not end.startswith(_MARK):
        return "it has no seal: it is cut short, or something else or an earlier version wrote it"
    if end != _MARK + digest.digest():
        return "it is damaged: its bytes are not those that were sealed"
    return None
