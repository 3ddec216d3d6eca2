"""All metrics of a checkpoint, and their floors: truth against truth at the same size."""

import math
from functools import cached_property, partial

import numpy as np
from scipy.special import ndtri

from collapse.metrics import (
    bins,
    correlation,
    counts,
    frechet,
    kernels,
    modes,
    neighbours,
    one_dimensional,
    regions,
    sliced,
    support,
    units,
)
from collapse.metrics.modes import modes_of, windows_of
from collapse.metrics.standardise import gaussianise, robust_scale, standardise

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
    "distinct_values": one_dimensional.distinct_values,
}
# Of a feature as well, from the extremes and the widths of both samples.
ENDS = (
    *("beyond_low", "beyond_high", "pile_up", "outside_support"),
    *("ks_within", "units_factor", "units_offset"),
)
JOINT = (
    *("scaled_units", "sliced_w1", "sliced_ks", "correlation_distance", "fpd", "fpd_quantile"),
)
MODES = ("modes_captured", "modes_share", "modes_soft_share", "mode_kl", "mode_tv")
K, K_PAPER = 5, 3
DEAR = (
    *("energy_distance", "mmd", "kpd", "precision", "recall", "density", "coverage"),
    *("precision_k3", "recall_k3", "ndb", "repeated", "distinct", "copied", "memorisation", "auc"),
)
# From the floors of others: the lesser of recall and coverage, each over its floor.
COVERED = "covered"
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
# Of fewer values the outer quantiles are a normal distribution's, of their mean and sd.
ENOUGH = 40
# Fewer finite events than this measure nothing: the run has diverged.
LEAST_EVENTS = 100
# Events that shares, extremes and copies are looked up among, at most.
MOST_EVENTS = 200_000
_MOST_TRAINING = 20_000
# Kolmogorov's distribution: the mean of sqrt(n / 2) KS between two samples of n.
_KOLMOGOROV = math.sqrt(math.pi / 2) * math.log(2)
# Halves of the generated events from which the errors of their quantiles come.
_HALVES = 16
# Neighbours vary together, so that a share that they decide varies by more than a binomial one.
_TOGETHER = 1.5


