"""Floors: what truth against truth scores at the same size, and each value beside its own."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from collapse.metrics.comparison import Sizes
from collapse.metrics.counts import few_draws
from collapse.metrics.modes import modes_of, windows_of
from collapse.metrics.suite import Key, all_metrics, covered, errors_and_sigmas, listed, measure
from collapse.metrics.truth import Population, Sample, Truth, derived_of

# Of a table of floors.
FLOORS = (
    *("metric", "feature", "mean", "sd", "q025", "q16", "q50", "q84", "q975"),
    *("draws", "kind", "analytic"),
)
# Of what is beside its floor.
BESIDE = ("metric", "feature", "value", "error", "floor_mean", "floor_sd", "z")
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
# Of fewer values the outer quantiles are a normal distribution's, of their mean and sd.
ENOUGH = 40

Row = tuple[str, str, float, float, float, float, float]


def measure_truth(
    events: np.ndarray, sizes: Sizes, names: Sequence[str], settings: Mapping[str, Any],
    seed: int = 0, judging: bool = False
) -> list[tuple]:  # fmt: skip
    """Measure truth against truth, on disjoint samples without replacement.

    Each draw deals a real sample, one in place of the generated and one in place of the training
    events. With `draws` and `slow_draws` of `settings`, for the cheap and the slow metrics.

    Args:
        events: All real events, float, shape (n, d); may be memory-mapped.
        sizes: The comparison's sizes, 2 * events and the training ones together at most n.
        names: The features' names, in column order.
        settings: The config's `evaluation`.
        seed: Of the draws.
        judging: As for `suite.measure`.

    Returns:
        A list of rows with the columns `FLOORS`, the last empty where theory does not say.
    """
    draws, slow_draws = settings["draws"], settings["slow_draws"]
    population = Population(events, names, settings)
    size, training = sizes.events, max(sizes.memory, sizes.training)
    found: dict[Key, list[float]] = {}
    for draw in range(max(draws, slow_draws)):
        rng = np.random.default_rng([seed, draw])
        rows = rng.choice(len(events), 2 * size + training, replace=False)
        a, b, c = (events[part] for part in np.split(rows, [size, 2 * size]))
        truth = Truth(a, c[: sizes.memory], names, settings, population, c[: sizes.training])
        values = measure(Sample(truth, b, draw), draw < draws, draw < slow_draws, judging)
        for key, value in values.items():
            found.setdefault(key, []).append(value)
    if slow_draws:
        recall, coverage = found["recall", ""], found["coverage", ""]
        means = {(name, ""): [float(np.mean(found[name, ""]))] for name in ("recall", "coverage")}
        found["covered", ""] = [
            covered(*both, means) for both in zip(recall, coverage, strict=True)
        ]
    known = analytic(events, size, names, settings)
    still = [0.0] * (2 + len(QUANTILES))
    return [
        ("non_finite", "", *still, draws, "analytic", 0.0),
        *((*key, *_described(values), known.get(key, "")) for key, values in found.items()),
    ]


def _described(values: list[float]) -> tuple:
    """Return mean, sd and quantiles of the draws, their number, and where quantiles are from."""
    mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
    if len(values) >= ENOUGH:
        return mean, sd, *np.quantile(values, QUANTILES).tolist(), len(values), "empirical"
    return mean, sd, *(mean + sd * ndtri(QUANTILES)).tolist(), len(values), "normal"


def analytic(
    events: np.ndarray, size: int, names: Sequence[str], settings: Mapping[str, Any]
) -> dict[Key, float]:
    """Return what truth scores by theory in the mean, where theory says.

    Args:
        events: All real events, float, shape (n, d).
        size: Events on each side of a comparison.
        names: The features' names, in column order.
        settings: The config's `evaluation`.

    Returns:
        (metric, feature) -> float.
    """
    modes, windows = modes_of(settings, names), windows_of(settings, names)
    known: dict[Key, float] = {}
    for metric, labels in listed(names, modes, windows, derived_of(settings, names)):
        value = metric.theory(size, modes) if callable(metric.theory) else metric.theory
        if value is not None:
            known |= {(metric.name, label): value for label in labels}
    if windows:
        shares = windows.fractions(events).tolist()
        known |= {("window_fraction", n): v for n, v in zip(windows.names, shares, strict=True)}
    return known


def beside_floors(
    truth: Truth, generated: np.ndarray, known: Mapping[Key, tuple[float, float, int]],
    seed: int = 0, judging: bool = False
) -> list[Row]:  # fmt: skip
    """Measure generated events, each metric beside its floor.

    Args:
        truth: A `Truth`.
        generated: float, shape (m, d).
        known: (metric, feature) -> mean and sd of the floor, and its draws.
        seed: Of the classifier.
        judging: Whether to leave out what no verdict comes from.

    Returns:
        A list of rows with the columns `BESIDE`. z is by exact tests for counts, by the error of
        its own for the AUC, and else by the floor, as Student's t has it for so few draws.
    """
    sample = Sample(truth, generated, seed)
    values = all_metrics(sample, known, judging)
    errors, exact = errors_and_sigmas(sample, values)
    found = []
    for key, value in values.items():
        if judging and key not in known:
            continue
        mean, sd, draws = known[key]
        off = exact[key] if key in exact else z(value, mean, sd)
        if key not in exact and math.isfinite(off):
            off = float(few_draws(off, draws))
        found.append((*key, value, errors.get(key, sd), mean, sd, off))
    return found


def never_in_truth(metric: str, feature: str, value: float) -> Row:
    """Return the row of a number that is 0 for truth and known exactly, with columns `BESIDE`."""
    return metric, feature, value, 0.0, 0.0, 0.0, math.inf if value else 0.0


def share_of_truth(metric: str, feature: str, holds: np.ndarray) -> tuple:
    """Return the floor of a share that all real events tell, bool (n,), with columns `FLOORS`."""
    share = float(holds.mean())
    sd = math.sqrt(share * (1 - share) / len(holds))
    return metric, feature, share, sd, *[share] * len(QUANTILES), 0, "analytic", share


def share_beside(
    metric: str, feature: str, failed: int, size: int, floor: tuple[float, float]
) -> Row:
    """Return a share of generated events beside that of all real ones, with columns `BESIDE`."""
    value, (mean, sd) = failed / size, floor
    error = math.sqrt(max(failed, 1) * max(size - failed, 1) / size) / size
    return metric, feature, value, error, mean, sd, (value - mean) / math.hypot(error, sd)


def z(value: float, mean: float, sd: float) -> float:
    """Return how many standard deviations of the floor a value is off; 0 for no difference.

    >>> z(3.0, 1.0, 0.5)
    4.0
    >>> z(1.0, 0.0, 0.0)
    inf
    """
    if math.isnan(value) or value == mean:
        return value - mean
    return (value - mean) / sd if sd else math.copysign(math.inf, value - mean)
