"""Faults of known truth that would fool a judge of generated events, and truth that looks faulty.

Written without a look at the rules of the diagnosis, and `accepted` before it was ever run on them.
Each takes a trial: `pool`, true events that neither side of the comparison has, at least three
times as many as needed; `memory`, the training events; `size`, the events to return; `rng`;
`names` of the features; and `windows`, name -> (column, low, high). It returns None where the
dataset has no place for the fault, or where even an ideal statistician couldn't see it.

`accepted` reads the kinds literally, in their order, except that a region is missing only where
events were left out: pressing, smearing or moving them elsewhere is another fault.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import ndtri


@dataclass(frozen=True)
class Adversary:
    """A fault, or truth in disguise.

    Args:
        name: What it is called.
        accepted: The kinds any of which is right as the first that is named.
        inject: Returns the events of a trial, float, shape (size, d), or None.
        why: What it is, and what a careless judge takes it for.
    """

    name: str
    accepted: frozenset
    inject: Callable
    why: str


def soft_clip(trial):
    """Bend the outer 6 % of one feature, on one side, into an edge that few events share."""
    columns = np.flatnonzero(_is_continuous(trial))
    if not len(columns):
        return None
    events = _truth(trial)
    i, sign = trial.rng.choice(columns), trial.rng.choice([-1, 1])
    knee, far = np.quantile(sign * trial.pool[:, i], [0.94, 0.995])
    width = 0.02 * (far - knee)
    beyond = (sign * events[:, i] - knee).clip(0)
    # The slope is 1 at the knee.
    events[:, i] += sign * (width * -np.expm1(-beyond / width) - beyond)
    return _as_pool(trial, events)


def oblique_clip(trial):
    """Project what lies beyond a plane in two features onto it."""
    columns = _free(trial)
    # In two features that hardly go together no box of the lost corner holds enough events.
    pair = _pair(trial, columns, lambda rho: (np.abs(rho) > 0.35) & (np.abs(rho) < 0.75))
    if pair is None:
        return None
    events = _truth(trial)
    a, b, rho = pair
    orders = [np.sort(trial.pool[:, i]) for i in (a, b)]
    signs = np.array([1, np.sign(rho)])
    scores = np.column_stack(
        [_scores(o, events[:, i]) for o, i in zip(orders, (a, b), strict=True)]
    )
    total = scores @ signs
    pooled = [_scores(orders[k], trial.pool[:, i]) for k, i in enumerate((a, b))]
    beyond = (total - np.quantile(pooled[0] + signs[1] * pooled[1], 0.94)).clip(0)
    moved = beyond > 0
    for k, i in enumerate((a, b)):
        projected = scores[moved, k] - signs[k] * beyond[moved] / 2
        events[moved, i] = np.interp(projected, _grid_scores(len(orders[k])), orders[k])
    return _as_pool(trial, events)


def rare_mode_dropped(trial):
    """Leave out 95 % of the rarest mode."""
    modes = _modes(trial)
    if modes is None:
        return None
    place, count = modes
    shares = np.bincount(place, minlength=count + 1)[:count] / len(place)
    # With fewer expected, none at all is an accident that happens.
    seen = np.flatnonzero(shares * trial.size >= 15)
    if not len(seen):
        return None
    lost = seen[np.argmin(shares[seen])]
    return _draw(trial, np.where(place == lost, 0.05, 1.0))


def wide_kernels(trial):
    """Draw from a kernel density estimate whose bandwidth washes out the narrow peaks."""
    events = _truth(trial)
    if trial.windows:
        scales, pool = _scales(trial), trial.pool[:10000].astype(float)
        bandwidths = np.where(_is_continuous(trial), 0.15 * scales, 0.0)
        watched = sorted({column for column, _, _ in trial.windows.values()})
        shares = [_inside(pool, window).mean() for window in trial.windows.values()]
        for strength in (0.05, 0.1, 0.2, 0.4):
            bandwidths[watched] = strength * scales[watched]
            smeared = pool + bandwidths * trial.rng.standard_normal(pool.shape)
            kept = [
                _inside(smeared, window).mean() / share
                for window, share in zip(trial.windows.values(), shares, strict=True)
                # With fewer expected, none at all is an accident that happens.
                if share * trial.size >= 40
            ]
            if min(kept, default=1) < 0.12:
                return _as_pool(
                    trial, events + bandwidths * trial.rng.standard_normal(events.shape)
                )
        # What lies under the peaks keeps the windows filled.
        return None
    lattice = _lattice(trial)
    if lattice is None:
        return None
    widths = [
        np.mean([trial.pool[place == k, i].std() for k in range(place.max() + 1)])
        for i, place in enumerate(lattice)
    ]
    # 11 % of the events stay within three standard deviations, in two dimensions.
    return _as_pool(trial, events + 6 * np.array(widths) * trial.rng.standard_normal(events.shape))


def hole_in_three(trial):
    """Leave out a box in three features at once that holds 5.5 % of the events."""
    columns = _free(trial)
    if len(columns) < 3:
        return None
    for _ in range(8):
        chosen = trial.rng.choice(columns, 3, replace=False)
        ranks = _ranks(trial.pool[:, chosen])
        inner = np.flatnonzero((np.abs(ranks - 0.5) < 0.25).all(axis=1))
        if not len(inner):
            continue
        distance = np.abs(ranks - ranks[trial.rng.choice(inner)]).max(axis=1)
        reach = np.quantile(distance, 0.055)
        hole = distance < reach
        # A wide box, or most of a narrow window, would be another case.
        lost = [np.mean(hole[_inside(trial.pool, w)]) for w in trial.windows.values()]
        if reach < 0.3 and max(lost, default=0) < 0.5:
            return _draw(trial, np.where(hole, 0.0, 1.0))
    return None


def ring_hole(trial):
    """Leave out a ring around the middle of two features."""
    # On a grid of Gaussians whole modes would be gone. In 500 events no box that fits into the
    # ring holds ten.
    if trial.pool.shape[1] < 3 or trial.size < 2000:
        return None
    pair = _pair(trial, _free(trial), lambda rho: np.abs(rho) < 0.15)
    if pair is None:
        return None
    radius = np.hypot(*(_normal(trial.pool[:, i]) for i in pair[:2]))
    ring = (radius > 0.7) & (radius < 1.04)
    return _draw(trial, np.where(ring, 0.0, 1.0))


def copies_in_a_corner(trial):
    """Replace one feature's outer 15 % by every third of them, three times, hardly jittered."""
    columns = _free(trial)
    # In one dimension others are as near by chance.
    if trial.pool.shape[1] < 2 or not len(columns):
        return None
    events = _truth(trial)
    i, sign = trial.rng.choice(columns), trial.rng.choice([-1, 1])
    corner = np.flatnonzero(
        sign * events[:, i] > np.quantile(sign * trial.pool[:, i].astype(float), 0.85)
    )
    corner = trial.rng.permutation(corner)
    events[corner] = events[np.resize(corner[: max(len(corner) // 3, 1)], len(corner))]
    jitter = np.where(_is_continuous(trial), 1e-5 * _scales(trial), 0.0)
    events[corner] += jitter * trial.rng.standard_normal((len(corner), len(jitter)))
    return _as_pool(trial, events)


def second_pass(trial):
    """End with the first 8 % of the events again, in their order."""
    again = round(0.08 * trial.size)
    events = _truth(trial)
    # Where true events repeat as well it is no fault.
    if len(np.unique(events, axis=0)) < 0.99 * trial.size:
        return None
    events[-again:] = events[:again]
    return _as_pool(trial, events)


def thinned_shoulder(trial):
    """Leave out two of three events beyond a heavy feature's shoulder, and keep its extremes."""
    # In 500 events 25 lie above the 95 % quantile, and the spread is too uncertain.
    columns = np.flatnonzero(_is_heavy(trial))
    if trial.size < 2000 or not len(columns):
        return None
    kept, shoulder = 0.34, np.linspace(0.8, 0.94, 29)
    total = shoulder + kept * (1 - shoulder)
    upper = np.where(
        0.95 * total < shoulder, 0.95 * total, shoulder + (0.95 * total - shoulder) / kept
    )
    best = (0.0, 0, 0.0)
    for i in columns:
        column = trial.pool[:, i].astype(float)
        low, high = np.quantile(column, [0.05, 0.95])
        spread = np.quantile(column, upper) - np.quantile(column, 0.05 * total)
        k = np.argmin(spread)
        best = max(best, (1 - spread[k] / (high - low), i, np.quantile(column, shoulder[k])))
    # Only a heavy tail is long enough.
    if best[0] < 0.27:
        return None
    return _draw(trial, np.where(trial.pool[:, best[1]] > best[2], kept, 1.0))


def pressed_tail(trial):
    """Press one feature's outer 5 % together, and make 1 % of the events NaNs."""
    # In 500 events five lie above the 99 % quantile.
    columns = np.flatnonzero(_is_heavy(trial))
    if trial.size < 2000 or not len(columns):
        return None
    slope = 0.25
    quantiles = np.quantile(trial.pool[:, columns].astype(float), [0.5, 0.95, 0.99], axis=0)
    median, knee, outer = quantiles
    lost = (1 - slope) * (outer - knee) / (outer - median)
    places = np.flatnonzero(lost > 0.27)
    if not len(places):
        return None
    k = trial.rng.choice(places)
    events, i = _truth(trial), columns[k]
    beyond = (events[:, i] - knee[k]).clip(0)
    events[:, i] -= (1 - slope) * beyond
    events[trial.rng.permutation(trial.size)[: trial.size // 100], i] = np.nan
    return _as_pool(trial, events)


def leak_over_an_edge(trial):
    """Reflect the 3 % next to a hard edge of one feature to its other side."""
    places = []
    watched = [_inside(trial.pool, window) for window in trial.windows.values()]
    for i in np.flatnonzero(_is_continuous(trial)):
        column = trial.pool[:, i].astype(float)
        low, high = np.quantile(column, [0.05, 0.95])
        for sign in (-1, 1):
            edge, inner = (sign * column).max(), np.quantile(sign * column, 0.97)
            # A hard edge: the 3 % are close to it, and no part of a window's events.
            near = sign * column > inner
            part = max((np.mean(near[w]) for w in watched), default=0)
            if edge - inner < 0.05 * (high - low) and part < 0.1:
                places.append((i, sign, edge, inner))
    if not places:
        return None
    i, sign, edge, inner = places[trial.rng.integers(len(places))]
    events = _truth(trial)
    near = sign * events[:, i] > inner
    # A little further, because the greatest of all real events may not be in the pool.
    events[near, i] = sign * (2 * edge - sign * events[near, i] + 0.1 * (edge - inner))
    return _as_pool(trial, events)


def few_in_other_units(trial):
    """Give 3 % of the events in units a thousand times smaller."""
    columns = np.flatnonzero(_is_heavy(trial))
    if not len(columns):
        columns = np.flatnonzero(_is_continuous(trial))
    events = _truth(trial)
    chosen = trial.rng.permutation(trial.size)[: round(0.03 * trial.size)]
    events[np.ix_(chosen, columns)] *= 1000
    return _as_pool(trial, events)


def signs_flipped(trial):
    """Flip the sign of a symmetric feature in half of the events."""
    columns = np.flatnonzero(_is_continuous(trial))
    rho = np.abs(_spearman(trial, columns))
    places = []
    for i in columns[(rho >= 0.45).any(axis=1)]:
        column = np.sort(trial.pool[:, i].astype(float))
        centre = np.median(column)
        mirrored = np.searchsorted(column, 2 * centre - column[::-1]) / len(column)
        # Another feature's own shape would give it away.
        if np.abs(mirrored - np.arange(len(column)) / len(column)).max() < 0.02:
            places.append((i, centre))
    if not places:
        return None
    i, centre = places[trial.rng.integers(len(places))]
    events = _truth(trial)
    flipped = trial.rng.random(trial.size) < 0.5
    events[flipped, i] = 2 * centre - events[flipped, i]
    return _as_pool(trial, events)


def rare_mode_overfilled(trial):
    """Give the rarest window 1.6 times its share, or half of the Gaussians more than the others."""
    modes = _modes(trial)
    if modes is None:
        return None
    place, count = modes
    if not trial.windows:
        # With 20 events in a mode the shares are too uncertain.
        if trial.size < 2000:
            return None
        favoured = np.isin(place, trial.rng.permutation(count)[: count // 2])
        share = favoured.mean()
        return _draw(trial, np.where(favoured, 1 + 0.14 / share, 1 - 0.14 / (1 - share)))
    shares = np.bincount(place, minlength=count + 1)[:count] / len(place)
    # A change of 60 % is then at least five standard deviations.
    seen = np.flatnonzero(shares * trial.size >= 200)
    if not len(seen):
        return None
    return _draw(trial, np.where(place == seen[np.argmin(shares[seen])], 1.6, 1.0))


def between_neighbours(trial):
    """Step from training events a part of the way to a neighbour among them."""
    count = min(trial.size, len(trial.memory))
    # No training event is used twice, or the events would repeat.
    if count < 0.5 * trial.size:
        return None
    start = trial.memory[trial.rng.permutation(len(trial.memory))[:count]].astype(float)
    columns, heavy = np.flatnonzero(_is_continuous(trial)), _is_heavy(trial)
    logarithmic = np.flatnonzero(heavy & (start > 0).all(axis=0))
    steps = start.copy()
    steps[:, logarithmic] = np.log(steps[:, logarithmic])
    reduced = steps[:, columns] / np.maximum(_spread(steps[:, columns]), 1e-12)
    neighbour = _neighbours(reduced, trial.rng)
    # From one resonance to another there is no way, and longer steps would pull the tails in.
    away = [_inside(start, w) != _inside(start, w)[neighbour] for w in trial.windows.values()]
    stride = 0.08 * trial.rng.random(count) * ~np.any(away, axis=0)
    steps[:, columns] += stride[:, None] * (steps[neighbour] - steps)[:, columns]
    steps[:, logarithmic] = np.exp(steps[:, logarithmic])
    events = _truth(trial)
    events[trial.rng.permutation(trial.size)[:count]] = steps
    return _as_pool(trial, events)


def quantised(trial):
    """Round one feature to the middles of 500 cells over its range."""
    # With one or two features the events themselves would come to the same places.
    if trial.pool.shape[1] < 3:
        return None
    cells, places = 500, []
    for i in _free(trial):
        column = trial.pool[:, i].astype(float)
        low, step = column.min(), np.ptp(column) / cells
        beyond = np.mean((column < low + step / 2) | (column > column.max() - step / 2))
        fullest = np.bincount(((column - low) // step).astype(int)).max() / len(column)
        # Cells that are fine for the bulk, and at the ends not a cut.
        if beyond < 0.0025 and fullest < 0.01:
            places.append((i, low, step))
    if not places:
        return None
    i, low, step = places[trial.rng.integers(len(places))]
    events = _truth(trial)
    cell = ((events[:, i] - low) // step).clip(0, cells - 1)
    events[:, i] = low + (cell + 0.5) * step
    return _as_pool(trial, events)


def wrong_marginal(trial):
    """Give one feature another distribution, with the order, the spread and the tails it had."""
    d, columns = trial.pool.shape[1], _free(trial)
    # On a grid of Gaussians it would change the modes' shares.
    if d == 2 or not len(columns):
        return None
    events, i = _truth(trial), trial.rng.choice(columns)
    order = np.sort(trial.pool[:, i].astype(float))
    rank = (np.searchsorted(order, events[:, i]) + trial.rng.random(trial.size)) / (len(order) + 1)
    # The density is between 2/3 and 2 of the true one, and the KS distance 0.16.
    sign = trial.rng.choice([-1, 1])
    rank += sign * 0.5 / (2 * np.pi) * (1 - np.cos(2 * np.pi * rank))
    events[:, i] = np.interp(rank, (np.arange(len(order)) + 0.5) / len(order), order)
    return _as_pool(trial, events)


def columns_swapped(trial):
    """Exchange two features in a fifth of the events: of two that are ordered, or look alike."""
    columns = np.flatnonzero(_is_continuous(trial))
    watched = {column for column, _, _ in trial.windows.values()}
    pairs = [(a, b) for a in columns for b in columns if a != b and not {a, b} & watched]
    events, sample = _truth(trial), trial.pool[:4000].astype(float)
    low, median, high = np.quantile(sample, [0.05, 0.5, 0.95], axis=0)
    least, greatest = trial.pool.min(axis=0), trial.pool.max(axis=0)
    ordered = [
        (a, b)
        for a, b in pairs
        if median[a] < high[b]
        and median[b] > low[a]
        and (sample[:, a] >= sample[:, b]).all()
        # Else too many would be outside of what the other feature has.
        and np.mean(sample[:, b] < least[a]) < 0.03
        and np.mean(sample[:, a] > greatest[b]) < 0.03
    ]
    if not ordered and trial.size >= 2000:
        # 500 events can't tell a rank correlation that is off by 0.1.
        rho, order = _spearman(trial, columns), np.sort(sample, axis=0)
        index = {c: k for k, c in enumerate(columns)}
        scale = _scales(trial)
        for a, b in pairs:
            others = np.delete(np.abs(rho[index[a]] - rho[index[b]]), [index[a], index[b]])
            alike = np.abs(order[:, a] - order[:, b])[40:-40].max() < 0.1 * min(scale[a], scale[b])
            if alike and 0.5 < others.max(initial=0) < 0.75:
                ordered.append((a, b))
    if not ordered:
        return None
    pair = list(ordered[trial.rng.integers(len(ordered))])
    chosen = trial.rng.permutation(trial.size)[: trial.size // 5]
    events[np.ix_(chosen, pair)] = events[np.ix_(chosen, pair[::-1])]
    return _as_pool(trial, events)


def tail_uncorrelated(trial):
    """Deal each other feature anew among the events in the upper 12 % of one."""
    columns = np.flatnonzero(_is_continuous(trial))
    # A grid of Gaussians has nothing to lose.
    if len(columns) < 3:
        return None
    rho = np.abs(_spearman(trial, columns))
    places = columns[np.sum(rho > 0.4, axis=1) >= 1]
    # Sixty events with weaker correlations don't tell.
    if not len(places) or (trial.size < 2000 and rho.max() < 0.6):
        return None
    i = trial.rng.choice(places)
    events = _truth(trial)
    tail = np.flatnonzero(events[:, i] > np.quantile(trial.pool[:, i], 0.88))
    for j in range(events.shape[1]):
        if j != i:
            events[tail, j] = events[trial.rng.permutation(tail), j]
    return _as_pool(trial, events)


def split_mode(trial):
    """Move one peak's events to either side by its width."""
    events = _truth(trial)
    side = trial.rng.choice([-1.0, 1.0], trial.size)
    if trial.windows:
        windows = list(trial.windows.values())
        for k in trial.rng.permutation(len(windows)):
            column = windows[k][0]
            inside = _inside(events, windows[k])
            pooled = trial.pool[_inside(trial.pool, windows[k]), column].astype(float)
            # Fewer than sixty don't tell their width.
            if inside.sum() < 60 or len(pooled) < 60:
                continue
            low, q16, centre, q84, high = np.quantile(pooled, [0.05, 0.16, 0.5, 0.84, 0.95])
            width = (q84 - q16) / 2
            # A peak, and one that stays in its window and keeps more than half of its middle.
            peak = width < 0.5 * (windows[k][2] - windows[k][1]) / np.sqrt(3)
            moved = pooled + width * trial.rng.choice([-1.0, 1.0], len(pooled))
            middle = [np.mean(np.abs(x - centre) < 0.25 * width) for x in (moved, pooled)]
            stays = low - width > windows[k][1] and high + width < windows[k][2]
            if peak and stays and middle[0] > 0.35 * middle[1]:
                events[inside, column] += width * side[inside]
                return _as_pool(trial, events)
        return None
    lattice = _lattice(trial)
    # In 500 events a mode has 20, too few to tell its width from those of 24 others.
    if lattice is None or trial.size < 2000:
        return None
    # An inner one, or events would leave the range.
    chosen = [trial.rng.integers(1, place.max()) for place in lattice]
    members = np.all([place == k for place, k in zip(lattice, chosen, strict=True)], axis=0)
    inside = members[: trial.size]
    events[inside, 0] += 1.2 * trial.pool[members, 0].std() * side[inside]
    return _as_pool(trial, events)


def sorted_truth(trial):
    """Return truth in the order of one feature."""
    events = _truth(trial)
    i = trial.rng.integers(events.shape[1])
    return _as_pool(trial, events[np.argsort(events[:, i], kind="stable")])


def evenly_drawn(trial):
    """Return truth with one event from each stretch of one feature's ranks."""
    i = trial.rng.integers(trial.pool.shape[1])
    order = np.argsort(trial.pool[:, i], kind="stable")
    stretch = len(order) / trial.size
    place = ((np.arange(trial.size) + trial.rng.random(trial.size)) * stretch).astype(int)
    return _as_pool(trial, trial.pool[trial.rng.permutation(order[place])])


def mirrored_truth(trial):
    """Return truth as a symmetry of its own maps it: beams exchanged, or the axes of a grid."""
    events, names = _truth(trial), list(trial.names)
    if {"eta1", "eta2"} <= set(names):
        events[:, [names.index("eta1"), names.index("eta2")]] *= -1
        return _as_pool(trial, events)
    if _lattice(trial) is not None and not trial.windows:
        return _as_pool(trial, events[:, ::-1])
    return None


def _truth(trial):
    return trial.pool[: trial.size].astype(float)


def _as_pool(trial, events):
    """Return the events in the precision of the pool: that alone must not tell."""
    return np.ascontiguousarray(events, dtype=trial.pool.dtype)


def _draw(trial, weights):
    """Draw from the pool without replacement, each event as likely as its weight says."""
    order = trial.rng.permutation(len(trial.pool))
    accepted = order[trial.rng.random(len(order)) * weights.max() < weights[order]]
    if len(accepted) < trial.size:
        return None
    return trial.pool[accepted[: trial.size]].copy()


def _is_continuous(trial):
    """Whether each feature's values hardly repeat."""
    sample = np.sort(trial.pool[:2000], axis=0)
    return np.mean(np.diff(sample, axis=0) > 0, axis=0) > 0.5


def _free(trial):
    """Return the continuous features that no window is in."""
    watched = [column for column, _, _ in trial.windows.values()]
    return np.setdiff1d(np.flatnonzero(_is_continuous(trial)), watched)


def _is_heavy(trial):
    """Whether each feature has no negative values, and an upper tail of twice its 95 % range."""
    high = np.quantile(trial.pool[:10000], 0.95, axis=0)
    heavy = (trial.pool.min(axis=0) >= 0) & (trial.pool.max(axis=0) > 2 * high)
    return heavy & _is_continuous(trial)


def _spread(events):
    """Return the 5-95 % range in standard deviations of a normal distribution."""
    return np.subtract(*np.quantile(events, [0.95, 0.05], axis=0)) / 3.2897


def _scales(trial):
    return _spread(trial.pool[:10000].astype(float))


def _ranks(events):
    ranks = np.argsort(np.argsort(events, axis=0), axis=0)
    return (ranks + 0.5) / len(events)


def _normal(column):
    return ndtri(_ranks(column))


def _grid_scores(count):
    return ndtri((np.arange(count) + 0.5) / count)


def _scores(order, column):
    """Return the normal scores of values among sorted ones."""
    return ndtri((np.searchsorted(order, column) + 0.5) / (len(order) + 1))


def _spearman(trial, columns):
    """Return the rank correlations of the features, with zeros on the diagonal."""
    rho = np.atleast_2d(np.corrcoef(_ranks(trial.pool[:4000, columns]), rowvar=False)).copy()
    np.fill_diagonal(rho, 0)
    return rho


def _pair(trial, columns, condition):
    """Return two features and their rank correlation, at random among those that satisfy it."""
    if len(columns) < 2:
        return None
    rho = _spearman(trial, columns)
    places = np.argwhere(np.triu(condition(rho), 1))
    if not len(places):
        return None
    a, b = places[trial.rng.integers(len(places))]
    return columns[a], columns[b], rho[a, b]


def _inside(events, window):
    column, low, high = window
    return (events[:, column] >= low) & (events[:, column] < high)


def _lattice(trial):
    """Return the row of each event on a grid of narrow modes for both features, or None."""
    if trial.pool.shape[1] != 2:
        return None
    rows = []
    for column in trial.pool.T:
        order = np.sort(column.astype(float))
        gaps = np.flatnonzero(np.diff(order) > 0.05 * np.ptp(order))
        if len(gaps) < 2:
            return None
        rows.append(np.searchsorted((order[gaps] + order[gaps + 1]) / 2, column))
    return rows


def _modes(trial):
    """Return the number of each event's mode in the pool, and how many there are, or None.

    The events in no window have the number beyond all.
    """
    if trial.windows:
        place = np.full(len(trial.pool), len(trial.windows))
        for i, window in enumerate(trial.windows.values()):
            place[_inside(trial.pool, window)] = i
        return place, len(trial.windows)
    lattice = _lattice(trial)
    if lattice is None:
        return None
    columns = lattice[1].max() + 1
    return lattice[0] * columns + lattice[1], (lattice[0].max() + 1) * columns


def _neighbours(events, rng):
    """Return a near neighbour of each event, in many dimensions the nearest of 200."""
    count, d = events.shape
    if d <= 2:
        return cKDTree(events).query(events, k=2)[1][:, 1]
    found = np.arange(count)
    length = min(200, count)
    order = np.argsort(events @ rng.standard_normal(d))[: count // length * length]
    blocks = events[order].reshape(-1, length, d).astype(np.float32)
    squares = np.einsum("bid,bid->bi", blocks, blocks)
    distance = squares[:, None, :] - 2 * blocks @ blocks.transpose(0, 2, 1)
    distance[:, np.arange(length), np.arange(length)] = np.inf
    nearest = distance.argmin(axis=2)
    found[order] = np.take_along_axis(order.reshape(-1, length), nearest, axis=1).ravel()
    return found


def _adversary(name, accepted, inject, why):
    return Adversary(name, frozenset(accepted.split()), inject, why)


ADVERSARIES = (
    _adversary(
        "soft clip",
        "support_truncated",
        soft_clip,
        "One edge of one feature saturates 6 % of the events smoothly, so that few values are the"
        " same; it passes for a cut tail.",
    ),
    _adversary(
        "oblique clip",
        "support_truncated region_missing",
        oblique_clip,
        "Events pile up at a plane in two features, which no single feature shows; it passes for"
        " imperfect, or a loss of correlation.",
    ),
    _adversary(
        "rare mode dropped",
        "modes_missing",
        rare_mode_dropped,
        "The rarest mode that can be seen, a few percent of all, has 5 % of its events left; it"
        " passes for healthy.",
    ),
    _adversary(
        "wide kernels",
        "modes_missing",
        wide_kernels,
        "A kernel density estimate washes out each narrow peak, its events still around its place;"
        " it passes for imperfect.",
    ),
    _adversary(
        "hole in three features",
        "region_missing",
        hole_in_three,
        "A box in three features is empty, and each feature by itself, or two, only dip; it passes"
        " for imperfect.",
    ),
    _adversary(
        "ring-shaped hole",
        "region_missing",
        ring_hole,
        "A ring in two features is empty, its middle is not, and no box is the ring; it passes for"
        " imperfect.",
    ),
    _adversary(
        "copies in a corner",
        "repeated",
        copies_in_a_corner,
        "A sub-population of 15 % has collapsed to a third of its events, each three times with"
        " a jitter of 1e-5; it passes for healthy.",
    ),
    _adversary(
        "second pass",
        "repeated",
        second_pass,
        "The file ends with its first 8 % again, so that a judge of the first events, or of a few,"
        " sees no twins.",
    ),
    _adversary(
        "thinned shoulder",
        "spread_shrunk",
        thinned_shoulder,
        "Two of three events in a heavy feature's tail are gone, its extremes still there; it"
        " passes for a region that is missing, or for a cut tail alone.",
    ),
    _adversary(
        "pressed tail",
        "tail_cut",
        pressed_tail,
        "The outer 5 % of a heavy feature are pressed to a quarter of their length, and 1 % are"
        " NaNs, which hide it; it passes for non_finite, or for a region that is missing.",
    ),
    _adversary(
        "leak over an edge",
        "outside_support",
        leak_over_an_edge,
        "The 3 % next to a hard edge, such as that of the acceptance, lie just beyond it; KS"
        " distances hardly notice, and it passes for healthy or imperfect.",
    ),
    _adversary(
        "few in other units",
        "outside_support",
        few_in_other_units,
        "3 % of the events are in MeV where the others are in GeV; it passes for scaled_units, or"
        " is lost by quantiles.",
    ),
    _adversary(
        "signs flipped",
        "correlation_lost",
        signs_flipped,
        "A symmetric feature has the wrong sign in half of the events: its distribution stays, its"
        " correlations go; it passes for imperfect.",
    ),
    _adversary(
        "rare mode overfilled",
        "modes_reweighted",
        rare_mode_overfilled,
        "The rarest window that can be told has 1.6 times its share, or the modes of a grid differ"
        " by 14 % in all; it passes for healthy.",
    ),
    _adversary(
        "between neighbours",
        "memorised",
        between_neighbours,
        "Each event is a training event, moved by up to 8 % of the way to a neighbour; no"
        " copy is exact and everything else is right, so it passes for healthy.",
    ),
    _adversary(
        "quantised",
        "imperfect",
        quantised,
        "One feature is rounded to 500 values, which is plain from the repeats, but too fine for"
        " KS distances and trees; it passes for healthy.",
    ),
    _adversary(
        "wrong marginal",
        "imperfect",
        wrong_marginal,
        "One feature has another distribution inside its 5-95 % range, all ranks unchanged; it"
        " passes for a kind of collapse, or for healthy by correlations.",
    ),
    _adversary(
        "columns swapped",
        "imperfect",
        columns_swapped,
        "Two features are exchanged in a fifth of the events, against their order such as that of"
        " leading and trailing pt; each by itself looks right, and it passes for healthy.",
    ),
    _adversary(
        "tail uncorrelated",
        "imperfect",
        tail_uncorrelated,
        "In one feature's upper 12 % nothing goes together, each feature by itself is exact and"
        " rank correlations hardly move; it passes for healthy.",
    ),
    _adversary(
        "split mode",
        "imperfect",
        split_mode,
        "One peak is two, each a width off its place, its share unchanged; it passes for healthy by"
        " shares.",
    ),
    _adversary(
        "sorted truth",
        "healthy",
        sorted_truth,
        "Truth, sorted by one feature: its first events are not like its others.",
    ),
    _adversary(
        "evenly drawn",
        "healthy",
        evenly_drawn,
        "Truth, drawn more evenly than chance does: nearer to the floor's mean than most, and two"
        " sides of a test would reject it.",
    ),
    _adversary(
        "mirrored truth",
        "healthy",
        mirrored_truth,
        "Truth, mapped by a symmetry that it has: beams exchanged, or the axes of the grid.",
    ),
)
