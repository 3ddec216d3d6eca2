"""Which events of some files are taken: by cuts, by weight, for having all features, or by chance.

The result does not depend on the size of the chunks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from collapse.errors import InputError
from collapse.events.compute import Table
from collapse.events.dataset import Columns
from collapse.events.expressions import Expression
from collapse.events.readers import open_source, read_chunks
from collapse.events.split import accept
from collapse.events.watch import Watch


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
    """

    columns: Columns
    files: Sequence[tuple[str, str, str]]
    limit: int | None = None
    retries: int = 0
    chunk_bytes: int = 64 << 20
    cutflow: dict[str, int] = field(default_factory=dict)

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
        weight, features = self.columns.weight, self.columns.features
        largest = self._largest_weight() if weight else 0.0
        for passed, events, table in self.tables(self.columns.branches):
            for step, left in passed.items():
                self.cutflow[step] += left
            if weight:
                table = table.where(accept(table.values(weight), largest, events, seed))
                self.cutflow["weight"] += len(table)
            exact, rows = feature_values(table, features)
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
        first, columns = 0, self.columns
        for path, inside, place in self.files:
            if self.limit is not None and first >= self.limit:
                return
            with open_source(place, inside, columns.counters, self.retries) as source:
                left = None if self.limit is None else self.limit - first
                for n, values in read_chunks(source, branches, self.chunk_bytes, left):
                    table = Table(values, n, columns.objects, path)
                    passed = {"read": n}
                    for name, cut in columns.selection.items():
                        table = table.where(table.mask(cut))
                        passed[name] = len(table)
                    yield passed, first + table.rows, table
                    first += n

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
    features, rng, total = selection.columns.features, np.random.default_rng(0), 0
    rows, keys = np.empty((0, len(features)), np.float32), np.empty(0)
    for *_, table in selection.tables(selection.columns.branches):
        rows = np.concatenate([rows, feature_values(table, features)[1]])
        keys = np.concatenate([keys, rng.random(len(table))])
        kept = np.sort(np.argsort(keys)[:most])
        rows, keys, total = rows[kept], keys[kept], total + len(table)
    return rows, total


def feature_values(table: Table, features: dict[str, Expression]) -> tuple[np.ndarray, np.ndarray]:
    """Return a table's features as they are and as they are kept, float64 and float32 (n, d)."""
    exact = np.column_stack([table.values(feature) for feature in features.values()])
    with np.errstate(over="ignore"):  # beyond float32 counts as not finite
        return exact, exact.astype(np.float32)
