"""Where generated events are too few or too many: boxes in feature space.

Boxes are found on one half of the events and counted on the other, so that what a search among
many boxes finds by chance doesn't count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from collapse.metrics.boxes import as_text
from collapse.metrics.comparison import LEAST_EVENTS
from collapse.metrics.correlation import correlation_distance, spearman
from collapse.metrics.counts import compare_counts, corrected
from collapse.metrics.one_dimensional import ks

Box = tuple[np.ndarray, np.ndarray]

# Of a table of regions.
COLUMNS = (
    *("region", "box", "real_share", "generated_share", "ratio", "ratio_low", "ratio_high"),
    *("z", "tail", "displaced", "explains"),
)
# Boxes that are told at most.
MOST = 5
# A box holds at least this share of either sample's half.
_LEAST = 0.01
_LEAVES = 24
# A box with fewer events of either sample isn't cut further.
_FEW = 40
# Quantiles of the pooled half that intervals of one feature begin and end at.
_GRID = 96
# The same for each of two features, and the rectangles that are kept of all pairs.
_CELLS, _RECTANGLES = 16, 12
# Edges are moved over so many quantiles, and by so many of them at most.
_FINE, _MOVES = 128, 6
# Boxes that share more than this of their events are one.
_SAME = 0.5
# Significant from so many standard deviations on, after the number of boxes.
_SIGMAS = 3.3
_CONFIDENCE = 0.95
# Beside a box is what lies within so many of its widths.
_BESIDE = 2.0
# What is explained leaves so many events, and differences below this over the root of their number.
_LEAST_LEFT, _LEFT = 50, 0.25
_CHANCE = 2.0


@dataclass(frozen=True)
class Region:
    """A box, and the events of the second halves in it.

    Attributes:
        low: The lower edge of each feature, -inf without one, shape (d,).
        high: The upper edge, inf without one; the box is half-open, [low, high).
        real: Real events in it, of those that it was not found with.
        n_real: How many these are in all.
        generated: The same of the generated events.
        n_generated: How many these are in all.
        sigmas: How unlikely that is by chance, after the number of boxes that were counted.
    """

    low: np.ndarray
    high: np.ndarray
    real: int
    n_real: int
    generated: int
    n_generated: int
    sigmas: float

    @property
    def real_share(self) -> float:
        """The share of the real events."""
        return self.real / self.n_real

    @property
    def generated_share(self) -> float:
        """The share of the generated events."""
        return self.generated / self.n_generated

    @property
    def ratio(self) -> float:
        """Generated over real share."""
        return self.generated_share / self.real_share if self.real else np.inf

    @property
    def is_tail(self) -> bool:
        """Whether it is all that lies beyond one value of one feature."""
        ends = np.isfinite(self.low).sum() + np.isfinite(self.high).sum()
        return bool(ends == 1)

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the ratio at 95 %, of two Poisson numbers (Clopper and Pearson)."""
        from scipy.stats import beta

        k, n, odds = self.generated, self.generated + self.real, self.n_real / self.n_generated
        tail = (1 - _CONFIDENCE) / 2
        low = beta.ppf(tail, k, n - k + 1) if k else 0.0
        high = beta.isf(tail, k + 1, n - k) if k < n else 1.0
        low, high = (float(p / (1 - p) * odds) if p < 1 else float("inf") for p in (low, high))
        return low, high

    def holds(self, events: np.ndarray) -> np.ndarray:
        """Return which events lie in the box: booleans, shape (n,)."""
        return _inside(events, self.low, self.high)


