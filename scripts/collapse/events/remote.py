"""Files of events on servers, and files with a checksum."""

import errno
import hashlib
import logging
import os
import time
from pathlib import Path

from collapse.errors import InputError
from collapse.events.sources import is_url

# What XRootD's client waits for by default, half an hour, is no answer. Seconds, but the first.
_XROOTD = {
    "XRD_CONNECTIONRETRY": "1",
    "XRD_CONNECTIONWINDOW": "20",
    "XRD_REQUESTTIMEOUT": "60",
    "XRD_STREAMERRORWINDOW": "20",
    "XRD_STREAMTIMEOUT": "30",
}
_BLOCK = 1 << 20
_MISSING = (404, 410)  # HTTP's words for it


def set_up():
    """Bound what XRootD's client waits for, before it is first used."""
    for name, value in _XROOTD.items():
        os.environ.setdefault(name, value)


def waits(retries):
    """Yield the seconds to wait before each further attempt.

    >>> list(waits(4))
    [1, 2, 4, 8]
    """
    return (min(2**attempt, 60) for attempt in range(retries))


def should_retry(error):
    """Whether another attempt could succeed: not if the file isn't there.

    >>> should_retry(ConnectionResetError()), should_retry(FileNotFoundError())
    (True, False)
    """
    if isinstance(error, FileNotFoundError):
        # Of HTTP, fsspec calls whatever failed a missing file, and names what it was as the cause.
        cause = error.__cause__
        return cause is not None and getattr(cause, "status", None) not in _MISSING
    return not isinstance(error, InputError | ImportError)


def verify(files, expected, retries, folder, places):
    """Check the files of a dataset that have a checksum in the config.

    A URL's file with one is fetched whole, since a checksum is one of all its bytes.

    Args:
        files: Local paths or URLs.
        expected: Some of them -> SHA-256, in hexadecimal.
        retries: How often a failed transfer is tried again.
        folder: Where fetched files go.
        places: Where some of them lie, if not where the config says.

    Returns:
        Where to read each file from: its place, or a copy of a URL's file.

    Raises:
        InputError: If a file has another checksum, can't be fetched, or is none of the dataset's.
    """
    if unknown := sorted(set(expected) - set(files)):
        message = (
            f"sha256: {unknown[0]} is none of the dataset's files, {', '.join(files)}. Write it as "
            "it is in `files`, without what is named inside it."
        )
        raise InputError(message)
    places = {path: path for path in files} | places
    for path, checksum in expected.items():
        if is_url(path):
            places[path] = Path(folder, f"{checksum[:8]}-{path.rpartition('/')[2]}")
            received = _fetch(path, places[path], retries)
        else:
            received = _digest(places[path])
        if received != checksum.lower():
            message = (
                f"{path} has the SHA-256 {received}, expected {checksum} by the config's `sha256`. "
                "It is damaged or another version: get it again, or correct the config."
            )
            raise InputError(message)
    return {path: str(place) for path, place in places.items()}


def _digest(path):
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        message = f"{path} can't be read ({error}). Correct `files`, or fetch the file first."
        raise InputError(message) from error


def _fetch(url, copy, retries):
    """Copy a URL's file; return its SHA-256."""
    import fsspec

    set_up()
    pauses = waits(retries)
    while True:
        digest = hashlib.sha256()
        try:
            with fsspec.open(url, "rb") as source, copy.open("wb") as target:
                size = getattr(source, "size", None)
                while block := source.read(_BLOCK):
                    digest.update(block)
                    target.write(block)
                if size is not None and target.tell() != size:
                    message = f"it ended after {target.tell()} of {size} bytes"
                    raise OSError(message)
            return digest.hexdigest()
        except Exception as error:
            if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                raise
            pause = next(pauses, None) if should_retry(error) else None
            if pause is None:
                message = (
                    f"{url} can't be fetched ({type(error).__name__}: {error}). Check the address, "
                    "the network and your permissions, or download the file."
                )
                raise InputError(message) from error
            logging.warning("%s failed (%s). Trying again in %d s.", url, error, pause)
            time.sleep(pause)
