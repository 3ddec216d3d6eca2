"""Faults of known truth, put into true events.

Those that an independent check fooled an earlier judge with; `adversaries.py` has those that were
made to fool this one.
"""

import numpy as np
from adversaries import Adversary


def _case(name, *accepted):
    """Make the function that follows a case, with the kinds any of which is right as the first."""

    def make(inject):
        text = inject.__doc__.partition("\n")[0]
        return Adversary(name, frozenset(accepted), inject, text)

    return make


def _fresh(trial, factor=1):
    return trial.pool[: factor * trial.size].copy()


def _feature(trial):
    """Return the first feature that is not discrete."""
    return next(i for i in range(trial.pool.shape[1]) if len(np.unique(trial.pool[:500, i])) > 100)


def _kept(trial, keep):
    """Return as many of the events that are kept as a checkpoint has, or None."""
    events = trial.pool[keep]
    return events[: trial.size].copy() if len(events) >= trial.size else None


def _in_window(trial, least):
    """Return where the pool is in the first window that holds enough to be missed, or None."""
    for column, low, high in trial.windows.values():
        inside = (trial.pool[:, column] >= low) & (trial.pool[:, column] < high)
        if inside.mean() * trial.size >= least:
            return inside
    return None


@_case("point", "point_collapse")
def point(trial):
    """All events within a hundredth of their spread of one."""
    return trial.pool[-1] + 0.01 * (_fresh(trial) - trial.pool[-1])


@_case("point with one far event", "point_collapse")
def point_and_outlier(trial):
    """The same event again and again, and one other."""
    events = np.repeat(trial.pool[-1:], trial.size, axis=0)
    events[0] = trial.pool[0]
    return events


@_case("window missing", "modes_missing")
def window_missing(trial):
    """No event of a resonance."""
    inside = _in_window(trial, 60)
    return None if inside is None else _kept(trial, ~inside)


@_case("window halved", "modes_reweighted")
def window_halved(trial):
    """Half of the events of a resonance."""
    inside = _in_window(trial, 300)
    return None if inside is None else _kept(trial, ~inside | (trial.rng.random(len(inside)) < 0.5))


@_case("slab missing", "region_missing")
def slab_missing(trial):
    """No event in an interval of a feature that holds a twelfth of them, no window being there."""
    i = _feature(trial)
    if trial.size < 2000 or any(i == column for column, *_ in trial.windows.values()):
        return None
    low, high = np.quantile(trial.pool[:, i], [0.45, 0.53])
    return _kept(trial, (trial.pool[:, i] < low) | (trial.pool[:, i] > high))


@_case("hole in two features", "region_missing")
def hole(trial):
    """No event in a box of two features that holds 7.5 % of them."""
    if trial.size < 2000 or trial.pool.shape[1] < 6:
        return None
    columns = [2, 3]
    centred = np.abs(trial.pool[:, columns] - np.quantile(trial.pool[:, columns], 0.6, axis=0))
    reach = (centred / trial.pool[:, columns].std(axis=0)).max(axis=1)
    return _kept(trial, reach > np.quantile(reach, 0.075))


@_case("0.5 % not numbers", "non_finite")
def few_not_numbers(trial):
    """One event in two hundred is not a number."""
    events = _fresh(trial)
    events[::200, 0] = np.nan
    return events


@_case("4 % not numbers", "non_finite")
def some_not_numbers(trial):
    """One event in twenty-five is infinite."""
    events = _fresh(trial)
    events[::25, -1] = np.inf
    return events


@_case("most not numbers", "diverged")
def most_not_numbers(trial):
    """Four in five are not numbers."""
    events = _fresh(trial)
    events[np.arange(trial.size) % 5 > 0] = np.nan
    return events


def _repeated(distinct):
    def repeat(trial):
        """So many distinct events, again and again."""
        return trial.pool[trial.rng.integers(distinct, size=trial.size)]

    return repeat


