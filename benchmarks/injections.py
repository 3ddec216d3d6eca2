"""Collapses and faults of a known strength, put into events that have none.

Each takes `Truth`'s events as a `Trial` holds them and returns as many as a checkpoint has, or None
where the dataset has no place for such an injection. The strength is that of the events that the
sample is drawn from; what a sample of them shows is for the diagnosis to find.
"""

from dataclasses import dataclass, field

import numpy as np
from collapse.metrics.modes import Mixture
from scipy.spatial import cKDTree


@dataclass
class Trial:
    """What an injection works with.

    Args:
        pool: True events that neither side of the comparison has, float, shape (p, d).
        memory: The training events, float, shape (k, d).
        size: Events to return.
        case: What is known of the dataset, see `calibration.Case`.
        rng: A NumPy generator.
        edges: Filled by `support_truncated`: as `collapse.metrics.suite.pile_up` takes them.
        unreachable: Filled by it too: feature -> share of all events beyond the edges.
    """

    pool: np.ndarray
    memory: np.ndarray
    size: int
    case: object
    rng: np.random.Generator
    edges: dict = field(default_factory=dict)
    unreachable: dict = field(default_factory=dict)

    @property
    def truth(self):
        """True events."""
        return self.pool[: self.size].copy()


def point(trial, strength):
    """Draw all events towards one of them."""
    centre = trial.pool[-1]
    return centre + (1 - strength) * (trial.truth - centre)


def few_events(trial, strength):
    """Repeat a few events, so many that the square root of the support has lost the strength."""
    support = trial.case.support
    count = (1 - 1 / support) / (1 / ((1 - strength) ** 2 * support) - 1 / support)
    return trial.pool[trial.rng.integers(max(round(count), 1), size=trial.size)]


def mode_missing(trial, strength):
    """Take away a share of one mode."""
    place = mode_of(trial.case.modes, trial.pool)
    modes = len(trial.case.modes.names)
    share = np.mean(place == (lost := trial.rng.integers(modes)))
    kept = (1 - strength) * (1 - share) / (1 - (1 - strength) * share)
    return resample(trial, np.where(place == lost, kept, 1.0))


def modes_reweighted(trial, strength):
    """Take from some modes and the rest what others get: the strength in all."""
    place = mode_of(trial.case.modes, trial.pool)
    modes = len(trial.case.modes.names)
    while True:
        favoured = np.isin(place, trial.rng.permutation(modes)[: trial.rng.integers(1, modes)])
        share = favoured.mean()
        # A mode that got several times what it had, or lost most of it, would be another case.
        if strength <= share <= 1 - 2 * strength:
            break
    return resample(trial, np.where(favoured, 1 + strength / share, 1 - strength / (1 - share)))


def spread_shrunk(trial, strength):
    """Draw one feature towards its median."""
    free = trial.case.free
    if not free:
        return None
    i, events = trial.rng.choice(free), trial.truth
    median = np.median(trial.case.events[:, i])
    events[:, i] = median + (1 - strength) * (events[:, i] - median)
    return events


def tail_cut(trial, strength):
    """Press together what lies beyond a feature's 20 or 80 % quantile.

    The outer quantile loses the strength, the 5-95 % range less than half as much.
    """
    places = [place for place in trial.case.tails if _slope(trial.case, *place, strength) > 0]
    if not places:
        return None
    i, outer = places[trial.rng.integers(len(places))]
    events, column = trial.truth, trial.case.events[:, i]
    inner = np.quantile(column, 0.2 if outer < 0.5 else 0.8)
    beyond = events[:, i] < inner if outer < 0.5 else events[:, i] > inner
    slope = _slope(trial.case, i, outer, strength)
    events[beyond, i] = inner + slope * (events[beyond, i] - inner)
    return events


def _slope(case, i, outer, strength):
    median, inner, tail = np.quantile(case.events[:, i], [0.5, 0.2 if outer < 0.5 else 0.8, outer])
    if tail == inner:
        return 0.0
    return ((1 - strength) * (tail - median) - (inner - median)) / (tail - inner)


def correlation_lost(trial, strength):
    """Deal one feature's values anew among a share of the events."""
    highest = trial.case.highest_correlations
    places = np.flatnonzero(highest > strength)
    if not len(places):
        return None
    i, events = trial.rng.choice(places), trial.truth
    chosen = np.flatnonzero(trial.rng.random(trial.size) < strength / highest[i])
    events[chosen, i] = events[trial.rng.permutation(chosen), i]
    return events


def memorised(trial, strength):
    """Replace twice the strength of the events by training events, half of which would be near."""
    events = trial.truth
    copied = trial.rng.random(trial.size) < 2 * strength
    events[copied] = trial.memory[trial.rng.integers(len(trial.memory), size=copied.sum())]
    return events


def support_truncated(trial, strength):
    """Clip one feature to a head that reaches all events but a share, half of it on either side."""
    i, events = trial.rng.integers(trial.pool.shape[1]), trial.truth
    column = np.sort(trial.case.events[:, i])
    beyond = 0
    share = 0.0
    while share < strength:
        beyond += 1
        low, high = column[beyond], column[-1 - beyond]
        share = float(np.mean((column < low) | (column > high)))
    events[:, i] = events[:, i].clip(low, high)
    name = trial.case.names[i]
    margin = 0.01 * (high - low) / 2
    trial.edges[name] = [low, low + margin, high - margin, high]
    trial.unreachable[name] = share
    return events


def not_finite(trial, strength):
    """Make a share of the events NaNs."""
    events = trial.truth
    events[: round(strength * trial.size), 0] = np.nan
    return events


def uncovered(trial, lost):
    """Return the pool without a share of its modes, or of one feature's largest values."""
    modes = trial.case.modes
    if modes is None:
        i = trial.rng.integers(trial.pool.shape[1])
        kept = trial.pool[:, i] <= np.quantile(trial.case.events[:, i], 1 - lost)
    else:
        n = len(modes.names)
        gone = trial.rng.permutation(n)[: round(lost * n)]
        kept = ~np.isin(mode_of(modes, trial.pool), gone)
    return trial.pool[kept]


def mode_of(modes, events):
    """Return the number of each event's mode; of the rest beside windows it is beyond all."""
    if isinstance(modes, Mixture):
        return cKDTree(modes.centres).query(events[:, modes.columns])[1]
    place = np.full(len(events), len(modes.windows))
    for i, (column, low, high) in enumerate(modes.windows):
        place[(events[:, column] >= low) & (events[:, column] < high)] = i
    return place


def resample(trial, weights):
    """Draw from the pool without replacement, each event as likely as its weight says."""
    order = trial.rng.permutation(len(trial.pool))
    accepted = order[trial.rng.random(len(order)) * weights.max() < weights[order]]
    if len(accepted) < trial.size:
        message = f"Expected {trial.size} events to be left. Received: {len(accepted)}."
        raise ValueError(message)
    return trial.pool[accepted[: trial.size]].copy()


# Kind -> its injections. The first name is the kind that the diagnosis must give.
INJECTIONS = {
    "point": ("point_collapse", point),
    "few events": ("point_collapse", few_events),
    "mode missing": ("modes_missing", mode_missing),
    "spread shrunk": ("spread_shrunk", spread_shrunk),
    "support truncated": ("support_truncated", support_truncated),
    "tail cut": ("tail_cut", tail_cut),
    "modes reweighted": ("modes_reweighted", modes_reweighted),
    "correlation lost": ("correlation_lost", correlation_lost),
    "memorised": ("memorised", memorised),
    "not finite": ("diverged", not_finite),
}
