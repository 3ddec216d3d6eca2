"""Files that appear whole or not at all."""

import csv
import json
import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path):
    """Yield a path beside `path` to write to; rename it to `path` on success, remove it on failure.

    Args:
        path: Where the finished file shall be. Missing folders are made.

    Yields:
        A `pathlib.Path` in the same folder with the same suffix, so that the rename is atomic.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path, content):
    """Write `content` as indented JSON, whole or not at all."""
    with whole(path) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")


def write_csv(path, header, rows):
    """Write rows as CSV, whole or not at all; floats in their shortest exact form."""
    with whole(path) as part, part.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_csv(path):
    """Read a CSV file with a header into a list of dicts of strings."""
    with Path(path).open(newline="") as stream:
        return list(csv.DictReader(stream))


def read_json(path):
    """Read a JSON file."""
    return json.loads(Path(path).read_text())
