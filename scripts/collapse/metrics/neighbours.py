"""Metrics from nearest neighbours: PRDC, memorisation, and events that repeat themselves.

Nothing is scaled here: give standardised events. Memory grows with n, not with its square.
"""

from collections.abc import Sequence

import numpy as np

from collapse.metrics.pairs import off_diagonal, squared_distances


def radii(points: np.ndarray, ks: Sequence[int]) -> np.ndarray:
    """Return the squared distances of each event to its k-th nearest other event.

    Args:
        points: float, shape (n, d), n above every k.
        ks: The values of k, increasing.

    Returns:
        float32, shape (len(ks), n).
    """
    kth = np.subtract(ks, 1)
    found = np.empty((len(kth), len(points)), np.float32)
    for rows, block in off_diagonal(points, np.inf):
        block.partition(kth, axis=1)
        found[:, rows] = block[:, kth].T
    return np.maximum(found, 0, out=found)


def prdc(
    real: np.ndarray, generated: np.ndarray, ks: Sequence[int] = (5,),
    real_radii: np.ndarray | None = None
) -> list[dict[str, float]]:  # fmt: skip
    """Precision, recall, density and coverage (Naeem et al. 2020, arXiv:2002.09797).

    Around each event there is a ball that reaches to its k-th nearest neighbour in its own sample.
    Precision is the share of generated events in any real ball, recall that of real events in any
    generated ball: these two are Kynkaanniemi et al.'s improved precision and recall
    (arXiv:1904.06991), who use k = 3; Naeem et al. use k = 5. Density counts the real balls that
    hold a generated event, over k, and so is no share; coverage is the share of real balls that
    hold any generated event.

    Args:
        real: float, shape (n, d), n above every k.
        generated: float, shape (m, d), m above every k.
        ks: The values of k, increasing.
        real_radii: `radii(real, ks)`, if known.

    Returns:
        For each k a dict of `precision`, `recall`, `density`, `coverage`. Truth against truth of
        equal size has a density of 1 in the mean and a coverage of about 1 - 2 ** -k; its precision
        and recall depend on the data.

    >>> x = np.arange(10.0)[:, None]
    >>> prdc(x, x, (1,))[0]
    {'precision': 1.0, 'recall': 1.0, 'density': 1.0, 'coverage': 1.0}
    """
    around_real = radii(real, ks) if real_radii is None else real_radii
    around_generated = radii(generated, ks)
    counts = np.empty((len(ks), len(generated)), np.int64)
    nearest = np.full(len(real), np.inf, np.float32)
    # How far the nearest surface of a generated ball is beyond a real event, squared distances.
    beyond = np.full((len(ks), len(real)), np.inf, np.float32)
    scratch = None
    for rows, block in squared_distances(generated, real):
        np.minimum(nearest, block.min(axis=0), out=nearest)
        for i in range(len(ks)):
            counts[i, rows] = np.count_nonzero(block < around_real[i], axis=1)
            scratch = np.empty_like(block) if scratch is None else scratch[: len(block)]
            np.subtract(block, around_generated[i, rows, None], out=scratch)
            np.minimum(beyond[i], scratch.min(axis=0), out=beyond[i])
    return [
        {
            "precision": float(np.mean(counts[i] > 0)),
            "recall": float(np.mean(beyond[i] < 0)),
            "density": float(np.mean(counts[i]) / k),
            "coverage": float(np.mean(nearest < around_real[i])),
        }
        for i, k in enumerate(ks)
    ]


