"""Read events, apply the selection, and write the features' matrix with its split and cutflow."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from collapse.events.cutflow import check_counts, cutflow_table
from collapse.events.dataset import parse_dataset
from collapse.events.remote import verify
from collapse.events.selection import Selection
from collapse.events.sources import resolve_files
from collapse.events.split import hash_rows, split_sides
from collapse.events.store import SPLITS, create_events
from collapse.events.watch import Watch
from collapse.files import scratch
from collapse.logs import job_log


def ingest(
    *, dataset: Mapping[str, Any], path: Path | str, places: Mapping[str, Path | str] | None = None,
    chunk_bytes: int = 64 << 20
) -> None:  # fmt: skip
    """Read events, apply the selection, and write the events file.

    The result does not depend on the size of the chunks.

    Args:
        dataset: A dataset of the config, valid by its schema.
        path: Where to write the events file; see `events.store` for its layout.
        places: Where some of its files lie, if not where it says: copies of those in a storage.
        chunk_bytes: About the memory of the branches read at once. A few times as much is in use
            while they are computed with.

    Raises:
        InputError: If a file or an expression can't be used, or a split would be empty.
    """
    columns, seed = parse_dataset(dataset), dataset["split"]["seed"]
    files, retries = resolve_files(dataset["files"]), dataset.get("retries", 0)
    names, checksums = list(dict(files)), dataset.get("sha256") or {}
    fractions = [dataset["split"][side] for side in SPLITS]
    watch = Watch(list(columns.features))
    with scratch(path) as folder:
        found = verify(names, checksums, retries, folder, places or {})
        read = [(file, inside, found[file]) for file, inside in files]
        selection = Selection(columns, read, dataset.get("max_events"), retries, chunk_bytes)
        rows = selection.rows(dataset.get("sentinels") or [], seed, watch)
        counts = _write_sides([folder / side for side in SPLITS], rows, fractions, seed, watch)
        cutflow = [*selection.cutflow.items(), ("kept", int(counts.sum()))]
        logging.info("cutflow:\n%s", cutflow_table(cutflow, list(selection.empty)))
        sides = dict(zip(SPLITS, counts.tolist(), strict=True))
        check_counts(cutflow, sides, names, selection.empty)
        watch.report()
        with create_events(path, list(columns.features), counts, cutflow) as matrix:
            block = max(1, chunk_bytes // (4 * len(columns.features)))
            _copy([folder / side for side in SPLITS], matrix, block)


def _write_sides(
    parts: Sequence[Path], rows: Iterable[np.ndarray], fractions: Sequence[float], seed: int,
    watch: Watch
) -> np.ndarray:  # fmt: skip
    """Write rows as raw float32 to the file of their side of the split; return each one's count."""
    counts = np.zeros(len(parts), np.int64)
    with ExitStack() as stack:
        streams = [stack.enter_context(part.open("wb")) for part in parts]
        for block in rows:
            hashes = hash_rows(block, seed)
            watch.see_hashes(hashes)
            sides = split_sides(hashes, fractions)
            for side, stream in enumerate(streams):
                stream.write(block[sides == side].tobytes())
            counts += np.bincount(sides, minlength=len(parts))
    return counts


def _copy(parts: Sequence[Path], matrix: Any, block: int) -> None:
    """Copy raw float32 files one after another into the matrix, `block` rows at a time."""
    width = matrix.shape[1]
    start = 0
    for part in parts:
        with part.open("rb") as stream:
            while len(rows := np.fromfile(stream, np.float32, block * width).reshape(-1, width)):
                matrix[start : start + len(rows)] = rows
                start += len(rows)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        ingest(
            dataset=snakemake.params.dataset,
            path=snakemake.output.events,
            places=dict(zip(snakemake.params.files, snakemake.input.files, strict=True)),
        )
