"""All metrics of a checkpoint, and their floors: truth against truth at the same size."""

import math
from functools import cached_property, partial

import numpy as np
from scipy.special import ndtri

from collapse.metrics import (
    bins,
    correlation,
    frechet,
    kernels,
    modes,
    neighbours,
    one_dimensional,
    sliced,
)
from collapse.metrics.modes import modes_of, windows_of
from collapse.metrics.scale import gaussianise, robust_scale, standardise

PER_FEATURE = {
    "ks": one_dimensional.ks,
    "w1_relative": one_dimensional.w1_relative,
    "separation": one_dimensional.separation,
    "spread_ratio": one_dimensional.spread_ratio,
    "tail_ratio_q01": partial(one_dimensional.tail_ratio, quantile=0.01),
    "tail_ratio_q99": partial(one_dimensional.tail_ratio, quantile=0.99),
    "tail_ratio_q999": partial(one_dimensional.tail_ratio, quantile=0.999),
    "range_coverage": one_dimensional.range_coverage,
    "out_of_range": one_dimensional.out_of_range,
}
JOINT = ("sliced_w1", "sliced_ks", "correlation_distance", "fpd", "fpd_quantile")
MODES = ("modes_captured", "modes_share", "mode_kl", "mode_tv")
K, K_PAPER = 5, 3
DEAR = (
    *("energy_distance", "mmd", "kpd", "precision", "recall", "density", "coverage"),
    *("precision_k3", "recall_k3", "ndb", "birthday_support", "memorisation", "auc"),
)
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
# Of fewer values the outer quantiles are a normal distribution's, of their mean and sd.
ENOUGH = 40
# Fewer finite events than this measure nothing: the run has diverged.
LEAST_EVENTS = 100
# Kolmogorov's distribution: the mean of sqrt(n / 2) KS between two samples of n.
_KOLMOGOROV = math.sqrt(math.pi / 2) * math.log(2)


class Truth:
    """The real side of every comparison, each part computed once, when it is first needed.

    Args:
        real: Held-out events, float, shape (n, d), finite.
        memory: Training events, float, shape (k, d), k at most n: the cells of NDB are made from
            them, and memorisation asks whether generated events are near them.
        names: The features' names, in column order.
        settings: The config's `evaluation`; of it `windows`, `modes`, `least_mode_share`, `folds`.
    """

    def __init__(self, real, memory, names, settings):
        self.real, self.memory = np.asarray(real), np.asarray(memory)
        self.names, self.settings = list(names), settings
        self.modes = modes_of(settings, self.names)
        self.windows = windows_of(settings, self.names)

    def standardise(self, values):
        """Return values in robust standard deviations of the real sample."""
        return standardise(values, *self._scale)

    @cached_property
    def _scale(self):
        return robust_scale(self.real)

    @cached_property
    def scaled(self):
        """The real events, standardised."""
        return self.standardise(self.real)

    @cached_property
    def scaled_memory(self):
        """The training events, standardised."""
        return self.standardise(self.memory)

    @cached_property
    def columns(self):
        """The real events, each column sorted."""
        return np.sort(self.real, axis=0)

    @cached_property
    def normal(self):
        """The real events by their own ranks."""
        return gaussianise(self.columns, self.real)

    @cached_property
    def projections(self):
        """The real events in random directions."""
        return sliced.project(self.scaled)

    @cached_property
    def correlations(self):
        """Spearman's coefficients of the real events."""
        return correlation.spearman(self.real)

    @cached_property
    def scale(self):
        """The median distance of real events."""
        return kernels.median_distance(self.scaled)

    @cached_property
    def within(self):
        """The means over pairs of real events."""
        return kernels.pair_means(self.scaled, None, self.scale)

    @cached_property
    def radii(self):
        """The balls around real events."""
        return neighbours.radii(self.scaled, (K_PAPER, K))

    @cached_property
    def gap(self):
        """The distance within which two events are the same."""
        return neighbours.typical_gap(self.scaled)

    @cached_property
    def cells(self):
        """The bins of NDB."""
        return bins.cells(self.scaled_memory)


def keys(names, settings):
    """List the (metric, feature) of every number that `all_metrics` gives, in its order."""
    found = [("non_finite", "")]
    found += [(metric, name) for metric in PER_FEATURE for name in names]
    found += [("out_of_range", "all")]
    found += [(metric, "") for metric in JOINT]
    windows, known = windows_of(settings, names), modes_of(settings, names)
    if windows:
        found += [("window_fraction", name) for name in windows.names]
    if isinstance(known, modes.Mixture):
        found += [("mode_fraction", name) for name in known.names]
        found += [("high_quality", "")]
    if known:
        found += [(metric, "") for metric in MODES]
    return found + [(metric, "") for metric in DEAR]