def nearest_distances(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return each point's squared distance to the nearest of `others`, float64, shape (n,)."""
    found = np.empty(len(points))
    for rows, block in squared_distances(points, others, np.float64):
        found[rows] = block.min(axis=1)
    return np.maximum(found, 0, out=found)


def memorisation(generated: np.ndarray, training: np.ndarray, held_out: np.ndarray) -> float:
    """Return the share of generated events nearer to a training event than to a held-out one.

    Both sets must be of one size and the generator must have seen the first alone. A tie counts
    half. (The copying test of Meehan et al. 2020, arXiv:2004.05675, of events one by one.)

    Args:
        generated: float, shape (m, d).
        training: float, shape (n, d), events that the generator was trained on.
        held_out: float, shape (n, d), events that it wasn't.

    Returns:
        A float in [0, 1]: 0.5 for truth, 1 for copies of the training events.

    Raises:
        ValueError: If the two sets aren't of one size.

    >>> training, held_out = np.array([[0.0], [4.0]]), np.array([[1.0], [6.0]])
    >>> memorisation(np.array([[0.0], [5.0]]), training, held_out)
    0.75
    """
    if len(training) != len(held_out):
        message = f"expected equally many events. Received: {len(training)} and {len(held_out)}."
        raise ValueError(message)
    ours, theirs = nearest_distances(generated, training), nearest_distances(generated, held_out)
    # Equal distances may differ by rounding.
    slack = _rounding(generated)
    nearer, tied = ours < theirs - slack, np.abs(ours - theirs) <= slack
    return float(np.mean(nearer + 0.5 * tied))


# Of two events drawn from one smooth density, one in so many has the other so near by chance.
_BY_CHANCE = 1e-3
# Of the typical gap, at most. In many features chance alone would allow nearly all of it, and a
# sample of two thirds of the width would count as one that repeats itself.
_NEAREST = 0.1
# Neighbours within three times the distance over those within it: 3 on a curve, 1 for repeats. Of
# so many distances, from that within which two events are the same.
_ALONE, _SCALES, _MOSTLY = 1.8, 4, 0.3


def typical_gap(points: np.ndarray) -> float:
    """Return the median distance of an event to its nearest other event: what tells two apart.

    Events that are exactly repeated are left out, as those of discrete features are.
    """
    points = np.unique(points, axis=0)
    return float(np.sqrt(np.median(_gaps(points)))) if len(points) > 1 else 0.0


def same_within(gap: float, dimension: int) -> float:
    """Return the distance within which two events are the same one, repeated.

    A neighbour within the fraction f of the typical gap has the probability 1 - 2 ** -(f ** d) in d
    dimensions; f is chosen so that this is 0.001, and is 0.1 at most.

    Args:
        gap: From `typical_gap` of real events.
        dimension: Features.

    >>> round(same_within(1.0, 1), 5), round(same_within(1.0, 2), 3), same_within(1.0, 28)
    (0.00144, 0.038, 0.1)
    """
    fraction = (-np.log2(1 - _BY_CHANCE)) ** (1 / dimension)
    return gap * min(float(fraction), _NEAREST)


def repeats(generated: np.ndarray, within: float) -> tuple[float, float]:
    """Return which share of events has another at the same place, and how many are distinct.

    Events on a curve are close to one another as well, but the farther one looks the more there
    are. Events that repeat themselves, if only nearly, are all at their place: from some distance
    on, three times as far there are hardly more.

    Args:
        generated: float, shape (m, d).
        within: The distance within which two events are the same, from `same_within`.

    Returns:
        Two floats in [0, 1]: the share of events that have another one within the distance, and the
        number of different events over that of all.

    >>> repeats(np.array([[1.0], [1.0], [2.0], [3.0]]), 0.1)
    (0.5, 0.75)
    """
    counts = np.zeros((_SCALES, len(generated)), np.int64)
    slack = _rounding(generated)
    for rows, block in off_diagonal(generated, np.inf, np.float64):
        for scale, count in enumerate(counts):
            reach = (3**scale * within) ** 2
            count[rows] = np.count_nonzero(block <= reach + slack[rows, None], axis=1)
    alone = (counts[1:] <= _ALONE * counts[:-1]).any(axis=0)
    near = counts[0] > 0
    # Where few of those with a neighbour are alone with it, these are so by chance.
    repeated = (
        alone & near if np.count_nonzero(alone & near) >= _MOSTLY * near.sum() else near & False
    )
    others = np.where(repeated, counts[0], 0)
    return float(np.mean(others > 0)), float(np.mean(1 / (1 + others)))


def copied(generated: np.ndarray, training: np.ndarray, within: float) -> float:
    """Return the share of generated events that are at the place of a training event.

    Args:
        generated: float, shape (m, d).
        training: float, shape (n, d), all events that the generator was trained on, or many.
        within: The distance within which two events are the same, from `same_within`.

    >>> copied(np.array([[1.0], [2.5]]), np.array([[1.0], [2.0]]), 0.1)
    0.5
    """
    found = nearest_distances(generated, training) <= within**2 + _rounding(generated)
    return float(np.mean(found))


def _gaps(points: np.ndarray) -> np.ndarray:
    found = np.empty(len(points))
    for rows, block in off_diagonal(points, np.inf, np.float64):
        found[rows] = block.min(axis=1)
    return np.maximum(found, 0, out=found)


def _rounding(points: np.ndarray) -> np.ndarray:
    """Return by how much the squared distance of equal events may be off."""
    return 1e-12 * (1 + np.einsum("ij,ij->i", points, points))