def _inside(events: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.all((events >= low) & (events < high), axis=1)


def region_rows(
    real: np.ndarray, generated: np.ndarray, names: Sequence[str], least_share: float
) -> list[tuple]:
    """Find where generated events are too few or too many, and whether that is all there is.

    Args:
        real: float, shape (n, d), finite.
        generated: float, shape (m, d); events that are not finite are left out.
        names: The features' names.
        least_share: Regions that hold less of their share are missing, and are what may explain
            what else differs.

    Returns:
        A list of rows with the columns `COLUMNS`; empty where too few events are finite.
    """
    generated = generated[np.isfinite(generated).all(axis=1)]
    if len(generated) < LEAST_EVENTS:
        return []
    found = find_regions(real, generated)
    missing = [region for region in found if region.ratio < least_share]
    explains = explain(real, generated, missing)
    return [
        (
            i, as_text(region.low, region.high, names), region.real_share, region.generated_share,
            region.ratio, *region.interval, region.sigmas, region.is_tail,
            displaced(real, generated, region), explains,
        )
        for i, region in enumerate(found, start=1)
    ]  # fmt: skip


def find_regions(
    real: np.ndarray, generated: np.ndarray, seed: int = 0, most: int = MOST
) -> list[Region]:
    """Find the boxes in which the generated share differs most from the real one.

    Candidates are the intervals of one feature and the leaves of a shallow tree that tells the
    samples apart.

    Args:
        real: float, shape (n, d), finite.
        generated: float, shape (m, d), finite.
        seed: Deals the events to halves.
        most: Boxes at most.

    Returns:
        A list of `Region`, significant each, that with the largest difference of shares first.

    >>> rng = np.random.default_rng(1)
    >>> real, generated = rng.uniform(size=(2, 4000, 2))
    >>> hole = (np.abs(generated - 0.5) < 0.15).all(axis=1)
    >>> [region] = find_regions(real, generated[~hole], most=1)
    >>> bool((abs(region.low - 0.35) < 0.05).all()), bool((abs(region.high - 0.65) < 0.05).all())
    (True, True)
    >>> region.ratio < 0.25
    True
    """
    rng = np.random.default_rng(seed)
    (real_1, real_2), (generated_1, generated_2) = (
        np.array_split(np.asarray(events, float)[rng.permutation(len(events))], 2)
        for events in (real, generated)
    )
    first, second = (real_1, generated_1), (real_2, generated_2)
    searches = [(first, second), (second, first)]
    boxes = [
        (low, high, counted)
        for found, counted in searches
        for low, high in _candidates(*found, seed)
    ]
    regions = [_count(low, high, *counted, len(boxes)) for low, high, counted in boxes]
    regions = [region for region in regions if abs(region.sigmas) >= _SIGMAS]
    regions.sort(key=lambda r: -abs(r.generated_share - r.real_share))
    events = np.concatenate([real, generated])
    return _distinct(regions, [region.holds(events) for region in regions], most)


def _distinct(boxes: Sequence, held: Sequence[np.ndarray], most: int) -> list:
    """Return the first boxes that don't share most of their events with an earlier one."""
    chosen: list = []
    taken: list[np.ndarray] = []
    for box, inside in zip(boxes, held, strict=True):
        shares = (
            np.count_nonzero(inside & other) / max(min(int(inside.sum()), int(other.sum())), 1)
            for other in taken
        )
        if len(chosen) < most and all(share <= _SAME for share in shares):
            chosen.append(box)
            taken.append(inside)
    return chosen


def displaced(real: np.ndarray, generated: np.ndarray, region: Region) -> bool:
    """Say whether the events that a region lacks are beside it: a peak that is smeared.

    Beside it is within twice its width, or for an open end within as large a share of the events.

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d).
        region: A `Region` that lacks events.

    >>> rng = np.random.default_rng(0)
    >>> peak = np.concatenate([rng.normal(0, 0.01, (900, 1)), rng.uniform(-5, 5, (900, 1))])
    >>> smeared = peak + rng.normal(0, 0.1, peak.shape)
    >>> box = Region(np.array([-0.02]), np.array([0.02]), 430, 900, 70, 900, -9.0)
    >>> displaced(peak, smeared, box), displaced(peak, peak[~box.holds(peak)], box)
    (True, False)
    """
    if region.ratio >= 1:
        return False
    low, high = region.low.copy(), region.high.copy()
    for i in np.flatnonzero(np.isfinite(low) | np.isfinite(high)):
        column = np.sort(real[:, i])
        begin, end = np.searchsorted(column, [low[i], high[i]])
        if np.isfinite(low[i]) and np.isfinite(high[i]):
            width = _BESIDE * (high[i] - low[i])
            low[i], high[i] = low[i] - width, high[i] + width
        elif np.isfinite(low[i]):
            low[i] = min(low[i], column[max(2 * begin - end, 0)])
        else:
            high[i] = max(high[i], column[min(2 * end - begin, len(column) - 1)])
    shares = []
    for events in (real, generated):
        inside = region.holds(events)
        around = _inside(events, low, high)
        shares.append((inside.mean(), (around & ~inside).mean()))
    (real_in, real_beside), (generated_in, generated_beside) = shares
    # Without the region's events the others are a larger share of fewer.
    expected = real_beside * (1 - generated_in) / (1 - real_in) if real_in < 1 else 1.0
    excess, n, m = generated_beside - expected, len(real), len(generated)
    noise = np.sqrt(generated_beside / m + expected / n)
    return bool(excess >= 0.5 * (real_in - generated_in) > 0 and excess >= _SIGMAS * noise)


def explain(real: np.ndarray, generated: np.ndarray, missing: Sequence[Region]) -> bool:
    """Say whether missing regions explain what else differs between two samples.

    Where events were only left out, the real ones outside of these regions look as the generated
    ones do: the largest KS distance of a feature and the largest difference of a rank correlation
    are a quarter of what they were, or noise. A shrunk or permuted feature has missing regions too,
    which explain nothing.

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d).
        missing: A list of `Region`.

    >>> x = np.linspace(0, 1, 2001)[:, None]
    >>> middle = Region(np.array([0.4]), np.array([0.6]), 200, 1000, 0, 1000, -9.0)
    >>> explain(x, x[(x < 0.4) | (x >= 0.6)][:, None], [middle]), explain(x, x / 2, [middle])
    (True, False)
    """
    if not missing:
        return False
    left = []
    for events in (real, generated):
        held = np.any([region.holds(events) for region in missing], axis=0)
        left.append(events[~held])
    if min(map(len, left)) < _LEAST_LEFT:
        return False
    before, after = (_apart(*pair) for pair in ((real, generated), left))
    unit = np.sqrt(sum(1 / len(events) for events in left))
    # The largest of many differences of normal numbers is larger by the root of their logarithm.
    pairs = real.shape[1] * (real.shape[1] - 1)
    noise = _CHANCE * unit, (_CHANCE + np.sqrt(2 * np.log(max(pairs, 1)))) * unit
    return all(
        later <= max(_LEFT * earlier, least)
        for earlier, later, least in zip(before, after, noise, strict=True)
    )


def _apart(real: np.ndarray, generated: np.ndarray) -> tuple[float, float]:
    """Return the largest KS distance and the largest difference of rank correlations."""
    far = max(ks(a, b) for a, b in zip(real.T, generated.T, strict=True))
    return far, correlation_distance(spearman(real), spearman(generated))


def _count(
    low: np.ndarray, high: np.ndarray, real: np.ndarray, generated: np.ndarray, boxes: int
) -> Region:
    inside = [_inside(x, low, high).sum() for x in (real, generated)]
    off = float(compare_counts(inside[1], len(generated), inside[0], len(real)))
    # Bonferroni's correction for the boxes, as sigmas.
    off = np.copysign(corrected(abs(off), boxes), off)
    return Region(low, high, int(inside[0]), len(real), int(inside[1]), len(generated), float(off))


def _candidates(real: np.ndarray, generated: np.ndarray, seed: int) -> list[Box]:
    """Return boxes that differ most on the events that they are searched with, none twice."""
    found = [*_intervals(real, generated), *_leaves(real, generated, seed)]
    rectangles = _rectangles(real, generated)
    found += [*rectangles, *_deeper(rectangles, real, generated)]
    found = [_widened(low, high, real, generated) for low, high in found]
    scored = [(abs(_score(*box, real, generated)), box) for box in found]
    scored = sorted((s for s in scored if s[0] >= 2), key=lambda s: -s[0])
    boxes, events = [box for _, box in scored], np.concatenate([real, generated])
    held = [_inside(events, *box) for box in boxes]
    grid = np.quantile(events, np.linspace(0, 1, _FINE + 1), axis=0)
    kept = _distinct(boxes, held, MOST)
    return [_adjusted(low, high, real, generated, grid) for low, high in kept]


def _adjusted(
    low: np.ndarray, high: np.ndarray, real: np.ndarray, generated: np.ndarray, grid: np.ndarray
) -> Box:
    """Move the edges of a box, which a coarse search found, to where it differs most."""
    low, high = low.copy(), high.copy()
    best = abs(_score(low, high, real, generated))
    for _ in range(2):
        for edges in (low, high):
            for i in np.flatnonzero(np.isfinite(edges)):
                kept, column = edges[i], grid[:, i]
                place = np.searchsorted(column, kept)
                for edge in np.unique(column[max(place - _MOVES, 0) : place + _MOVES + 1]):
                    edges[i] = edge
                    score = abs(_score(low, high, real, generated))
                    if score > best and low[i] < high[i]:
                        best, kept = score, edge
                edges[i] = kept
    return low, high


def _score(low: np.ndarray, high: np.ndarray, real: np.ndarray, generated: np.ndarray) -> float:
    """Return about by how many standard deviations the counts in a box differ."""
    r, g = (np.count_nonzero(_inside(x, low, high)) for x in (real, generated))
    return _off(r / len(real), g / len(generated), len(real), len(generated))


def _off(r: Any, g: Any, n: int, m: int) -> Any:
    pooled = (r * n + g * m) / (n + m)
    return (g - r) / np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / n + 1 / m))


