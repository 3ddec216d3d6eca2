"""All metrics: what each is called, what it is of, how it is measured and how much it varies.

A new metric is a function of arrays in a module beside this one, and a line in `METRICS`.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from typing import Any

import numpy as np

from collapse.metrics import counts, modes, neighbours, support
from collapse.metrics.bins import LEVEL, ndb
from collapse.metrics.classifier import auc, auc_error
from collapse.metrics.correlation import correlation_distance, spearman
from collapse.metrics.frechet import fpd
from collapse.metrics.kernels import kpd
from collapse.metrics.one_dimensional import (
    SEPARATION_BINS,
    distinct_values,
    ks,
    out_of_range,
    range_coverage,
    separation,
    spread_ratio,
    tail_ratio,
    w1_relative,
)
from collapse.metrics.sliced import sliced_ks, sliced_w1
from collapse.metrics.standardise import gaussianise
from collapse.metrics.truth import K_PAPER, K, Sample, Truth, derived_of

Key = tuple[str, str]
# A metric of each feature, one after the other; those of a feature's ends, feature by feature; of
# all features; and of the known modes, if there are any.
JOINT, FEATURE, END, ALL = "joint", "feature", "end", "all"
WINDOW, MODE, MIXTURE, MODES = "window", "mode", "mixture", "modes"
# Of all columns, where there are derived ones; and of each feature that is learnt.
DERIVED, LEARNT = "derived", "learnt"
# Neighbours vary together, so that a share that they decide varies by more than a binomial one.
_TOGETHER = 1.5
# Kolmogorov's distribution: the mean of sqrt(n / 2) KS between two samples of n.
_KOLMOGOROV = math.sqrt(math.pi / 2) * math.log(2)


@dataclass(frozen=True)
class Metric:
    """A metric. What is of several features, windows or modes comes with a number for each.

    Attributes:
        name: What tables call it.
        measure: `Sample` -> its value; None for what `all_metrics` has from elsewhere.
        of: What it is of.
        theory: What truth scores in the mean, where theory says: a number, or a function of the
            events on each side and of the known modes. That of KS, separation and out of range
            holds for features whose values don't repeat.
        error: `Sample` and values -> standard errors: by how much another sample of the generator,
            and of the real events, would change them. None where it varies as its floor does.
        sigmas: `Sample` and values -> how unlikely they are for truth, as standard deviations of a
            normal number, where that is known without a floor's draws.
        slow: Whether it looks at all pairs of events, or trains a classifier.
        judged: Whether a verdict can come from it.
    """

    name: str
    measure: Callable[[Any], Any] | None
    of: str = JOINT
    theory: float | Callable[[int, Any], float | None] | None = None
    error: Callable[[Sample, np.ndarray], Any] | None = None
    sigmas: Callable[[Sample, np.ndarray], Any] | None = None
    slow: bool = False
    judged: bool = True


def _each(function: Callable) -> Callable[[Sample], list[float]]:
    """Measure a function of two columns for each feature."""
    return lambda s: [function(*pair) for pair in zip(s.truth.real.T, s.events.T, strict=True)]


def _share(side: str, factor: float = 1.0) -> Callable[[Sample, np.ndarray], np.ndarray]:
    """Return the errors of shares of one side's events, so many times the binomial ones."""

    def error(s: Sample, values: np.ndarray) -> np.ndarray:
        size = len(s.truth.real) if side == "real" else max(len(s.events), 1)
        # One event more, so that a share of 0 has an error as well.
        p = (values * size + 1) / (size + 2)
        return factor * np.sqrt(np.maximum(p * (1 - p), 0) / size)

    return error


_GENERATED, _REAL = _share("generated"), _share("real", _TOGETHER)
_NEIGHBOURS = _share("generated", _TOGETHER)


def _unit(s: Sample) -> float:
    return math.sqrt(1 / len(s.truth.real) + 1 / len(s.events))


def _ks_theory(size: int, _: Any) -> float:
    return _KOLMOGOROV * math.sqrt(2 / size)


def _ks_error(s: Sample, values: np.ndarray) -> np.ndarray:
    # Near the floor as Kolmogorov's distribution has it; far from it as a binomial share.
    return _unit(s) * np.minimum(0.26 * np.maximum(values / _unit(s), 1), 0.5)


def _ends(function: Callable, place: int) -> Callable[..., list[float]]:
    """Take one of the numbers that a function gives of all real and the generated values."""

    def measure(s: Sample, *_: np.ndarray) -> list[float]:
        pairs = zip(s.truth.population.columns, s.events.T, strict=True)
        return [function(*pair)[place] for pair in pairs]

    return measure


