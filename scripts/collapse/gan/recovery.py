"""Recovery points: what a killed training job needs to go on where it was."""

import contextlib
import logging
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np

from collapse.files import atomic, remove_parts

# What a shell makes of a process that SIGTERM ended.
_EXIT = 128 + signal.SIGTERM


class Recovery:
    """Points written every so often, or at once when the job is told to stop.

    The file is a zip archive, whose checksums tell a damaged one. It never stops the training:
    what can't be written or read costs a warning.

    As a context, SIGTERM only notes that the job shall stop, so that it can write a point first.

    Args:
        path: Where the point goes, or None for none. It is no output of the job: Snakemake deletes
            those of a job that failed.
        seconds: Between two points.
        key: What the state depends on; a point of another key is ignored.
    """

    def __init__(self, path, seconds, key):
        self._path, self._seconds, self._key = path and Path(path), seconds, key
        self._last, self._told = time.monotonic(), False

    def __enter__(self):
        self._former = None
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGTERM, self._note)
        return self

    def _note(self, *_):
        self._told = True

    def __exit__(self, *exception):
        if self._former is not None:
            signal.signal(signal.SIGTERM, self._former)

    def load(self):
        """Return the arrays of the last point by name, or None if there is none of this key."""
        path = self._path
        if path is None or not path.is_file():
            return None
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            key = str(arrays.pop("key"))
        except Exception as error:
            # A damaged archive can bring zipfile and NumPy to any exception.
            logging.warning("%s is damaged and is ignored: %s", path, error)
            return None
        if key != self._key:
            logging.info("%s is of another recipe, seed, data or code, and is ignored", path)
            return None
        return arrays

    def tell(self, state):
        """Write a point if it is time to; end the process if it was told to stop.

        Args:
            state: A function of no arguments that returns the arrays by name.
        """
        if self._told:
            written = self._write(state())
            message = "Stopped by SIGTERM." + (" A rerun goes on from here." if written else "")
            logging.error(message)
            sys.exit(_EXIT)
        if time.monotonic() - self._last >= self._seconds:
            self._write(state())
            self._last = time.monotonic()

    def _write(self, arrays):
        if self._path is None:
            return False
        try:
            with atomic(self._path) as part:
                np.savez(part, key=self._key, **arrays)
        except OSError as error:
            logging.warning("No recovery point could be written: %s", error)
            return False
        return True

    def remove(self):
        """Remove the point, and its folder if no other job has one there."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            remove_parts(self._path)
            with contextlib.suppress(OSError):
                self._path.parent.rmdir()
