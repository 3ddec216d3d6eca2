"""Metrics from nearest neighbours: PRDC, memorisation, and the birthday estimate of the support.

Nothing is scaled here: give standardised events. Memory grows with n, not with its square.
"""

import numpy as np

from collapse.metrics.pairs import off_diagonal, squared_distances
from collapse.metrics.scale import robust_scale, standardise


def radii(points, ks):
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


def prdc(real, generated, ks=(5,), real_radii=None):
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


def recall(real, generated, k=5):
    """Return the recall of `prdc` of events in physical units.

    Standardised by the real sample's median and 5-95 % range.

    Args:
        real: float, shape (n, d), n above k.
        generated: float, shape (m, d), m above k.
        k: The neighbour that a ball reaches to.

    Returns:
        A float in [0, 1].
    """
    scale = robust_scale(real)
    return prdc(standardise(real, *scale), standardise(generated, *scale), (k,))[0]["recall"]


def nearest_distances(points, others):
    """Return each point's squared distance to the nearest of `others`, float64, shape (n,)."""
    found = np.empty(len(points))
    for rows, block in squared_distances(points, others, np.float64):
        found[rows] = block.min(axis=1)
    return np.maximum(found, 0, out=found)


def memorisation(generated, training, held_out):
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
    slack = 1e-12 * (1 + np.einsum("ij,ij->i", generated, generated))
    nearer, tied = ours < theirs - slack, np.abs(ours - theirs) <= slack
    return float(np.mean(nearer + 0.5 * tied))


def typical_gap(points):
    """Return the median distance of an event to its nearest other event: what tells two apart."""
    return float(np.sqrt(np.median(_gaps(points))))


def _gaps(points):
    found = np.empty(len(points))
    for rows, block in off_diagonal(points, np.inf, np.float64):
        found[rows] = block.min(axis=1)
    return np.maximum(found, 0, out=found)


def birthday_support(generated, gap):
    """Estimate how many different events a generator makes, by the birthday paradox.

    Among s draws from n equally likely events there is a duplicate with probability 1/2 once s is
    about 1.18 sqrt(n) (Arora and Zhang 2017, arXiv:1706.08224). Here all pairs are used: one in n
    is a duplicate, so that n is the number of pairs over the number of duplicates. Events nearer to
    each other than `gap` count as duplicates, so that the number means something for continuous
    features: compare it with its floor.

    Args:
        generated: float, shape (m, d).
        gap: The distance within which two events are the same, such as `typical_gap(real)`.

    Returns:
        A float, from 1 for equal events to the number of pairs for events that all differ.

    >>> birthday_support(np.array([[1.0], [1.0], [2.0], [3.0]]), 0.0)
    6.0
    """
    size = np.einsum("ij,ij->i", generated, generated)
    near = 0
    for rows, block in off_diagonal(generated, np.inf, np.float64):
        # Equal events may be off by rounding.
        near += int(np.count_nonzero(block <= gap**2 + 1e-12 * (1 + size[rows, None])))
    pairs = len(generated) * (len(generated) - 1)
    return pairs / max(near, 2)