def _halved(function: Callable) -> Callable[[Sample, np.ndarray], list[float]]:
    """Return the errors of what comes from quantiles, from halves of the generated events."""

    def error(s: Sample, _: np.ndarray) -> list[float]:
        pairs = zip(s.truth.real.T, s.events.T, strict=True)
        found = [[function(real, column[half]) for half in s.halves] for real, column in pairs]
        # The real sample's quantiles vary as well.
        return [math.sqrt(2) * float(np.std(values, ddof=1)) for values in found]

    return error


def _range_error(s: Sample, values: np.ndarray) -> np.ndarray:
    low, high = (np.array(_ends(support.beyond_errors, place)(s)) for place in (0, 1))
    return np.sqrt(low**2 + high**2 + values * (1 - values) / len(s.truth.real))


def _range_error_of_all(s: Sample, _: np.ndarray) -> float:
    each = _range_error(s, np.array(_each(out_of_range)(s))).tolist()
    return math.sqrt(sum(error**2 for error in each))


def _covered_error(s: Sample, values: np.ndarray) -> np.ndarray:
    # Of what is covered as well as truth is, it is of a recall of about 0.97.
    p = np.clip(values, 1 / len(s.truth.real), 0.97)
    return _TOGETHER * np.sqrt(p * (1 - p) / len(s.truth.real))


def _window_sigmas(s: Sample, values: np.ndarray) -> np.ndarray:
    real, m = s.truth.population, len(s.events)
    known = np.rint(real.in_windows * real.size)
    return counts.compare_counts(np.rint(values * m), m, known, real.size)


def _beyond_sigmas(s: Sample, values: np.ndarray) -> np.ndarray:
    size = s.truth.population.size
    return counts.beyond_extremes(np.rint(values * size), size, len(s.events))


def _outside_sigmas(s: Sample, values: np.ndarray, sides: int = 2) -> np.ndarray:
    m = len(s.events)
    return counts.beyond_extremes(np.rint(values * m), m, s.truth.population.size, sides)


def _tail(name: str, quantile: float) -> Metric:
    function = partial(tail_ratio, quantile=quantile)
    return Metric(name, _each(function), FEATURE, 1.0, _halved(function))


def _of_modes(name: str, of: str = MODES, error: Callable | None = None) -> Metric:
    def theory(size: int, known: modes.Mixture | modes.Windows) -> float | None:
        return known.theory(size).get(name)

    return Metric(name, lambda s: s.by_mode[name], of, theory, error)


def _auc(name: str, sides: Callable[[Sample], tuple], of: str = JOINT) -> Metric:
    def measure(s: Sample) -> float:
        real, generated = sides(s)
        return auc(real, generated, s.truth.settings["folds"], s.seed)

    return Metric(
        name, measure, of, 0.5,
        lambda s, values: [auc_error(v, len(s.truth.real), len(s.events)) for v in values],
        lambda s, values: (values - 0.5) / auc_error(0.5, len(s.truth.real), s.size),
        slow=True,
    )  # fmt: skip


