"""Which events of some files are taken: by cuts, by weight, for having all features, or by chance.

The result does not depend on the size of the chunks.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from collapse.errors import InputError, NoEventsError
from collapse.events.compute import Table
from collapse.events.dataset import Columns
from collapse.events.readers import Source, open_source, read_chunks
from collapse.events.split import accept
from collapse.events.watch import Watch

_MOST_REASONS = 20  # of files that can't be used, told at once


@dataclass
class Selection:
    """The events of some files, read in chunks, and what becomes of them.

    Attributes:
        columns: What to compute for each event, and the cuts.
        files: For each, what to call it, what is named inside it, and where it is read.
        limit: Read at most so many events; None for all.
        retries: How often a failed reading from a URL is tried again.
        chunk_bytes: About the memory of the branches read at once. A few times as much is in use
            while they are computed with.
        cutflow: The events left by each step, in its order, counted by `rows`.
        empty: Files without any event, and why, as they are met.
        quiet: Whether a file without events goes without a warning.
    """

    columns: Columns
    files: Sequence[tuple[str, str, str]]
    limit: int | None = None
    retries: int = 0
    chunk_bytes: int = 64 << 20
    cutflow: dict[str, int] = field(default_factory=dict)
    empty: dict[str, str] = field(default_factory=dict)
    quiet: bool = False

    def __post_init__(self) -> None:
        weighting = ["weight"] if self.columns.weight else []
        steps = ["read", *self.columns.selection, *weighting, "non_finite", "sentinel"]
        self.cutflow |= dict.fromkeys(steps, 0)

    def rows(self, sentinels: Sequence[float], seed: int, watch: Watch) -> Iterator[np.ndarray]:
        """Yield the features of the events that are kept, float32 (n, d), chunk by chunk.

        Args:
            sentinels: An event in which a feature has one of these values is dropped.
            seed: Of the draw by weight.
            watch: Takes note of what is odd.

        Raises:
            InputError: If a file, an expression or the weights can't be used.
        """
        stand_ins = np.array(sentinels, np.float32)
        weight = self.columns.weight
        largest = self._largest_weight() if weight else 0.0
        for passed, events, table in self.tables(self.columns.branches):
            for step, left in passed.items():
                self.cutflow[step] += left
            if weight:
                table = table.where(accept(table.values(weight), largest, events, seed))
                self.cutflow["weight"] += len(table)
            exact, rows = feature_values(table, self.columns)
            finite = np.isfinite(rows)
            watch.see_finite(finite)
            mask = finite.all(axis=1)
            self.cutflow["non_finite"] += int(mask.sum())
            mask &= ~np.isin(rows, stand_ins).any(axis=1)
            self.cutflow["sentinel"] += int(mask.sum())
            watch.see_rows(exact[mask])
            yield rows[mask]

    def tables(self, branches: Sequence[str]) -> Iterator[tuple[dict[str, int], np.ndarray, Table]]:
        """Yield the events that pass the cuts, chunk by chunk of all files.

        Args:
            branches: What to read.

        Yields:
            Events left by each step of the chunk, the numbers of the events in all files, and
            their table.
        """
        first = 0
        for i, (path, inside, place) in enumerate(self.files):
            if self.limit is not None and first >= self.limit:
                return
            before = first
            try:
                with self._open(inside, place) as source:
                    left = None if self.limit is None else self.limit - first
                    for n, values in read_chunks(source, branches, self.chunk_bytes, left):
                        table = Table(values, n, self.columns.objects, path)
                        passed = {"read": n}
                        for name, cut in self.columns.selection.items():
                            table = table.where(table.mask(cut))
                            passed[name] = len(table)
                        yield passed, first + table.rows, table
                        first += n
            except NoEventsError as error:
                self._note_empty(path, str(error))
                continue
            except InputError as error:
                self._refuse_all(error, self.files[i + 1 :], branches)
            if first == before:
                self._note_empty(path, f"{path} holds no events.")

    def _open(self, inside: str, place: str) -> AbstractContextManager[Source]:
        columns = self.columns
        return open_source(place, inside, columns.counters, self.retries, columns.matrices)

    def _note_empty(self, path: str, why: str) -> None:
        if self.columns.empty == "error":
            message = f"{why} Remove it from `files`, or go on without it: `empty: warn`."
            raise InputError(message)
        if path not in self.empty:
            self.empty[path] = why
            if not self.quiet:
                logging.warning("%s The study goes on without it.", why)

    def _refuse_all(
        self, first: InputError, files: Sequence[tuple[str, str, str]], branches: Sequence[str]
    ) -> NoReturn:
        """Raise what is wrong with one file, and with those after it that would fail as well."""
        reasons = [str(first)]
        for _, inside, place in files:
            try:
                with self._open(inside, place) as source:
                    next(read_chunks(source, branches, 1, 1), None)
            except NoEventsError:
                continue
            except InputError as error:
                reasons.append(str(error))
        if len(reasons) == 1:
            raise first
        shown = "\n".join(f"- {reason}" for reason in reasons[:_MOST_REASONS])
        more = len(reasons) - _MOST_REASONS
        message = f"{len(reasons)} files can't be used:\n{shown}"
        message += f"\nand {more} more." if more > 0 else ""
        raise InputError(message) from first

    def _largest_weight(self) -> float:
        """Return the largest weight of all selected events, refusing what can't be unweighted."""
        weight = self.columns.weight
        assert weight is not None
        largest, negative, infinite, total = 0.0, 0, 0, 0
        for *_, table in self.tables(self.columns.first_branches):
            weights = table.values(weight)
            finite = np.isfinite(weights)
            negative += int(np.sum(weights < 0))
            infinite += int(np.sum(~finite))
            total += len(weights)
            largest = max(largest, np.max(weights[finite], initial=0.0))
        if negative:
            share = f"{negative / total:.2%}"
            received = f"{share} negative ones ({negative} of {total} selected events)"
        elif infinite:
            received = f"{infinite} of {total} selected events with none that is finite"
        elif total and largest == 0:
            received = "only zeros"
        else:
            return largest
        message = (
            f"weight: expected positive weights, since events are kept in proportion to them,"
            f" received {received} from {weight.text!r}. Add a cut, or leave `weight` out."
        )
        raise InputError(message)


def draw_rows(selection: Selection, most: int) -> tuple[np.ndarray, int]:
    """Draw events that pass the cuts, finite or not, and count them all.

    A file may be ordered, by time or by process, so that its first events are not a sample of it.

    Args:
        selection: Of which files, and the cuts.
        most: Draw at most so many.

    Returns:
        The features in the files' order, float32 (n, d), the same at each call; and how many events
        there are.
    """
    columns, rng, total = selection.columns, np.random.default_rng(0), 0
    rows, keys = np.empty((0, len(columns.features)), np.float32), np.empty(0)
    for *_, table in selection.tables(columns.branches):
        rows = np.concatenate([rows, feature_values(table, columns)[1]])
        keys = np.concatenate([keys, rng.random(len(table))])
        kept = np.sort(np.argsort(keys)[:most])
        rows, keys, total = rows[kept], keys[kept], total + len(table)
    return rows, total


def feature_values(table: Table, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Return a table's features as they are and as they are kept, float64 and float32 (n, d)."""
    exact = np.column_stack([table.values(feature) for feature in columns.features.values()])
    for column, (name, feature) in enumerate(columns.features.items()):
        if name in columns.defaults:
            exact[table.lacking(feature), column] = columns.defaults[name]
    with np.errstate(over="ignore"):  # beyond float32 counts as not finite
        return exact, exact.astype(np.float32)
