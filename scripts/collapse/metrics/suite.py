"""All metrics of a checkpoint, and their floors: truth against truth at the same size."""

import numpy as np

from collapse.metrics import one_dimensional

PER_FEATURE = {
    "ks": one_dimensional.ks,
    "w1_relative": one_dimensional.w1_relative,
    "spread_ratio": one_dimensional.spread_ratio,
    "out_of_range": one_dimensional.out_of_range,
}
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
# Fewer finite events than this measure nothing: the run has diverged.
LEAST_EVENTS = 100


def cheap_metrics(real, generated, names, windows):
    """Measure what takes milliseconds.

    Args:
        real: float, shape (n, d), finite.
        generated: float, shape (m, d), finite.
        names: The features' names, in column order.
        windows: Name -> dict of `feature`, `low`, `high`.

    Returns:
        (metric, feature or window) -> float.
    """
    values = {
        (metric, name): function(real[:, i], generated[:, i])
        for metric, function in PER_FEATURE.items()
        for i, name in enumerate(names)
    }
    low, high = generated.min(axis=0), generated.max(axis=0)
    beyond = ((real < low) | (real > high)).any(axis=1)
    values["out_of_range", "all"] = float(beyond.mean())
    for name, window in windows.items():
        column = generated[:, names.index(window["feature"])]
        values["window_fraction", name] = one_dimensional.window_fraction(
            column, window["low"], window["high"]
        )
    return values


def dear_metrics(real, generated, folds, seed):
    """Measure what takes about a second: (metric, "") -> float."""
    # Here, so that whoever needs the cheap ones alone doesn't pay for scikit-learn's import.
    from collapse.metrics.classifier import auc

    return {("auc", ""): auc(real, generated, folds, seed)}


def all_metrics(real, generated, names, windows, folds, seed):
    """Measure a checkpoint.

    Generated events that are not finite are counted, as `non_finite`, and left out of the rest;
    where too few are left the rest is NaN.

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d).
        names: The features' names, in column order.
        windows: Name -> dict of `feature`, `low`, `high`.
        folds: Folds of the classifier's cross-validation.
        seed: Of the classifier.

    Returns:
        (metric, feature, window or empty) -> float.
    """
    finite = np.isfinite(generated).all(axis=1)
    values = {("non_finite", ""): float(1 - finite.mean())}
    if finite.sum() >= LEAST_EVENTS:
        values |= cheap_metrics(real, generated[finite], names, windows)
        return values | dear_metrics(real, generated[finite], folds, seed)
    keys = [*cheap_metrics(real, real, names, windows), ("auc", "")]
    return values | dict.fromkeys(keys, float("nan"))


def floors(truth, size, names, windows, folds, draws, dear_draws, seed):
    """Measure truth against truth, on pairs of disjoint samples without replacement.

    Args:
        truth: All real events, float, shape (n, d); may be memory-mapped.
        size: Events in each sample of a pair; at most n / 2.
        names: The features' names, in column order.
        windows: Name -> dict of `feature`, `low`, `high`.
        folds: Folds of the classifier's cross-validation.
        draws: Pairs for the cheap metrics.
        dear_draws: Pairs for the dear ones.
        seed: Of the draws.

    Returns:
        A list of (metric, feature, mean, sd, quantiles at `QUANTILES`..., draws).
    """
    found = {("non_finite", ""): [0.0] * draws}
    for draw in range(max(draws, dear_draws)):
        rng = np.random.default_rng([seed, draw])
        rows = rng.choice(len(truth), 2 * size, replace=False)
        a, b = truth[rows[:size]], truth[rows[size:]]
        values = cheap_metrics(a, b, names, windows) if draw < draws else {}
        if draw < dear_draws:
            values |= dear_metrics(a, b, folds, draw)
        for key, value in values.items():
            found.setdefault(key, []).append(value)
    return [
        (
            *key,
            float(np.mean(values)),
            float(np.std(values, ddof=1)),
            *np.quantile(values, QUANTILES).tolist(),
            len(values),
        )
        for key, values in found.items()
    ]
