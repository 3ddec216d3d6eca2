"""Files that appear whole or not at all."""

import csv
import glob
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def atomic(path: Path | str) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it to `path` on success, remove it on failure.

    Args:
        path: Where the finished file shall be. Missing folders are made.

    Yields:
        A `pathlib.Path` in the same folder with the same suffix, so that the rename is atomic.
    """
    path = Path(path)
    part = _part(path, path.suffix)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def scratch(path: Path | str) -> Iterator[Path]:
    """Yield a folder beside `path` for what `path` is made from; it is removed in the end."""
    folder = _part(Path(path), "")
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def remove_parts(path: Path | str) -> None:
    """Remove what processes that were killed while they made `path` left beside it."""
    path = Path(path)
    for part in path.parent.glob(f".{glob.escape(path.stem)}.*.part*"):
        process = part.name.removeprefix(f".{path.stem}.").partition(".")[0]
        if process.isdecimal() and not _runs(int(process)):
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _part(path: Path, suffix: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_parts(path)
    return path.with_name(f".{path.stem}.{os.getpid()}.part{suffix}")


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def write_json(path: Path | str, content: Any) -> None:
    """Write `content` as indented JSON, whole or not at all."""
    with atomic(path) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")


def write_csv(path: Path | str, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write rows as CSV, whole or not at all; floats in their shortest exact form."""
    with atomic(path) as part, part.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_csv(path: Path | str) -> list[dict[str, str]]:
    """Read a CSV file with a header into a list of dicts of strings."""
    with Path(path).open(newline="") as stream:
        return list(csv.DictReader(stream))


def read_json(path: Path | str) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text())
