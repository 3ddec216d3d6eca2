"""Writing ROOT files whose bytes depend on nothing but what is in them."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import uproot

from collapse.files import atomic


def write_tree(
    path: Path | str,
    *,
    types: Mapping[str, Any],
    columns: Mapping[str, Any],
    title: str,
    identity: str,
    strings: Mapping[str, str],
) -> None:
    """Write one tree, `Events`, and strings beside it, whole or not at all.

    Args:
        path: Where to write.
        types: Branch -> its type, as `uproot.WritableDirectory.mktree` takes it.
        columns: Branch -> its values, arrays of one length.
        title: The tree's title.
        identity: A text that is another for another content; the file's UUID comes from it.
        strings: Name -> text.
    """
    digest = uuid.uuid5(uuid.NAMESPACE_OID, identity)
    with (
        atomic(path) as part,
        # A stream, because uproot would put the partial file's name into the file.
        part.open("w+b") as stream,
        _fixed_date(),
        uproot.recreate(stream, compression=uproot.LZMA(9), uuid_function=lambda: digest) as file,
    ):
        tree = file.mktree("Events", types, title=title)
        tree.extend(columns)
        for name, text in strings.items():
            file[name] = text


@contextmanager
def _fixed_date() -> Iterator[None]:
    """Let uproot write one date into all files, so that equal contents are equal bytes.

    It takes the date from the clock and has no option for it.
    """
    clock = SimpleNamespace(datetime=SimpleNamespace(now=lambda: datetime(2026, 1, 1)))
    with (
        mock.patch("uproot.writing._cascade.datetime", clock),
        mock.patch("uproot.writing._cascadetree.datetime", clock),
    ):
        yield