METRICS = (
    Metric("non_finite", None, theory=0.0, error=_GENERATED),
    Metric(
        "ks", _each(ks), FEATURE, _ks_theory, _ks_error,
        lambda s, values: counts.kolmogorov(values, len(s.truth.real), len(s.events)),
    ),
    Metric("w1_relative", _each(w1_relative), FEATURE),
    Metric("separation", _each(separation), FEATURE, lambda n, _: SEPARATION_BINS / (2 * n)),
    Metric("spread_ratio", _each(spread_ratio), FEATURE, 1.0, _halved(spread_ratio)),
    _tail("tail_ratio_q01", 0.01),
    _tail("tail_ratio_q99", 0.99),
    _tail("tail_ratio_q999", 0.999),
    Metric("range_coverage", _each(range_coverage), FEATURE),
    Metric("out_of_range", _each(out_of_range), FEATURE, lambda n, _: 2 / (n + 1), _range_error),
    Metric("distinct_values", _each(distinct_values), FEATURE, 1.0),
    Metric(
        "beyond_low", _ends(support.beyond, 0), END, None, _ends(support.beyond_errors, 0),
        _beyond_sigmas,
    ),
    Metric(
        "beyond_high", _ends(support.beyond, 1), END, None, _ends(support.beyond_errors, 1),
        _beyond_sigmas,
    ),
    Metric(
        "pile_up", _ends(support.pile_up, 0), END, 0.0, _GENERATED, _ends(support.pile_up, 1)
    ),
    Metric(
        "outside_support", lambda s: s.outside.mean(axis=0), END, None, _GENERATED, _outside_sigmas
    ),
    Metric("ks_within", lambda s: list(map(ks, s.real_within.T, s.events.T)), END, None, _ks_error),
    Metric("units_factor", lambda s: s.way_back[0], END),
    Metric("units_offset", lambda s: s.way_back[1], END),
    Metric("out_of_range", lambda s: 1 - s.reached.mean(), ALL, None, _range_error_of_all),
    Metric(
        "outside_support", lambda s: s.outside.any(axis=1).mean(), ALL, None, _GENERATED,
        lambda s, values: _outside_sigmas(s, values, 2 * len(s.truth.names)),
    ),
    Metric("scaled_units", lambda s: s.recognised is not None, theory=0.0),
    Metric("sliced_w1", lambda s: sliced_w1(s.truth.projections, s.projections)),
    Metric(
        "sliced_ks", lambda s: sliced_ks(s.truth.projections, s.projections),
        theory=_ks_theory,
    ),
    Metric(
        "correlation_distance",
        lambda s: correlation_distance(s.truth.correlations, spearman(s.features)),
        error=lambda s, _: _unit(s),
    ),
    Metric("fpd", lambda s: fpd(s.truth.features, s.features)),
    Metric(
        "fpd_quantile",
        lambda s: fpd(s.truth.normal, gaussianise(s.truth.columns, s.features), normalise=False),
    ),
    # In a dataset with a mixture, windows are counted, but they aren't its modes.
    Metric(
        "window_fraction", lambda s: s.truth.windows.fractions(s.events), WINDOW, None, _GENERATED,
        _window_sigmas,
    ),
    Metric(
        "mode_fraction", lambda s: s.truth.modes.fractions(s.events), MODE,
        lambda _, known: modes.true_high_quality(len(known.columns)) / len(known.names), _GENERATED,
    ),
    _of_modes("high_quality", MIXTURE, _GENERATED),
    _of_modes("modes_captured"),
    _of_modes("modes_share"),
    _of_modes("modes_soft_share"),
    _of_modes("mode_kl"),
    _of_modes("mode_tv"),
    Metric("energy_distance", lambda s: s.pairs[0], theory=0.0, slow=True, judged=False),
    Metric("mmd", lambda s: s.pairs[1], theory=0.0, slow=True, judged=False),
    Metric("kpd", lambda s: kpd(s.truth.features, s.features), theory=0.0, slow=True, judged=False),
    Metric("precision", lambda s: s.prdc[K]["precision"], error=_NEIGHBOURS, slow=True),
    Metric("recall", lambda s: s.prdc[K]["recall"], error=_REAL, slow=True),
    Metric("density", lambda s: s.prdc[K]["density"], theory=1.0, slow=True),
    Metric(
        "coverage", lambda s: s.prdc[K]["coverage"], theory=1 - 2.0**-K, error=_REAL, slow=True
    ),
    Metric("precision_k3", lambda s: s.prdc[K_PAPER]["precision"], slow=True),
    Metric("recall_k3", lambda s: s.prdc[K_PAPER]["recall"], slow=True),
    Metric(
        "ndb", lambda s: ndb(s.truth.scaled, s.scaled, s.truth.cells), theory=LEVEL, slow=True,
        judged=False,
    ),
    Metric("repeated", lambda s: s.repeats[0], error=_NEIGHBOURS, slow=True),
    Metric("distinct", lambda s: s.repeats[1], error=_NEIGHBOURS, slow=True),
    Metric(
        "copied",
        lambda s: neighbours.copied(s.scaled, s.truth.scaled_training, s.truth.within),
        error=_NEIGHBOURS, slow=True,
    ),
    Metric(
        "memorisation",
        lambda s: neighbours.memorisation(
            s.scaled, s.truth.scaled_memory, s.truth.scaled[: len(s.truth.memory)]
        ),
        theory=0.5, error=_NEIGHBOURS, slow=True,
    ),
    Metric(
        "off_relation", lambda s: s.truth.relations.off_relation(s.features), LEARNT, None,
        _NEIGHBOURS, lambda s, values: s.truth.relations.sigmas(values, len(s.events)), slow=True,
    ),
    _auc("auc", lambda s: (s.truth.features, s.features)),
    _auc("auc_derived", lambda s: (s.truth.real, s.events), DERIVED),
    # From the floors of others: the lesser of recall and coverage, each over its floor.
    Metric("covered", None, error=_covered_error),
)  # fmt: skip


