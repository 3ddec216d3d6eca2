"""Whether generated events are the real ones in other units, such as those of a scaler.

Scaled events are a common mistake with samples from elsewhere, and look like a collapse. Only known
scalings are looked for, each with its own numbers: a free scale and place would make a collapse
look like a mistake.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from collapse.metrics.correlation import correlation_distance, spearman
from collapse.metrics.one_dimensional import interquantile_range

# The quantiles that a straight line is drawn through.
_QUANTILES = np.linspace(0.02, 0.98, 49)
# A generator that is good but for its units differs by this in a feature's distribution function,
# and in the rank correlations. Both are what the default study's best keep to.
_SHAPE, _CORRELATIONS = 0.05, 0.1
# Two samples of one shape differ by more than their noise with this probability, over all features.
_CHANCE = 1e-3
# A scaler was fitted to other events than these, so that places may be off by this part of the real
# 5-95 % range: a narrow peak is moved by more than its width.
_NEAR = 0.02
# Fewer events than a scaler was fitted to may end this much below its extremes, in a long tail.
_SHORT = 0.1


@dataclass(frozen=True)
class Units:
    """What brings generated events back to physical units: factor * generated + offset.

    Attributes:
        name: How they were scaled.
        factor: float64, shape (d,).
        offset: float64, shape (d,).
    """

    name: str
    factor: np.ndarray
    offset: np.ndarray


def straight_line(real: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what brings each generated feature to the real place and width.

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d), finite.

    Returns:
        Two float64 arrays of shape (d,), so that factor * generated + offset has the real
        quantiles as nearly as it can; NaN for a feature without a width in either sample.

    >>> real = np.linspace(0, 100, 101)[:, None]
    >>> factor, offset = straight_line(real, (real - 50) / 20)
    >>> factor.round(9).tolist(), offset.round(9).tolist()
    ([20.0], [50.0])
    """
    ours, theirs = (np.quantile(np.float64(x), _QUANTILES, axis=0) for x in (real, generated))
    middles = ours.mean(axis=0), theirs.mean(axis=0)
    factor = _slope(ours - middles[0], theirs - middles[1])
    return factor, middles[0] - factor * middles[1]


def _slope(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    slope, scale = (ours * theirs).sum(axis=0), (theirs**2).sum(axis=0)
    factor = np.full(len(slope), np.nan)
    np.divide(slope, scale, out=factor, where=(scale > 0) & (slope > 0))
    return factor


def recognise(
    real: np.ndarray, generated: np.ndarray, low: np.ndarray, high: np.ndarray, mean: np.ndarray,
    sd: np.ndarray
) -> Units | None:  # fmt: skip
    """Find how generated events were scaled, if they are real ones that were.

    Each feature must come back to the real shape, and all rank correlations must be the real ones.
    Known are standard scaling, scaling to [-1, 1] or [0, 1], division by the greatest value, and
    powers of ten, of which some features may have none.

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d), finite.
        low: The least of all real values of each feature, shape (d,).
        high: The greatest.
        mean: Their mean.
        sd: Their standard deviation.

    Returns:
        A `Units`, or None.

    >>> rng = np.random.default_rng(0)
    >>> real, fresh = rng.normal(size=(2, 1000, 2)) * [1, 30] + [0, 90]
    >>> numbers = real.min(axis=0), real.max(axis=0), real.mean(axis=0), real.std(axis=0)
    >>> recognise(real, fresh / [1, 30] - [0, 3], *numbers).name
    'standard-scaled'
    >>> recognise(real, fresh, *numbers) is recognise(real, 0.03 * fresh, *numbers) is None
    True
    """
    real, generated = np.asarray(real, float), np.asarray(generated, float)
    width = np.array([interquantile_range(column) for column in real.T])
    if not (width > 0).all() or not np.ptp(generated, axis=0).all():
        return None
    unit = np.sqrt(1 / len(real) + 1 / len(generated))
    d = real.shape[1]
    # Kolmogorov's law for the largest of d distances, and as much for the correlations.
    most = _SHAPE + np.sqrt(np.log(2 * d / _CHANCE) / 2) * unit
    pairs = max(d * (d - 1), 1)
    if correlation_distance(spearman(real), spearman(generated)) > (
        _CORRELATIONS + (2 + np.sqrt(2 * np.log(pairs))) * unit
    ):
        return None
    if _furthest(real, generated, _NEAR * width) <= most:
        return None  # these are the physical units
    for units, near in _candidates(real, generated, low, high, mean, sd):
        back = units.factor * generated + units.offset
        if _furthest(real, back, near * width) <= most:
            return units
    return None


def _candidates(
    real: np.ndarray, generated: np.ndarray, low: np.ndarray, high: np.ndarray, mean: np.ndarray,
    sd: np.ndarray
) -> Iterator[tuple[Units, float]]:  # fmt: skip
    """Yield each known scaling that the generated events may have, and how near it must bring."""
    yield Units("standard-scaled", sd, mean), _NEAR
    zero = np.zeros(len(low))
    ours, theirs = (np.quantile(x, _QUANTILES, axis=0) for x in (real, generated))
    if (np.abs(theirs) <= 1).all() and (np.abs(generated).max(axis=0) >= _SHORT).all():
        # The lower end is taken to be the real one, and the upper found.
        half = _slope(ours - low, theirs + 1)
        yield Units("scaled to [-1, 1]", half, low + half), _NEAR
        yield Units("scaled to [0, 1]", _slope(ours - low, theirs), low), _NEAR
        yield Units("divided by the greatest", _slope(ours, theirs), zero), _NEAR
    factor = 10.0 ** np.round(np.log10(np.nan_to_num(_slope(ours, theirs), nan=1.0)))
    yield Units("in other powers of ten", factor, zero), 0.0


def _furthest(real: np.ndarray, generated: np.ndarray, near: np.ndarray) -> float:
    return max(_apart(*columns) for columns in zip(real.T, generated.T, near, strict=True))


def _apart(real: np.ndarray, generated: np.ndarray, near: float) -> float:
    """Return by how much distribution functions differ that may be moved a little (Levy)."""
    a, b = np.sort(real), np.sort(generated)
    return max(
        float(
            np.max(
                np.searchsorted(x, x, "right") / len(x)
                - np.searchsorted(y, x + near, "right") / len(y)
            )
        )
        for x, y in ((a, b), (b, a))
    )


def way_back(values: Mapping[tuple[str, str], float]) -> str | None:
    """Say how events in other units become physical ones; None if they are physical.

    Args:
        values: (metric, feature) -> value; of it `scaled_units`, `units_factor`, `units_offset`.

    >>> way_back({("scaled_units", ""): 1, ("units_factor", "x"): 2.0, ("units_offset", "x"): -5.0})
    'x = 2 * generated -5'
    """
    if values.get(("scaled_units", "")) != 1:
        return None
    ways = {
        name: (value, values["units_offset", name])
        for (metric, name), value in values.items()
        if metric == "units_factor"
    }
    return ", ".join(
        f"{name} = {factor:.6g} * generated {offset:+.6g}"
        for name, (factor, offset) in ways.items()
        if (factor, offset) != (1, 0)
    )