def cheap_metrics(truth, generated):
    """Measure what takes milliseconds.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d), finite.

    Returns:
        (metric, feature, window, mode or empty) -> float.
    """
    real, names = truth.real, truth.names
    values = {
        (metric, name): function(real[:, i], generated[:, i])
        for metric, function in PER_FEATURE.items()
        for i, name in enumerate(names)
    }
    low, high = generated.min(axis=0), generated.max(axis=0)
    beyond = ((real < low) | (real > high)).any(axis=1)
    values["out_of_range", "all"] = float(beyond.mean())
    projections = sliced.project(truth.standardise(generated))
    values["sliced_w1", ""] = sliced.sliced_w1(truth.projections, projections)
    values["sliced_ks", ""] = sliced.sliced_ks(truth.projections, projections)
    values["correlation_distance", ""] = correlation.correlation_distance(
        truth.correlations, correlation.spearman(generated)
    )
    values["fpd", ""] = frechet.fpd(real, generated)
    values["fpd_quantile", ""] = frechet.fpd(
        truth.normal, gaussianise(truth.columns, generated), normalise=False
    )
    # In a dataset with a mixture, windows are counted, but they aren't its modes.
    for known in dict.fromkeys((truth.windows, truth.modes)):
        if known:
            fractions = known.fractions(generated).tolist()
            for name, fraction in zip(known.names, fractions, strict=True):
                values[known.metric, name] = fraction
    if truth.modes:
        found = truth.modes.measure(real, generated)
        values |= {(metric, ""): value for metric, value in found.items()}
    return values


def dear_metrics(truth, generated, seed):
    """Measure what looks at all pairs of events, or trains a classifier.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d), finite.
        seed: Of the classifier.

    Returns:
        (metric, "") -> float.
    """
    # Here, so that whoever needs the rest alone doesn't pay for scikit-learn's import.
    from collapse.metrics.classifier import auc

    scaled = truth.standardise(generated)
    energy, mmd = kernels.energy_and_mmd(truth.scaled, scaled, truth.scale, truth.within)
    paper, ours = neighbours.prdc(truth.scaled, scaled, (K_PAPER, K), truth.radii)
    values = {
        "energy_distance": energy,
        "mmd": mmd,
        "kpd": kernels.kpd(truth.real, generated),
        **ours,
        "precision_k3": paper["precision"],
        "recall_k3": paper["recall"],
        "ndb": bins.ndb(truth.scaled, scaled, truth.cells),
        "birthday_support": neighbours.birthday_support(scaled, truth.gap),
        "memorisation": neighbours.memorisation(
            scaled, truth.scaled_memory, truth.scaled[: len(truth.memory)]
        ),
        "auc": auc(truth.real, generated, truth.settings["folds"], seed),
    }
    return {(metric, ""): value for metric, value in values.items()}


def all_metrics(truth, generated, seed):
    """Measure a checkpoint.

    Generated events that are not finite are counted, as `non_finite`, and left out of the rest;
    where too few are left the rest is NaN.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d).
        seed: Of the classifier.

    Returns:
        (metric, feature, window, mode or empty) -> float.
    """
    finite = np.isfinite(generated).all(axis=1)
    values = {("non_finite", ""): float(1 - finite.mean())}
    if finite.sum() >= LEAST_EVENTS:
        values |= cheap_metrics(truth, generated[finite])
        return values | dear_metrics(truth, generated[finite], seed)
    return dict.fromkeys(keys(truth.names, truth.settings), float("nan")) | values


