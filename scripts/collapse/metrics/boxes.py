"""Boxes in feature space as text: written in tables, read back, and put in words."""

from collections.abc import Iterable, Sequence

import numpy as np


def as_text(low: Iterable[float], high: Iterable[float], names: Sequence[str]) -> str:
    """Write a box as the features' half-open intervals, without those that it doesn't cut.

    >>> as_text([81.2, -np.inf, 38.0], [101.0, np.inf, np.inf], ["mass", "eta", "pt"])
    'mass [81.2, 101); pt [38, inf)'
    """
    return "; ".join(
        f"{name} [{least:.4g}, {greatest:.4g})"
        for name, least, greatest in zip(names, low, high, strict=True)
        if np.isfinite(least) or np.isfinite(greatest)
    )


def in_words(box: str) -> str:
    """Write the text of a box as inequalities.

    >>> in_words("mass [81, 101); eta1 [-inf, 0.5)")
    '81 <= mass < 101, eta1 < 0.5'
    """
    parts = []
    for part in box.split("; "):
        name, _, interval = part.rpartition(" [")
        low, high = interval.rstrip(")").split(", ")
        if low == "-inf":
            parts.append(f"{name} < {high}")
        elif high == "inf":
            parts.append(f"{name} >= {low}")
        else:
            parts.append(f"{low} <= {name} < {high}")
    return ", ".join(parts)
