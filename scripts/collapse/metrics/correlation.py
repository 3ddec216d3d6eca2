"""Whether features vary together as they should."""

import numpy as np


def spearman(values: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlations; ties take their mean rank.

    Args:
        values: float, shape (n, d).

    Returns:
        float64, shape (d, d). A constant feature is correlated with nothing.

    >>> spearman(np.array([[1.0, 1.0], [2.0, 9.0], [3.0, 99.0]])).round(12).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    ranks = np.stack([_ranks(column) for column in values.T], axis=1)
    ranks -= ranks.mean(axis=0)
    norms = np.sqrt(np.einsum("ij,ij->j", ranks, ranks))
    norms[norms == 0] = np.inf
    return (ranks.T @ ranks) / norms / norms[:, None]


def _ranks(column: np.ndarray) -> np.ndarray:
    # Those of scipy's rankdata, in less time and without its import.
    _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def correlation_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the largest absolute difference of two samples' Spearman coefficients.

    Ranks need no scaling, so none is done.

    Args:
        real: Spearman's coefficients of the real sample, float, shape (d, d).
        generated: Those of the generated sample.

    Returns:
        A float in [0, 2]; 0 for a single feature.

    >>> x = np.arange(5.0)
    >>> up, down = spearman(np.stack([x, x], axis=1)), spearman(np.stack([x, -x], axis=1))
    >>> round(correlation_distance(up, down), 12)
    2.0
    """
    pairs = ~np.eye(len(real), dtype=bool)
    return float(np.abs(real - generated)[pairs].max(initial=0.0))