class Population:
    """All real events, for what few of them would say badly: shares of windows, and extremes.

    Args:
        events: float, shape (n, d), finite; may be memory-mapped. Of many some are looked at,
            evenly spread.
        names: The features' names, in column order.
        settings: The config's `evaluation`.
    """

    def __init__(self, events, names, settings):
        events = np.asarray(events[:: -(-len(events) // MOST_EVENTS)])
        self.size = len(events)
        self.columns = np.sort(events, axis=0).T.copy()
        self.low, self.high = self.columns[:, 0], self.columns[:, -1]
        self.mean = self.columns.mean(axis=1, dtype=np.float64)
        self.sd = self.columns.std(axis=1, dtype=np.float64)
        windows = windows_of(settings, names)
        shares = windows.fractions(events) if windows else ()
        self.in_windows = dict(zip(windows.names if windows else (), shares, strict=True))


class Truth:
    """The real side of every comparison, each part computed once, when it is first needed.

    Args:
        real: Held-out events, float, shape (n, d), finite.
        memory: Training events, float, shape (k, d), k at most n: the cells of NDB are made from
            them, and memorisation asks whether generated events are near them.
        names: The features' names, in column order.
        settings: The config's `evaluation`; of it `windows`, `modes`, `least_mode_share`, `folds`.
        population: All real events, a `Population`; by default `real` alone.
        training: More training events, which generated ones may be copies of; by default `memory`.
    """

    def __init__(self, real, memory, names, settings, population=None, training=None):
        self.real, self.memory = np.asarray(real), np.asarray(memory)
        self.names, self.settings = list(names), settings
        self.population = population or Population(self.real, self.names, settings)
        self._training = self.memory if training is None else training
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
    def pairs(self):
        """The means over pairs of real events."""
        return kernels.pair_means(self.scaled, None, self.scale)

    @cached_property
    def radii(self):
        """The balls around real events."""
        return neighbours.radii(self.scaled, (K_PAPER, K))

    @cached_property
    def within(self):
        """The distance within which two events are the same one."""
        gap = neighbours.typical_gap(self.scaled)
        return neighbours.same_within(gap, self.scaled.shape[1])

    @cached_property
    def scaled_training(self):
        """The training events that generated ones may be copies of, standardised."""
        return self.standardise(np.asarray(self._training))

    @cached_property
    def cells(self):
        """The bins of NDB."""
        return bins.cells(self.scaled_memory)


def keys(names, settings):
    """List the (metric, feature) of every number that `all_metrics` gives, in its order."""
    found = [("non_finite", "")]
    found += [(metric, name) for metric in PER_FEATURE for name in names]
    found += [(metric, name) for name in names for metric in ENDS]
    found += [("out_of_range", "all"), ("outside_support", "all")]
    found += [(metric, "") for metric in JOINT]
    windows, known = windows_of(settings, names), modes_of(settings, names)
    if windows:
        found += [("window_fraction", name) for name in windows.names]
    if isinstance(known, modes.Mixture):
        found += [("mode_fraction", name) for name in known.names]
        found += [("high_quality", "")]
    if known:
        found += [(metric, "") for metric in MODES]
    return found + [(metric, "") for metric in (*DEAR, COVERED)]


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
    values |= _ends(truth, generated)
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


def _ends(truth, generated):
    """Measure where the samples end, and in what units they are."""
    real, names, all_real = truth.real, truth.names, truth.population
    low, high = generated.min(axis=0), generated.max(axis=0)
    reached = ((real >= low) & (real <= high)).all(axis=1)
    outside = support.outside(generated, all_real.low, all_real.high)
    factor, offset = units.straight_line(real, generated)
    known = units.recognise(
        real, generated, all_real.low, all_real.high, all_real.mean, all_real.sd
    )
    if known:
        factor, offset = known.factor, known.offset
    values = {}
    for i, name in enumerate(names):
        column = all_real.columns[i]
        below, above = support.beyond(column, generated[:, i])
        values["beyond_low", name] = below / all_real.size
        values["beyond_high", name] = above / all_real.size
        values["pile_up", name] = support.pile_up(column, generated[:, i])[0]
        values["outside_support", name] = float(outside[:, i].mean())
        within = real[reached, i] if reached.any() else real[:, i]
        values["ks_within", name] = one_dimensional.ks(within, generated[:, i])
        values["units_factor", name], values["units_offset", name] = factor[i], offset[i]
    values["out_of_range", "all"] = float(1 - reached.mean())
    values["outside_support", "all"] = float(outside.any(axis=1).mean())
    values["scaled_units", ""] = float(known is not None)
    return values


def slow_metrics(truth, generated, seed, judging=False):
    """Measure what looks at all pairs of events, or trains a classifier.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d), finite.
        seed: Of the classifier.
        judging: Whether to leave out what no verdict comes from, half of the cost.

    Returns:
        (metric, "") -> float.
    """
    # Here, so that whoever needs the rest alone doesn't pay for scikit-learn's import.
    from collapse.metrics.classifier import auc

    scaled = truth.standardise(generated)
    values = {}
    if not judging:
        energy, mmd = kernels.energy_and_mmd(truth.scaled, scaled, truth.scale, truth.pairs)
        values |= {"energy_distance": energy, "mmd": mmd}
        values["kpd"] = kernels.kpd(truth.real, generated)
        values["ndb"] = bins.ndb(truth.scaled, scaled, truth.cells)
    paper, ours = neighbours.prdc(truth.scaled, scaled, (K_PAPER, K), truth.radii)
    values |= {
        **ours,
        "precision_k3": paper["precision"],
        "recall_k3": paper["recall"],
        **dict(
            zip(("repeated", "distinct"), neighbours.repeats(scaled, truth.within), strict=True)
        ),
        "copied": neighbours.copied(scaled, truth.scaled_training, truth.within),
        "memorisation": neighbours.memorisation(
            scaled, truth.scaled_memory, truth.scaled[: len(truth.memory)]
        ),
        "auc": auc(truth.real, generated, truth.settings["folds"], seed),
    }
    return {(metric, ""): values[metric] for metric in DEAR if metric in values}


def covered(recall, coverage, known):
    """Return the lesser of recall and coverage, each over its floor.

    One far event gives a point a high recall, since its ball reaches all, but no coverage; an even
    scatter of events over the whole space gives coverage, but no recall.

    Args:
        recall: A float.
        coverage: A float.
        known: The floors: of at least `("recall", "")` and `("coverage", "")` the mean comes first.

    >>> round(covered(0.91, 0.0, {("recall", ""): (0.9, 0.01), ("coverage", ""): (0.97, 0.01)}), 3)
    0.0
    """
    return min(recall / known["recall", ""][0], coverage / known["coverage", ""][0])


def all_metrics(truth, generated, seed, known, judging=False):
    """Measure a checkpoint.

    Generated events that are not finite are counted, as `non_finite`, and left out of the rest;
    where too few are left the rest is NaN.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d).
        seed: Of the classifier.
        known: The floors: (metric, feature) -> their mean first.
        judging: As for `slow_metrics`.

    Returns:
        (metric, feature, window, mode or empty) -> float.
    """
    finite = np.isfinite(generated).all(axis=1)
    values = {("non_finite", ""): float(1 - finite.mean())}
    if finite.sum() >= LEAST_EVENTS:
        values |= cheap_metrics(truth, generated[finite])
        values |= slow_metrics(truth, generated[finite], seed, judging)
        both = values["recall", ""], values["coverage", ""]
        return values | {(COVERED, ""): covered(*both, known)}
    return dict.fromkeys(keys(truth.names, truth.settings), float("nan")) | values


def standard_errors(truth, generated, values):
    """Return the standard error of each value that has one of its own.

    That is by how much another sample of the generator, and of the real events, would change it. A
    value without one varies as its floor does.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d).
        values: What `all_metrics` returned.

    Returns:
        (metric, feature, window, mode or empty) -> float.
    """
    from collapse.metrics.classifier import auc_error

    generated = generated[np.isfinite(generated).all(axis=1)]
    n, m = len(truth.real), max(len(generated), 1)
    errors = {}
    for (metric, feature), value in values.items():
        if value != value:
            continue
        if metric in _SHARES:
            size, factor = (n if _SHARES[metric][0] == "real" else m), _SHARES[metric][1]
            # One event more, so that a share of 0 has an error as well.
            p = (value * size + 1) / (size + 2)
            errors[metric, feature] = factor * math.sqrt(max(p * (1 - p), 0) / size)
        elif metric in {"ks", "ks_within"}:
            # Near the floor as Kolmogorov's distribution has it; far from it as a binomial share.
            unit = math.sqrt(1 / n + 1 / m)
            errors[metric, feature] = unit * min(0.26 * max(value / unit, 1), 0.5)
        elif metric == "auc":
            errors[metric, feature] = auc_error(value, n, m)
        elif metric == "correlation_distance":
            errors[metric, feature] = math.sqrt(1 / n + 1 / m)
        elif metric == COVERED:
            # Of what is covered as well as truth is, it is of a recall of about 0.97.
            p = min(max(value, 1 / n), 0.97)
            errors[metric, feature] = _TOGETHER * math.sqrt(p * (1 - p) / n)
    if m >= LEAST_EVENTS:
        errors |= _errors_of_quantiles(truth, generated)
        errors |= _errors_of_ends(truth, generated, values)
    return errors


def _errors_of_ends(truth, generated, values):
    """Return the errors of the shares of real events beyond the generated extremes."""
    errors, together = {}, 0.0
    for column, name, found in zip(truth.population.columns, truth.names, generated.T, strict=True):
        low, high = support.beyond_errors(column, found)
        errors["beyond_low", name], errors["beyond_high", name] = low, high
        p = values["out_of_range", name]
        errors["out_of_range", name] = math.sqrt(low**2 + high**2 + p * (1 - p) / len(truth.real))
        together += errors["out_of_range", name] ** 2
    errors["out_of_range", "all"] = math.sqrt(together)
    return errors


# Metrics that are shares of one sample's events, and how much more than binomially they vary.
_SHARES = {
    **dict.fromkeys(("window_fraction", "mode_fraction", "outside_support"), ("generated", 1.0)),
    **dict.fromkeys(("pile_up", "non_finite", "high_quality"), ("generated", 1.0)),
    **dict.fromkeys(("precision", "repeated", "distinct"), ("generated", _TOGETHER)),
    **dict.fromkeys(("copied", "memorisation"), ("generated", _TOGETHER)),
    **dict.fromkeys(("recall", "coverage"), ("real", _TOGETHER)),
}


def _errors_of_quantiles(truth, generated):
    """Return the errors of what comes from quantiles, from halves drawn without replacement.

    A half of a sample varies about the whole as much as the whole does about its source.
    """
    rng = np.random.default_rng(0)
    halves = [rng.permutation(len(generated))[: len(generated) // 2] for _ in range(_HALVES)]
    errors = {}
    for metric in ("spread_ratio", "tail_ratio_q01", "tail_ratio_q99", "tail_ratio_q999"):
        for i, name in enumerate(truth.names):
            real = truth.real[:, i]
            found = [PER_FEATURE[metric](real, generated[half, i]) for half in halves]
            # The real sample's quantiles vary as well.
            errors[metric, name] = math.sqrt(2) * float(np.std(found, ddof=1))
    return errors


def exact_sigmas(truth, generated, values):
    """Return how unlikely values are for truth, where that is known without a floor's draws.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d).
        values: What `all_metrics` returned.

    Returns:
        (metric, feature or window) -> standard deviations of a normal number as unlikely.
    """
    generated = generated[np.isfinite(generated).all(axis=1)]
    n, m, all_real = len(truth.real), len(generated), truth.population
    if m < LEAST_EVENTS:
        return {}
    sigmas = {}
    for name, share in all_real.in_windows.items():
        found = round(values["window_fraction", name] * m)
        known = round(share * all_real.size)
        sigmas["window_fraction", name] = counts.compare_counts(found, m, known, all_real.size)
    for i, name in enumerate(truth.names):
        for metric in ("beyond_low", "beyond_high"):
            out = round(values[metric, name] * all_real.size)
            sigmas[metric, name] = counts.beyond_extremes(out, all_real.size, m)
        out = round(values["outside_support", name] * m)
        sigmas["outside_support", name] = counts.beyond_extremes(out, m, all_real.size, 2)
        piled = values["pile_up", name] > 0
        sigmas["pile_up", name] = (
            support.pile_up(all_real.columns[i], generated[:, i])[1] if piled else 0.0
        )
        sigmas["ks", name] = counts.kolmogorov(values["ks", name], n, m)
    out, sides = round(values["outside_support", "all"] * m), 2 * len(truth.names)
    sigmas["outside_support", "all"] = counts.beyond_extremes(out, m, all_real.size, sides)
    return {key: float(value) for key, value in sigmas.items()}


def find_regions(truth, generated):
    """Find where generated events are too few or too many, and whether that is all there is.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d).

    Returns:
        A list of pairs of a `regions.Region` and whether what it lacks is beside it, and whether
        the regions that hold less than `least_mode_share` of their share explain what else differs.
    """
    generated = generated[np.isfinite(generated).all(axis=1)]
    if len(generated) < LEAST_EVENTS:
        return [], False
    found = regions.find_regions(truth.real, generated)
    missing = [region for region in found if region.ratio < truth.settings["least_mode_share"]]
    told = [(region, regions.displaced(truth.real, generated, region)) for region in found]
    return told, regions.explain(truth.real, generated, missing)


def training_events(n_events, n_train, size):
    """Return among how many training events copies are looked for.

    As many as truth against truth can spare, since the more there are the more are near by chance.

    Args:
        n_events: All real events.
        n_train: Those of the training split.
        size: Events on each side of a comparison.

    >>> training_events(25_000, 15_000, 5000), training_events(600, 360, 200)
    (15000, 200)
    """
    return min(_MOST_TRAINING, n_train, n_events - 2 * size)


def floors(events, size, memory, names, settings, seed, training=None, judging=False):
    """Measure truth against truth, on disjoint samples without replacement.

    Each draw deals a real sample, one in place of the generated and one in place of the training
    events. With `draws` and `slow_draws` of `settings`, for the cheap and the slow metrics.

    Args:
        events: All real events, float, shape (n, d); may be memory-mapped.
        size: Events on each side of a comparison.
        memory: Training events; at most `size`, and 2 * size + memory at most n.
        names: The features' names, in column order.
        settings: The config's `evaluation`.
        seed: Of the draws.
        training: Events among which copies are looked for, from `training_events`; by default
            `memory`.
        judging: As for `slow_metrics`.

    Returns:
        A list of (metric, feature, mean, sd, quantiles at `QUANTILES`..., draws, kind of the
        quantiles, analytic mean or empty).
    """
    draws, slow_draws = settings["draws"], settings["slow_draws"]
    population = Population(events, names, settings)
    found = {}
    for draw in range(max(draws, slow_draws)):
        rng = np.random.default_rng([seed, draw])
        rows = rng.choice(len(events), 2 * size + max(memory, training or 0), replace=False)
        a, b, c = (events[part] for part in np.split(rows, [size, 2 * size]))
        truth = Truth(a, c[:memory], names, settings, population, c[: training or memory])
        values = cheap_metrics(truth, b) if draw < draws else {}
        if draw < slow_draws:
            values |= slow_metrics(truth, b, draw, judging)
        for key, value in values.items():
            found.setdefault(key, []).append(value)
    if slow_draws:
        means = {(name, ""): (float(np.mean(found[name, ""])),) for name in ("recall", "coverage")}
        found[COVERED, ""] = [
            covered(*both, means)
            for both in zip(found["recall", ""], found["coverage", ""], strict=True)
        ]
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
        "distinct_values": 1.0,
        "tail_ratio_q01": 1.0,
        "tail_ratio_q99": 1.0,
        "tail_ratio_q999": 1.0,
        "out_of_range": 2 / (size + 1),
        "pile_up": 0.0,
    }
    known = {(metric, name): value for metric, value in each.items() for name in names}
    joint = {
        "sliced_ks": _KOLMOGOROV * math.sqrt(2 / size),
        "scaled_units": 0.0,
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
