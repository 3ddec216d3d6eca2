"""Files of events on servers, and files with a checksum."""

import errno
import hashlib
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

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

T = TypeVar("T")


def set_up() -> None:
    """Bound what XRootD's client waits for, before it is first used."""
    for name, value in _XROOTD.items():
        os.environ.setdefault(name, value)


def retried(action: Callable[[], T], retries: int, name: str) -> T:
    """Return what an action gives, tried again after a pause as long as that may help.

    Args:
        action: What to do.
        retries: How often at most it is tried again, after 1, 2, 4 and so on to 60 seconds.
        name: What it is done to, for the log.
    """
    pauses = (min(2**attempt, 60) for attempt in range(retries))
    while True:
        try:
            return action()
        except Exception as error:
            pause = next(pauses, None) if should_retry(error) else None
            if pause is None:
                raise
            logging.warning("%s failed (%s). Trying again in %d s.", name, cause_of(error), pause)
            time.sleep(pause)


def should_retry(error: Exception) -> bool:
    """Whether another attempt could succeed: not if the file isn't there, nor on a full disk.

    >>> should_retry(ConnectionResetError()), should_retry(FileNotFoundError())
    (True, False)
    """
    if isinstance(error, FileNotFoundError):
        # Of HTTP, fsspec calls whatever failed a missing file, and names what it was as the cause.
        cause = error.__cause__
        return cause is not None and getattr(cause, "status", None) not in _MISSING
    return not (isinstance(error, InputError | ImportError) or _is_full(error))


def _is_full(error: Exception) -> bool:
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)


def cause_of(error: Exception) -> str:
    r"""Name an error in one line.

    >>> cause_of(OSError("Connection refused\nand more"))
    'OSError: Connection refused'
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return ": ".join([type(error).__name__, *(line[:200] for line in lines[:1])])


def verify(
    files: Sequence[str],
    expected: Mapping[str, str],
    retries: int,
    folder: Path,
    places: Mapping[str, Path | str],
) -> dict[str, str]:
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
    found: dict[str, Path | str] = {**{path: path for path in files}, **places}
    for path, checksum in expected.items():
        if is_url(path):
            found[path] = copy = Path(folder, f"{checksum[:8]}-{path.rpartition('/')[2]}")
            received = _fetch(path, copy, retries)
        else:
            received = _digest(found[path])
        if received != checksum.lower():
            message = (
                f"{path} has the SHA-256 {received}, expected {checksum} by the config's `sha256`. "
                "It is damaged or another version: get it again, or correct the config."
            )
            raise InputError(message)
    return {path: str(place) for path, place in found.items()}


def _digest(path: Path | str) -> str:
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        message = f"{path} can't be read ({error}). Correct `files`, or fetch the file first."
        raise InputError(message) from error


def _fetch(url: str, copy: Path, retries: int) -> str:
    """Copy a URL's file; return its SHA-256."""
    set_up()
    try:
        return retried(lambda: _transfer(url, copy), retries, url)
    except Exception as error:
        if _is_full(error):
            raise
        message = (
            f"{url} can't be fetched ({cause_of(error)}). Check the address, the network and your "
            "permissions, or download the file."
        )
        raise InputError(message) from error


def _transfer(url: str, copy: Path) -> str:
    import fsspec

    digest = hashlib.sha256()
    with fsspec.open(url, "rb") as source, copy.open("wb") as target:
        size = getattr(source, "size", None)
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
        if size is not None and target.tell() != size:
            message = f"it ended after {target.tell()} of {size} bytes"
            raise OSError(message)
    return digest.hexdigest()