def _thousand(trial):
    """Half as many distinct events as there are."""
    return trial.pool[trial.rng.integers(trial.size // 2, size=trial.size)]


@_case("a tenth in one place", "repeated")
def tenth_in_place(trial):
    """A tenth of the events at the place of one."""
    events = _fresh(trial)
    events[: trial.size // 10] = events[-1]
    return events


@_case("a tenth repeated", "repeated")
def tenth_repeated(trial):
    """A tenth of the events are others again."""
    events, tenth = _fresh(trial), trial.size // 10
    events[:tenth] = events[trial.rng.integers(tenth, trial.size, tenth)]
    return events


@_case("feature constant", "spread_shrunk", "point_collapse")
def constant(trial):
    """One feature has one value; where there is no other, all are in one place."""
    events, i = _fresh(trial), _feature(trial)
    events[:, i] = np.median(events[:, i])
    return events


@_case("all features shrunk to 0.6", "spread_shrunk", "modes_missing")
def shrunk(trial):
    """Nothing repeated; a window that the shrunk feature has left is missing."""
    events = _fresh(trial)
    median = np.median(events, axis=0)
    return median + 0.6 * (events - median)


@_case("tail cut at 99 %", "tail_cut")
def cut_high(trial):
    """No event above the 99 % quantile of a feature."""
    i = _feature(trial)
    if trial.size < 2000:
        return None
    return _kept(trial, trial.pool[:, i] < np.quantile(trial.pool[:, i], 0.99))


@_case("cut at 85 %", "tail_cut", "modes_missing")
def cut_much(trial):
    """No event above the 85 % quantile of a feature; a mode that lies there is missing."""
    i = _feature(trial)
    return _kept(trial, trial.pool[:, i] < np.quantile(trial.pool[:, i], 0.85))


@_case("clipped at 1 sd", "support_truncated")
def clipped(trial):
    """All that lies beyond a standard deviation is put onto it, as a saturated tanh does."""
    events = _fresh(trial)
    mean, sd = trial.pool.mean(axis=0), trial.pool.std(axis=0)
    return np.clip(events, mean - sd, mean + sd)


@_case("one feature permuted", "correlation_lost")
def permuted(trial):
    """The most correlated feature belongs to other events."""
    ranks = trial.pool[:5000].argsort(axis=0).argsort(axis=0)
    matrix = np.abs(np.corrcoef(ranks.T)) if trial.pool.shape[1] > 1 else np.ones((1, 1))
    strongest = (matrix - np.eye(len(matrix))).max(axis=0)
    if strongest.max() < 0.3:
        return None
    events, i = _fresh(trial), int(strongest.argmax())
    events[:, i] = events[trial.rng.permutation(trial.size), i]
    return events


@_case("copies of training events", "memorised")
def copies(trial):
    """Every event is a training event, none twice."""
    if len(trial.memory) < trial.size:
        return None
    return trial.memory[trial.rng.permutation(len(trial.memory))[: trial.size]].copy()


@_case("negative where nothing is", "outside_support")
def outside(trial):
    """Of 3 % of the events a feature lies below the least real one, by a tenth of its range."""
    events, i = _fresh(trial), _feature(trial)
    low, high = trial.pool[:, i].min(), np.quantile(trial.pool[:, i], 0.95)
    events[::33, i] = low - (high - low) * trial.rng.uniform(0.1, 0.2, len(events[::33]))
    return events


@_case("standard-scaled", "scaled_units")
def scaled(trial):
    """Real events as a scaler left them."""
    mean, sd = trial.memory.mean(axis=0), trial.memory.std(axis=0)
    if np.abs(mean).max() < 0.1 and np.abs(sd - 1).max() < 0.2:
        return None
    return (_fresh(trial) - mean) / sd


@_case("Gaussian copula", "imperfect", "correlation_lost", "region_missing", "relation_broken")
def copula(trial):
    """Every feature and every rank correlation right, and nothing else between them."""
    from scipy.stats import norm

    pool, d = trial.pool[:20_000], trial.pool.shape[1]
    if d != 6 or trial.size < 2000:
        return None
    normal = norm.ppf((pool.argsort(axis=0).argsort(axis=0) + 0.5) / len(pool))
    drawn = trial.rng.multivariate_normal(np.zeros(d), np.corrcoef(normal.T), trial.size)
    shares = norm.cdf(drawn)
    return np.stack([np.quantile(pool[:, i], shares[:, i]) for i in range(d)], axis=1)


@_case("mass smeared by 5 %", "modes_reweighted", "imperfect", "region_missing")
def smeared(trial):
    """A resonance wider than its window."""
    if "jpsi" not in trial.windows or trial.size < 2000:
        return None
    events = _fresh(trial)
    column = trial.windows["jpsi"][0]
    events[:, column] *= np.exp(0.05 * trial.rng.normal(size=trial.size))
    return events


@_case("on a curve", "correlation_lost", "region_missing", "imperfect", "repeated")
def curve(trial):
    """Every feature right, all being functions of one number."""
    if trial.pool.shape[1] < 6:
        return None
    u = trial.rng.random(trial.size)
    return np.stack([np.quantile(column, u) for column in trial.pool.T], axis=1)


INJECTIONS = (
    point, point_and_outlier, window_missing, window_halved, slab_missing, hole, few_not_numbers,
    some_not_numbers, most_not_numbers,
    Adversary("20 distinct events", frozenset({"repeated"}), _repeated(20), "few distinct ones"),
    Adversary("200 distinct events", frozenset({"repeated"}), _repeated(200), "some distinct ones"),
    Adversary("half as many distinct", frozenset({"repeated"}), _thousand, "many distinct ones"),
    tenth_in_place, tenth_repeated, constant, shrunk, cut_high, cut_much, clipped, permuted, copies,
    outside, scaled, copula, smeared, curve,
)  # fmt: skip