def _intervals(real: np.ndarray, generated: np.ndarray) -> Iterator[Box]:
    """Yield for each feature the interval that lacks most and the one that has most too many."""
    n, m, d = len(real), len(generated), real.shape[1]
    for i in range(d):
        pooled = np.concatenate([real[:, i], generated[:, i]])
        edges = np.unique(np.quantile(pooled, np.linspace(0, 1, _GRID + 1)[1:-1]))
        edges = np.concatenate([[-np.inf], edges, [np.inf]])
        # Shares below each edge, and then of all intervals between two.
        r, g = (
            np.searchsorted(np.sort(x[:, i]), edges, side="left") / len(x)
            for x in (real, generated)
        )
        r, g = (x[None, :] - x[:, None] for x in (r, g))
        off = _off(r, g, n, m)
        allowed = np.triu(np.maximum(r, g) >= _LEAST, k=1)
        allowed[0, -1] = False
        for sign in (-1, 1):
            scores = np.where(allowed, sign * off, -np.inf)
            begin, end = np.unravel_index(np.argmax(scores), scores.shape)
            if scores[begin, end] >= 2:
                low, high = np.full(d, -np.inf), np.full(d, np.inf)
                low[i], high[i] = edges[begin], edges[end]
                yield low, high


def _rectangles(real: np.ndarray, generated: np.ndarray) -> list[Box]:
    """Return the rectangles of two features that lack most or have most too many, over all pairs.

    A tree, which cuts one feature at a time, misses a hole that no single cut shows.
    """
    n, m, d = len(real), len(generated), real.shape[1]
    pooled = np.concatenate([real, generated])
    inner = np.linspace(0, 1, _CELLS + 1)[1:-1]
    edges = [np.unique(np.quantile(column, inner)) for column in pooled.T]
    cells = [
        [np.searchsorted(e, x[:, i], side="right") for i, e in enumerate(edges)]
        for x in (real, generated)
    ]
    found = []
    for i in range(d):
        for j in range(i):
            sizes = len(edges[i]) + 1, len(edges[j]) + 1
            r, g = (
                _sums(np.bincount(x[i] * sizes[1] + x[j], minlength=sizes[0] * sizes[1]), sizes)
                / total
                for x, total in zip(cells, (n, m), strict=True)
            )
            off = _off(r, g, n, m)
            off[np.maximum(r, g) < _LEAST] = 0
            for place in {off.argmin(), off.argmax()}:
                rows, columns = np.unravel_index(place, off.shape)
                low, high = np.full(d, -np.inf), np.full(d, np.inf)
                for k, span in ((i, rows), (j, columns)):
                    ends = np.concatenate([[-np.inf], edges[k], [np.inf]])
                    begin, end = (ends_of[span] for ends_of in np.triu_indices(len(ends), k=1))
                    low[k], high[k] = ends[begin], ends[end]
                found.append((-abs(off.flat[place]), i, j, place, low, high))
    return [(low, high) for *_, low, high in sorted(found, key=lambda f: f[:4])[:_RECTANGLES]]


