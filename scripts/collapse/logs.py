"""One logging set-up for all scripts: the rule's log file and standard error."""

import errno
import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from collapse.errors import InputError

_CAUSES = {
    errno.ENOSPC: "no room is left on the disk, for bytes or for files. Free some",
    errno.EDQUOT: "your quota on the disk is used up. Free some of it",
    errno.EROFS: "the disk can only be read. Make it writable",
    errno.EACCES: "permission is denied. Ask for it, or work elsewhere",
    errno.EPERM: "permission is denied. Ask for it, or work elsewhere",
    errno.EIO: "the disk failed. Have it looked at",
}

SHOWN_LATER = "COLLAPSE_ERRORS_SHOWN_LATER"
"""Set in the environment of jobs whose errors the workflow shows at its end."""

_DEFECT = "This is a defect of the workflow, please report it with this log:"
_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]+) ", re.MULTILINE)


@contextmanager
def job_log(path: Path | str) -> Iterator[None]:
    """Log to `path` and standard error while a script runs.

    A user's mistake (`InputError`) is logged as its message alone, and so is a disk that is full or
    can't be written; anything else with its traceback. All end the process with status 1.

    Args:
        path: The rule's log file. Missing folders are made.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    missing: OSError | None = None
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Names in damaged files can be of characters that no encoding has.
        log = logging.FileHandler(path, mode="w", encoding="utf-8", errors="backslashreplace")
        handlers.append(log)
    except OSError as error:
        missing = error
    # A log that can't be written is no reason to stop, nor to print a traceback.
    logging.raiseExceptions = False
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        handlers=handlers,
        force=True,
    )
    logging.captureWarnings(True)
    # HDF5 fails once more, past any `except`, when a file goes that could not be written.
    sys.excepthook = lambda kind, error, trace: (
        None if disk_fault(error) else sys.__excepthook__(kind, error, trace)
    )
    sys.unraisablehook = lambda raised: (
        None if disk_fault(raised.exc_value) else sys.__unraisablehook__(raised)
    )
    if missing:
        logging.warning("There is no log file: %s", missing)
    try:
        yield
    except InputError as error:
        _leave_to_log(handlers)
        logging.error("%s", error)
        sys.exit(1)
    except Exception as error:
        _leave_to_log(handlers)
        if cause := disk_fault(error):
            logging.error("%s", cause)
        else:
            logging.exception(_DEFECT)
        sys.exit(1)


def _leave_to_log(handlers: Sequence[logging.Handler]) -> None:
    """Keep an error off standard error where the workflow will show it from the log at its end."""
    if len(handlers) > 1 and os.environ.get(SHOWN_LATER):
        logging.getLogger().removeHandler(handlers[0])


def last_errors(folder: Path | str, since: float) -> list[str]:
    """Return what the jobs that failed said last, and where, from their logs.

    Args:
        folder: The study's logs.
        since: Only logs that were written later count, in seconds since the epoch.
    """
    found = []
    for path in sorted(Path(folder).rglob("*.log")):
        if path.stat().st_mtime < since:
            continue
        records = _RECORD.split(path.read_text(encoding="utf-8", errors="replace"))
        level, text = records[-2:] if len(records) > 2 else ("", "")
        if level == "ERROR":
            lines = text.strip().splitlines()
            said = "\n".join(lines if lines[0] != _DEFECT else [lines[0], lines[-1]])
            found.append(f"{said}\nLog: {path}")
    return found


def disk_fault(error: BaseException | None) -> str | None:
    """Say in a sentence what is wrong with the disk, if that is what an exception comes from.

    >>> disk_fault(OSError(errno.ENOSPC, "No space left on device", "a.h5"))
    'a.h5: no room is left on the disk, for bytes or for files. Free some and start snakemake \
again: nothing half-written was kept, and what is finished stays.'
    >>> disk_fault(ValueError("ours")) is None
    True
    """
    while error is not None:
        number = getattr(error, "errno", None)
        # HDF5 puts the number into its text, and closes files with a RuntimeError.
        if number is None and (found := re.search(r"errno = (\d+)", str(error))):
            number = int(found[1])
        if number in _CAUSES:
            name = getattr(error, "filename", None)
            return (
                f"{f'{name}: ' if name else 'The output can not be written: '}{_CAUSES[number]} "
                "and start snakemake again: nothing half-written was kept, and what is finished "
                "stays."
            )
        error = error.__cause__ or error.__context__
    return None
