"""Features that the others determine, and the column that says so of generated events."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from collapse.metrics.relations import Relations

# An object's name begins so -> the mass of such a particle, in GeV.
_MASSES = {"mu": 0.10566, "el": 0.000511, "ele": 0.000511, "tau": 1.77686, "ph": 0.0, "gam": 0.0}
_PAIR = re.compile(r"\((\w+)\[0\]\+\1\[1\]\)\.mass")


def determined(values: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Return the features that the others determine, best first -> what is left of their spread.

    Args:
        values: Training events, float, shape (n, d).
        names: The features' names.

    >>> x = np.random.default_rng(0).normal(size=(2000, 2))
    >>> sorted(determined(np.column_stack([x, x.sum(axis=1)]), ["x", "y", "sum"]))
    ['sum', 'x', 'y']
    """
    # Every second event is compared with the others.
    found = Relations(values[::2], values[1::2]).left
    return {names[feature]: left for feature, left in found.items()}


def propose(expressions: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the derived column of a mass whose two objects are features too, or None.

    Args:
        expressions: Feature -> its expression.

    >>> propose({"m": "(mu[0] + mu[1]).mass", "pt": "mu[0].pt"}) is None
    True
    """
    feature_of = {"".join(text.split()): name for name, text in expressions.items()}
    for text, mass in feature_of.items():
        if not (match := _PAIR.fullmatch(text)):
            continue
        pair = match[1]
        known = {key: feature_of.get(f"{pair}{key}") for key in ("[0].phi", "[1].phi")}
        between = feature_of.get(f"abs(delta_phi({pair}[0],{pair}[1]))")
        between = between or feature_of.get(f"delta_phi({pair}[0],{pair}[1])")
        phis = list(known.values()) if all(known.values()) else [between, "0" if between else None]
        parts = [
            [feature_of.get(f"{pair}[{i}].pt"), feature_of.get(f"{pair}[{i}].eta"), phis[i]]
            for i in (0, 1)
        ]
        if not all(map(all, parts)):
            continue
        of = next((value for start, value in _MASSES.items() if pair.startswith(start)), 0.0)
        one, two = (f"vector(pt={pt}, eta={eta}, phi={phi}, mass={of})" for pt, eta, phi in parts)
        return {f"{mass}_of_others": {"expression": f"({one} + {two}).mass"}}
    return None