def floors(events, size, memory, names, settings, seed):
    """Measure truth against truth, on disjoint samples without replacement.

    Each draw deals a real sample, one in place of the generated and one in place of the training
    events. With `draws` and `dear_draws` of `settings`, for the cheap and the dear metrics.

    Args:
        events: All real events, float, shape (n, d); may be memory-mapped.
        size: Events on each side of a comparison.
        memory: Training events; at most `size`, and 2 * size + memory at most n.
        names: The features' names, in column order.
        settings: The config's `evaluation`.
        seed: Of the draws.

    Returns:
        A list of (metric, feature, mean, sd, quantiles at `QUANTILES`..., draws, kind of the
        quantiles, analytic mean or empty).
    """
    draws, dear_draws = settings["draws"], settings["dear_draws"]
    found = {}
    for draw in range(max(draws, dear_draws)):
        rng = np.random.default_rng([seed, draw])
        rows = rng.choice(len(events), 2 * size + memory, replace=False)
        a, b, c = (events[part] for part in np.split(rows, [size, 2 * size]))
        truth = Truth(a, c, names, settings)
        values = cheap_metrics(truth, b) if draw < draws else {}
        if draw < dear_draws:
            values |= dear_metrics(truth, b, draw)
        for key, value in values.items():
            found.setdefault(key, []).append(value)
    known = analytic(events, size, names, settings)
    quantiles = [0.0] * len(QUANTILES)
    rows = [("non_finite", "", 0.0, 0.0, *quantiles, draws, "analytic", 0.0)]
    for key, values in found.items():
        mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
        if len(values) >= ENOUGH:
            kind, quantiles = "empirical", np.quantile(values, QUANTILES).tolist()
        else:
            kind, quantiles = "normal", (mean + sd * ndtri(QUANTILES)).tolist()
        rows.append((*key, mean, sd, *quantiles, len(values), kind, known.get(key, "")))
    return rows


def analytic(events, size, names, settings):
    """Return what truth scores by theory in the mean, where theory says.

    Args:
        events: All real events, float, shape (n, d).
        size: Events on each side of a comparison.
        names: The features' names, in column order.
        settings: The config's `evaluation`.

    Returns:
        (metric, feature) -> float. Those of KS, separation and out of range hold for features whose
        values don't repeat.
    """
    each = {
        "ks": _KOLMOGOROV * math.sqrt(2 / size),
        "separation": one_dimensional.SEPARATION_BINS / (2 * size),
        "spread_ratio": 1.0,
        "tail_ratio_q01": 1.0,
        "tail_ratio_q99": 1.0,
        "tail_ratio_q999": 1.0,
        "out_of_range": 2 / (size + 1),
    }
    known = {(metric, name): value for metric, value in each.items() for name in names}
    joint = {
        "sliced_ks": _KOLMOGOROV * math.sqrt(2 / size),
        "energy_distance": 0.0,
        "mmd": 0.0,
        "kpd": 0.0,
        "density": 1.0,
        "coverage": 1 - 2.0**-K,
        "ndb": bins.LEVEL,
        "memorisation": 0.5,
        "auc": 0.5,
    }
    windows, known_modes = windows_of(settings, names), modes_of(settings, names)
    if windows:
        shares = windows.fractions(events).tolist()
        known |= {("window_fraction", n): v for n, v in zip(windows.names, shares, strict=True)}
    if known_modes:
        count = len(known_modes.names)
        joint |= {"modes_captured": float(count), "modes_share": 1.0}
        # Windows are compared with a sample instead of the truth, and the rest is one bin more.
        joint["mode_kl"] = count / size
    if isinstance(known_modes, modes.Mixture):
        dimensions = len(known_modes.columns)
        good = modes.true_high_quality(dimensions)
        joint |= {
            "high_quality": good,
            "mode_tv": modes.true_mode_tv(count, size, dimensions),
            "mode_kl": (count - 1) / (2 * size),
        }
        known |= {("mode_fraction", name): good / count for name in known_modes.names}
    return known | {(metric, ""): value for metric, value in joint.items()}


def pile_up(truth, generated, edges, all_real):
    """Measure how generated events pile up at the edges of a bounded head, with the floor.

    The floor is that of two binomial shares: its mean is 0 and its sd follows from the real share.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d).
        edges: Feature -> four values as for `one_dimensional.edge_share`; not those without bounds.
        all_real: All real events, float, shape (n, d), from which the sd is taken.

    Returns:
        A list of (feature, value, floor mean, floor sd).
    """
    generated = generated[np.isfinite(generated).all(axis=1)]
    found = []
    for name, around in edges.items():
        i = truth.names.index(name)
        # One event more, so that a share of 0 has an error as well.
        p = (one_dimensional.edge_share(all_real[:, i], around) * len(all_real) + 1) / (
            len(all_real) + 2
        )
        value, sizes = float("nan"), (len(truth.real), max(len(generated), 1))
        if len(generated) >= LEAST_EVENTS:
            value = one_dimensional.pile_up(truth.real[:, i], generated[:, i], around)
        sd = math.sqrt(p * (1 - p) * sum(1 / size for size in sizes))
        found.append((name, value, 0.0, sd))
    return found
