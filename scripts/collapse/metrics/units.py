"""Whether generated events are the real ones in other units: shapes that match, ranges that don't.

Scaled events are a common mistake with samples from elsewhere, and look like a collapse to a point.
"""

import numpy as np

from collapse.metrics.one_dimensional import interquantile_range

# The quantiles that a way back is a straight line through.
_QUANTILES = np.linspace(0.02, 0.98, 49)
# A shape matches if the distribution functions differ by no more than the first beyond the noise of
# two samples, which is exceeded with the probability of the second. Places that differ by less than
# the last, in real widths, are the same: a narrow peak is moved by more than its own width where
# another sample set the scale.
_SHAPE, _CHANCE, _NEAR = 0.02, 1e-3, 0.04
# A width is another one if it is off by such a factor, and a place if it is off by such a part of
# the real width. A generator that collapses to its own median changes the one and not the other.
_FACTOR, _MOVED = 2.0, 0.05
# Contracted towards one event, all features are narrower by the same factor, to this and so many
# times the noise of two samples.
_SAME, _SPREAD = 1.15, 5.0
# Means and standard deviations that are 0 and 1 to this are so by design.
_STANDARD = 0.15
# A power of ten is one to this, in decades.
_ROUND = 0.02


def way_back(real, generated):
    """Return what brings each generated feature to the real place and width.

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d), finite.

    Returns:
        Two float64 arrays of shape (d,), so that factor * generated + offset has the real
        quantiles as nearly as it can; NaN for a feature without a width in either sample.

    >>> real = np.linspace(0, 100, 101)[:, None]
    >>> factor, offset = way_back(real, (real - 50) / 20)
    >>> factor.round(9).tolist(), offset.round(9).tolist()
    ([20.0], [50.0])
    """
    ours, theirs = (np.quantile(np.float64(x), _QUANTILES, axis=0) for x in (real, generated))
    middles = ours.mean(axis=0), theirs.mean(axis=0)
    ours, theirs = ours - middles[0], theirs - middles[1]
    slope, scale = (ours * theirs).sum(axis=0), (theirs**2).sum(axis=0)
    factor = np.full(real.shape[1], np.nan)
    np.divide(slope, scale, out=factor, where=(scale > 0) & (slope > 0))
    return factor, middles[0] - factor * middles[1]


def in_other_units(real, generated, factor, offset):
    """Say whether generated events are real ones in other units.

    They are if each feature has the real shape, some at another place and width, and that is
    neither a contraction towards one place nor towards the medians. Features that all have a mean
    of 0 and a standard deviation of 1, as real ones don't, have been standard-scaled.

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d), finite.
        factor: From `way_back`.
        offset: From `way_back`.

    >>> rng = np.random.default_rng(0)
    >>> real = rng.normal(size=(1000, 2)) * [1, 30] + [0, 90]
    >>> fresh = rng.normal(size=(1000, 2)) * [1, 30] + [0, 90]
    >>> scaled, point = fresh / [1, 30] - [0, 3], 0.01 * fresh + real[0]
    >>> [in_other_units(real, x, *way_back(real, x)) for x in (fresh, scaled, point)]
    [False, True, False]
    """
    known = np.isfinite(factor)
    if not known.any():
        return False
    moved = np.abs(np.median(generated, axis=0) - np.median(real, axis=0))
    width = np.array([interquantile_range(column) for column in real.T])
    resized = known & (
        np.abs(np.log(factor, where=known, out=np.zeros_like(factor))) > np.log(_FACTOR)
    )
    spread = factor[known].max() / factor[known].min()
    pure = np.abs(offset[known]) <= 0.05 * width[known]
    standard = _is_standard(generated[:, known]) and not _is_standard(real[:, known])
    # By one factor for all, real events are in other units if that is a power of ten.
    decades = np.log10(np.median(factor[known]))
    round_factor = pure.all() and abs(decades - round(decades)) < _ROUND
    unit = np.sqrt(1 / len(real) + 1 / len(generated))
    contracted = spread < _SAME + _SPREAD * unit and not round_factor
    if not standard and (contracted or not (resized & (moved > _MOVED * width)).any()):
        return False
    # Kolmogorov's law, for the largest of so many distances.
    most = _SHAPE + np.sqrt(np.log(2 * known.sum() / _CHANCE) / 2) * unit
    return all(
        _apart(real[:, i], factor[i] * generated[:, i] + offset[i], _NEAR * width[i]) <= most
        for i in np.flatnonzero(known)
    )


def _is_standard(events):
    """Whether all features have a mean of about 0 and a standard deviation of about 1."""
    events = np.float64(events)
    means, sds = events.mean(axis=0), events.std(axis=0)
    return bool((np.abs(means) < _STANDARD).all() and (np.abs(sds - 1) < _STANDARD).all())


def _apart(real, generated, near):
    """Return by how much distribution functions differ that may be moved a little (Levy)."""
    a, b = np.sort(real), np.sort(generated)
    return max(
        float(
            (np.searchsorted(x, x - near) / len(x) - np.searchsorted(y, x, "right") / len(y)).max()
        )
        for x, y in ((a, b), (b, a))
    )