def _deeper(boxes: Iterable[Box], real: np.ndarray, generated: np.ndarray) -> Iterator[Box]:
    """Yield boxes cut by the interval of a third feature that differs most within them."""
    for low, high in boxes:
        inside = [x[_inside(x, low, high)] for x in (real, generated)]
        if min(map(len, inside)) < _FEW:
            continue
        for begin, end in _intervals(*inside):
            yield np.maximum(low, begin), np.minimum(high, end)


def _sums(counts: np.ndarray, sizes: tuple[int, int]) -> np.ndarray:
    """Return the sums of cells over all intervals of rows by all intervals of columns."""
    table = counts.reshape(sizes)
    for axis in (0, 1):
        begin, end = np.triu_indices(table.shape[axis] + 1, k=1)
        below = np.insert(table.cumsum(axis=axis), 0, 0, axis=axis)
        table = np.take(below, end, axis=axis) - np.take(below, begin, axis=axis)
    return table


def _leaves(real: np.ndarray, generated: np.ndarray, seed: int) -> Iterator[Box]:
    from sklearn.tree import DecisionTreeClassifier

    events = np.concatenate([real, generated])
    labels = np.concatenate([np.ones(len(real)), np.zeros(len(generated))])
    tree = DecisionTreeClassifier(
        criterion="entropy", max_leaf_nodes=_LEAVES, class_weight="balanced", random_state=seed,
        min_samples_leaf=max(5, int(_LEAST * len(events) / 2)),
    ).fit(events, labels).tree_  # fmt: skip
    d = real.shape[1]
    stack = [(0, np.full(d, -np.inf), np.full(d, np.inf))]
    while stack:
        node, low, high = stack.pop()
        if tree.children_left[node] < 0:
            if node:
                yield low, high
            continue
        i, edge = tree.feature[node], tree.threshold[node]
        # The tree's left side holds its edge.
        edge = np.nextafter(edge, np.inf)
        left, right = high.copy(), low.copy()
        left[i], right[i] = edge, edge
        stack += [(tree.children_left[node], low, left), (tree.children_right[node], right, high)]


def _widened(low: np.ndarray, high: np.ndarray, real: np.ndarray, generated: np.ndarray) -> Box:
    """Drop the edges that a box is no better for."""
    low, high = low.copy(), high.copy()
    best = abs(_score(low, high, real, generated))
    for edges, open_end in ((low, -np.inf), (high, np.inf)):
        for i in np.flatnonzero(np.isfinite(edges)):
            kept, edges[i] = edges[i], open_end
            score = abs(_score(low, high, real, generated))
            if score >= best:
                best = score
            else:
                edges[i] = kept
    return low, high