def listed(
    names: Sequence[str], known: modes.Windows | modes.Mixture | None,
    windows: modes.Windows | None, derived: Sequence[str] = ()
) -> list[tuple[Metric, list[str]]]:  # fmt: skip
    """List the metrics of a dataset, each with the columns, windows or modes that it is of."""
    mixture = known.names if isinstance(known, modes.Mixture) else []
    labels = {
        JOINT: [""], FEATURE: list(names), END: list(names), ALL: ["all"],
        WINDOW: windows.names if windows else [], MODE: mixture,
        MIXTURE: [""] if mixture else [], MODES: [""] if known else [],
        DERIVED: [""] if derived else [],
        LEARNT: [name for name in names if name not in derived],
    }  # fmt: skip
    return [(metric, labels[metric.of]) for metric in METRICS if labels[metric.of]]


def _listed_of(truth: Truth) -> list[tuple[Metric, list[str]]]:
    return listed(truth.names, truth.modes, truth.windows, truth.names[truth.learnt :])


def keys(names: Sequence[str], settings: Mapping[str, Any]) -> list[Key]:
    """List the (metric, feature, window, mode or empty) of all numbers of a dataset, in order.

    Args:
        names: The features' names, in column order.
        settings: The config's `evaluation`.
    """
    known, windows = modes.modes_of(settings, names), modes.windows_of(settings, names)
    return _keys(listed(names, known, windows, derived_of(settings, names)))


def _keys(metrics: Iterable[tuple[Metric, list[str]]]) -> list[Key]:
    found: list[Key] = []
    for of, group in groupby(metrics, key=lambda pair: pair[0].of):
        columns = [[(metric.name, label) for label in labels] for metric, labels in group]
        found += chain.from_iterable(zip(*columns, strict=True) if of == END else columns)
    return found


def measure(
    sample: Sample, cheap: bool = True, slow: bool = True, judging: bool = False
) -> dict[Key, float]:
    """Measure a sample of which enough events are finite.

    Args:
        sample: A `Sample`.
        cheap: Whether to measure what takes milliseconds.
        slow: Whether to measure what takes longer.
        judging: Whether to leave out what no verdict comes from, half of the cost.

    Returns:
        (metric, feature, window, mode or empty) -> float.
    """
    truth = sample.truth
    chosen = [
        (metric, labels)
        for metric, labels in _listed_of(truth)
        if metric.measure and (slow if metric.slow else cheap) and (metric.judged or not judging)
    ]
    values: dict[Key, float] = {}
    for metric, labels in chosen:
        values |= _named(metric, labels, metric.measure(sample) if metric.measure else None)
    return {key: values[key] for key in _keys(chosen)}


def _named(metric: Metric, labels: Iterable[str], numbers: Any) -> dict[Key, float]:
    found = np.atleast_1d(numbers).tolist()
    return {(metric.name, label): float(x) for label, x in zip(labels, found, strict=True)}


def covered(recall: float, coverage: float, known: Mapping[Key, Sequence[float]]) -> float:
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


def all_metrics(
    sample: Sample, known: Mapping[Key, Sequence[float]], judging: bool = False
) -> dict[Key, float]:
    """Measure a checkpoint.

    Generated events that are not finite are counted, as `non_finite`, and left out of the rest;
    where too few are left the rest is NaN.

    Args:
        sample: A `Sample`.
        known: The floors: (metric, feature) -> their mean first.
        judging: As for `measure`.

    Returns:
        (metric, feature, window, mode or empty) -> float.
    """
    values = {("non_finite", ""): 1 - sample.finite}
    if sample.measurable:
        values |= measure(sample, judging=judging)
        both = values["recall", ""], values["coverage", ""]
        return values | {("covered", ""): covered(*both, known)}
    return dict.fromkeys(keys(sample.truth.names, sample.truth.settings), math.nan) | values


def errors_and_sigmas(
    sample: Sample, values: Mapping[Key, float]
) -> tuple[dict[Key, float], dict[Key, float]]:
    """Return how much values vary and how unlikely they are, where that takes no floor.

    Args:
        sample: The `Sample`.
        values: What `all_metrics` returned.

    Returns:
        The `error` and the `sigmas` of metrics that have one, each as (metric, feature, window,
        mode or empty) -> float; of no value that is NaN.
    """
    truth = sample.truth
    errors: dict[Key, float] = {}
    sigmas: dict[Key, float] = {}
    for metric, labels in _listed_of(truth):
        measured = np.array([values.get((metric.name, label), math.nan) for label in labels])
        kept = [label for label, value in zip(labels, measured, strict=True) if value == value]
        for function, found in ((metric.error, errors), (metric.sigmas, sigmas)):
            if function and kept:
                numbers = _named(metric, labels, function(sample, measured))
                found |= {(metric.name, label): numbers[metric.name, label] for label in kept}
    return errors, sigmas
