"""Recovery points: what a killed training job needs to go on where it was."""

import contextlib
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import h5py

from collapse.errors import InputError
from collapse.files import remove_parts
from collapse.sealed import create_sealed, open_sealed

# What a shell makes of a process that SIGTERM ended.
_EXIT = 128 + signal.SIGTERM
_KIND = "recovery points"


class Recovery:
    """Points written every so often, or at once when the job is told to stop.

    It never stops the training: what can't be written or read costs a warning.

    As a context, SIGTERM only notes that the job shall stop, so that it can write a point first.

    Args:
        path: Where the point goes, a sealed HDF5 file, or None for none. It is no output of the
            job: Snakemake deletes those of a job that failed.
        seconds: Between two points.
        key: What the state depends on; a point of another key is ignored.
    """

    def __init__(self, path: Path | str | None, seconds: float, key: str) -> None:
        self._path, self._seconds, self._key = path and Path(path), seconds, key
        self._last, self._told = time.monotonic(), False

    def __enter__(self) -> Self:
        self._former = None
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGTERM, self._note)
        return self

    def _note(self, *_: object) -> None:
        self._told = True

    def __exit__(self, *exception: object) -> None:
        if self._former is not None:
            signal.signal(signal.SIGTERM, self._former)

    def load(self, read: Callable[[h5py.File], None]) -> bool:
        """Read the last point, if there is one of this key; return whether there was."""
        if not self._path or not self._path.is_file():
            return False
        try:
            with open_sealed(self._path, _KIND) as file:
                if file.attrs["run"] == self._key:
                    read(file)
                    return True
            logging.info("%s is of another recipe, seed, data or code, and is ignored", self._path)
        except InputError as error:
            logging.warning("A recovery point is ignored: %s", error)
        return False

    def tell(self, write: Callable[[h5py.File], None]) -> None:
        """Write a point if it is time to; end the process if it was told to stop."""
        if self._told:
            written = self._write(write)
            message = "Stopped by SIGTERM." + (" A rerun goes on from here." if written else "")
            logging.error(message)
            sys.exit(_EXIT)
        if time.monotonic() - self._last >= self._seconds:
            self._write(write)
            self._last = time.monotonic()

    def _write(self, write: Callable[[h5py.File], None]) -> bool:
        if not self._path:
            return False
        try:
            with create_sealed(self._path, _KIND, self._key) as file:
                write(file)
        except (OSError, RuntimeError) as error:
            # HDF5 brings a full disk as either.
            logging.warning("No recovery point could be written: %s", error)
            return False
        return True

    def remove(self) -> None:
        """Remove the point, and its folder if no other job has one there."""
        if self._path:
            self._path.unlink(missing_ok=True)
            remove_parts(self._path)
            with contextlib.suppress(OSError):
                self._path.parent.rmdir()
