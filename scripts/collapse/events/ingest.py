"""From files of events to the features' matrix: selection, unweighting, split and cutflow."""

import itertools
import logging
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np

from collapse.errors import InputError
from collapse.events.compute import Table
from collapse.events.dataset import parse_dataset
from collapse.events.readers import open_source, read_chunks
from collapse.events.remote import verify
from collapse.events.sources import resolve_files
from collapse.events.split import accept, hash_rows, split_sides
from collapse.events.store import SPLITS, create_events
from collapse.files import scratch

log = logging.getLogger(__name__)

_HASHES = 1_000_000  # rows among which identical ones are counted
_REPEATED = 0.01
_FEW = 10  # rows too few to tell an event's number from a measured one


def ingest(dataset, path, *, places=None, chunk_bytes=64 << 20):
    """Read events, apply the selection, and write the events file.

    The result does not depend on the size of the chunks.

    Args:
        dataset: A dataset of the config, valid by its schema.
        path: Where to write the events file; see `store` for its layout.
        places: Where some of its files lie, if not where it says: copies of those in a storage.
        chunk_bytes: About the memory of the branches read at once. A few times as much is in use
            while they are computed with.

    Returns:
        The cutflow: pairs of step and events left.

    Raises:
        InputError: If a file or an expression can't be used, or a split would be empty.
    """
    recipe = parse_dataset(dataset)
    files = resolve_files(dataset["files"])
    limit, seed, retries = (
        dataset.get("max_events"),
        dataset["split"]["seed"],
        dataset.get("retries", 0),
    )
    largest = None
    weighting = ["weight"] if recipe.weight else []
    steps = ["read", *recipe.selection, *weighting, "non_finite", "sentinel"]
    cutflow = dict.fromkeys(steps, 0)
    sentinels = np.array(dataset.get("sentinels") or [], np.float32)
    fractions = [dataset["split"][name] for name in SPLITS]
    watch = _Watch(list(recipe.features))
    with ExitStack() as stack:
        folder = stack.enter_context(scratch(path))
        checksums = dataset.get("sha256") or {}
        places = verify(list(dict(files)), checksums, retries, folder, places or {})
        sources = [(path, inside, places[path]) for path, inside in files]
        selected = partial(_selected, sources, recipe, limit, chunk_bytes, retries)
        if recipe.weight:
            tables = (table for *_, table in selected(recipe.first_branches))
            largest = _largest_weight(tables, recipe.weight)
        parts = [Path(folder, name) for name in SPLITS]
        streams = [stack.enter_context(part.open("wb")) for part in parts]
        counts = np.zeros(len(SPLITS), np.int64)
        for passed, events, table in selected(recipe.branches):
            for step, left in passed.items():
                cutflow[step] += left
            if recipe.weight:
                mask = accept(table.values(recipe.weight), largest, events, seed)
                table = table.where(mask)
                cutflow["weight"] += len(table)
            rows = _kept(table, recipe.features, sentinels, cutflow, watch)
            hashes = hash_rows(rows, seed)
            watch.see_hashes(hashes)
            sides = split_sides(hashes, fractions)
            for side, stream in enumerate(streams):
                stream.write(rows[sides == side].tobytes())
            counts += np.bincount(sides, minlength=len(SPLITS))
        cutflow = [*cutflow.items(), ("kept", int(counts.sum()))]
        log.info("cutflow:\n%s", cutflow_table(cutflow))
        _check_counts(cutflow, counts, files)
        watch.report()
        for stream in streams:
            stream.close()
        with create_events(path, dataset["features"], counts, cutflow) as matrix:
            _copy(parts, matrix, max(1, chunk_bytes // (4 * len(recipe.features))))
    return cutflow


def cutflow_table(cutflow):
    """Lay out a cutflow with its efficiencies: of all events, and of the step before.

    >>> print(cutflow_table([("read", 200), ("two_muons", 50), ("kept", 50)]))
    step      events     total      step
    read         200  100.00 %  100.00 %
    two_muons     50   25.00 %   25.00 %
    kept          50   25.00 %  100.00 %
    """
    first = max(cutflow[0][1], 1)
    names = [len(step) for step, _ in cutflow]
    wide = max(len("step"), *names)
    digits = max(len("events"), len(str(first)))
    lines = [f"{'step':{wide}} {'events':>{digits}} {'total':>9} {'step':>9}"]
    before = first
    for step, left in cutflow:
        total, relative = left / first, left / max(before, 1)
        lines.append(f"{step:{wide}} {left:{digits}} {total:>8.2%} {relative:>8.2%}")
        before = left
    return "\n".join(lines).replace("%", " %")


def _selected(sources, recipe, limit, chunk_bytes, retries, branches):
    """Yield events left per step, their numbers and their table, for each chunk of all files."""
    first = 0
    for path, inside, place in sources:
        if limit is not None and first >= limit:
            return
        with open_source(place, inside, recipe.counters, retries) as source:
            left = None if limit is None else limit - first
            for n, columns in read_chunks(source, branches, chunk_bytes, left):
                table = Table(columns, n, recipe.objects, path)
                passed = {"read": n}
                for name, cut in recipe.selection.items():
                    table = table.where(table.mask(cut))
                    passed[name] = len(table)
                yield passed, first + table.rows, table
                first += n


def _largest_weight(tables, weight):
    """Return the largest weight of all selected events, refusing what can't be unweighted."""
    largest, negative, infinite, total = 0.0, 0, 0, 0
    for table in tables:
        weights = table.values(weight)
        finite = np.isfinite(weights)
        negative += int(np.sum(weights < 0))
        infinite += int(np.sum(~finite))
        total += len(weights)
        largest = max(largest, np.max(weights[finite], initial=0.0))
    received = None
    if negative:
        received = f"{negative / total:.2%} negative ones ({negative} of {total} selected events)"
    elif infinite:
        received = f"{infinite} of {total} selected events with none that is finite"
    elif total and largest == 0:
        received = "only zeros"
    if received:
        message = (
            f"weight: expected positive weights, since events are kept in proportion to them,"
            f" received {received} from {weight.text!r}. Add a cut, or leave `weight` out."
        )
        raise InputError(message)
    return largest


def _kept(table, features, sentinels, cutflow, watch):
    """Return the features of the events that have all of them, float32 (n, d)."""
    exact = np.column_stack([table.values(feature) for feature in features.values()])
    with np.errstate(over="ignore"):  # beyond float32 counts as not finite
        rows = exact.astype(np.float32)
    finite = np.isfinite(rows)
    watch.see_finite(finite)
    mask = finite.all(axis=1)
    cutflow["non_finite"] += int(mask.sum())
    mask &= ~np.isin(rows, sentinels).any(axis=1)
    cutflow["sentinel"] += int(mask.sum())
    watch.see_rows(exact[mask])
    return rows[mask]


def _check_counts(cutflow, counts, files):
    """Refuse to go on with an empty split, saying where its events went."""
    if counts.min() > 0:
        return
    history = ", ".join(f"{step} {left}" for step, left in cutflow)
    kept = cutflow[-1][1]
    if kept == 0:
        step = next(step for step, left in cutflow if left == 0)
        names = ", ".join(path for path, _ in files[:3])
        reason = f"{names} hold none" if step == "read" else f"{step} dropped all of them"
        advice = "Give files with events" if step == "read" else f"Look at {step}"
    else:
        empty = next(name for name, count in zip(SPLITS, counts, strict=True) if count == 0)
        reason = f"{empty} received none of the {kept} events"
        advice = "Loosen the selection or read more events"
    message = f"expected events in each split, but {reason} (cutflow: {history}). {advice}."
    raise InputError(message)


def _copy(parts, matrix, block):
    """Copy raw float32 files one after another into the matrix, `block` rows at a time."""
    width = matrix.shape[1]
    start = 0
    for part in parts:
        with part.open("rb") as stream:
            while len(rows := np.fromfile(stream, np.float32, block * width).reshape(-1, width)):
                matrix[start : start + len(rows)] = rows
                start += len(rows)


class _Watch:
    """Notices features that a GAN can't or shouldn't learn, while the events pass."""

    def __init__(self, names):
        self.names = names
        self.infinite = np.zeros(len(names), np.int64)
        self.low, self.high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
        self.equal = list(itertools.combinations(range(len(names)), 2))
        self.rising = np.ones(len(names), bool)
        self.falling = np.ones(len(names), bool)
        self.last = np.empty((0, len(names)))
        self.count = 0
        self.hashes = []
        self.hashed = 0

    def see_finite(self, finite):
        """Take note of where features, bool (n, d), are finite."""
        self.infinite += np.sum(~finite, axis=0)

    def see_rows(self, rows):
        """Take note of kept rows, float64 (n, d), in the order of reading."""
        if len(rows) == 0:
            return
        self.count += len(rows)
        self.low = np.minimum(self.low, rows.min(axis=0))
        self.high = np.maximum(self.high, rows.max(axis=0))
        self.equal = [(i, j) for i, j in self.equal if np.array_equal(rows[:, i], rows[:, j])]
        steps = np.diff(np.concatenate([self.last, rows]), axis=0)
        whole = (rows == np.floor(rows)).all(axis=0)
        self.rising &= whole & (steps > 0).all(axis=0)
        self.falling &= whole & (steps < 0).all(axis=0)
        self.last = rows[-1:]

    def see_hashes(self, hashes):
        """Take note of kept rows' hashes, uint64 (n,), as long as there is room for them."""
        hashes = hashes[: _HASHES - self.hashed]
        self.hashes.append(hashes)
        self.hashed += len(hashes)

    def report(self):
        """Log what was noticed, one warning for each."""
        for name, count in zip(self.names, self.infinite, strict=True):
            if count:
                log.warning(
                    "features.%s was not finite in %d events, which were dropped. If that is not"
                    " meant, add a cut for what it needs.",
                    name,
                    count,
                )
        constant = self.low == self.high
        for name, value in zip(np.array(self.names)[constant], self.low[constant], strict=True):
            log.warning("features.%s is %g in all events. Remove it.", name, value)
        for first, second in self.equal:
            if not constant[first]:
                names = self.names[first], self.names[second]
                log.warning("features.%s and features.%s are equal. Remove one.", *names)
        counting = (self.rising | self.falling) & (self.count >= _FEW)
        for name in np.array(self.names)[counting]:
            log.warning(
                "features.%s counts up or down from event to event, as an event's number does."
                " Remove it unless it is measured.",
                name,
            )
        hashes = np.concatenate(self.hashes)
        repeated = 1 - len(np.unique(hashes)) / max(1, len(hashes))
        if repeated > _REPEATED:
            log.warning(
                "%.1f %% of the rows repeat another one exactly. Copies share a side of the split,"
                " but a diversity measured on them is too low: check the files for duplicates.",
                100 * repeated,
            )
