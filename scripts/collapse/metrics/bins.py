"""The number of statistically different bins."""

import warnings

import numpy as np
from scipy.cluster.vq import kmeans2, vq
from scipy.special import ndtri

BINS, PER_BIN, LEVEL = 100, 20, 0.05


def cells(points: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return the centres of k-means cells: 100, or fewer so that each holds 20 events.

    Args:
        points: float, shape (n, d), standardised. Not those that are compared later, to which the
            cells would be fitted.
        seed: Of the first centres.

    Returns:
        float64, shape (k, d).
    """
    count = int(np.clip(len(points) // PER_BIN, 1, BINS))
    with warnings.catch_warnings():
        # Of cells that repeated events leave empty; no event falls into them later either.
        warnings.simplefilter("ignore", UserWarning)
        return kmeans2(np.float64(points), count, iter=10, minit="points", rng=seed)[0]


def ndb(
    real: np.ndarray, generated: np.ndarray, centres: np.ndarray, level: float = LEVEL
) -> float:
    """Return the share of bins in which two samples differ (Richardson and Weiss 2018, NDB / K).

    Each event falls into the cell of the nearest centre; the shares of each cell are compared by a
    two-proportion z-test. Nothing is scaled here.

    Args:
        real: float, shape (n, d), standardised.
        generated: float, shape (m, d).
        centres: float, shape (k, d), from `cells`, of events that are in neither sample.
        level: Of each test.

    Returns:
        A float in [0, 1], about `level` for truth.

    >>> ndb(np.zeros((50, 1)), np.ones((50, 1)), np.array([[0.0], [1.0]]))
    1.0
    """
    n, m, bins = len(real), len(generated), len(centres)
    in_real, in_generated = (
        np.bincount(vq(np.float64(sample), centres)[0], minlength=bins)
        for sample in (real, generated)
    )
    pooled = (in_real + in_generated) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    off = np.abs(in_real / n - in_generated / m)
    return float(np.mean(off > -ndtri(level / 2) * error))
