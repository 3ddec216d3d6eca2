"""Events that look somewhat like pairs of muons, and generated ones with known faults."""

import numpy as np
from collapse.figures.features import Feature

FEATURES = (
    Feature("pt", r"$p_{T}(\mu_1)$", "GeV", log=True),
    Feature("eta", r"$\eta(\mu_1)$"),
    Feature("mass", r"$m_{\mu\mu}$", "GeV", log=True),
)
WINDOWS = {
    "jpsi": {"feature": "mass", "low": 2.95, "high": 3.25, "label": r"$J/\psi$"},
    "z": {"feature": "mass", "low": 81, "high": 101},
    "other": {"feature": "pt", "low": 5, "high": 6, "label": "not a mass"},
}


def real_events(events=4000, seed=0):
    rng = np.random.default_rng(seed)
    mass = np.exp(rng.normal(2.2, 0.9, events))
    mass[::8] = rng.normal(3.097, 0.03, len(mass[::8]))
    mass[1::8] = rng.normal(91.2, 2.5, len(mass[1::8]))
    pt = 3 + rng.exponential(6, events)
    return np.stack([pt, rng.uniform(-2.4, 2.4, events), mass], axis=1).astype(np.float32)


def cut_events(events=4000, seed=1):
    """Events whose |eta| ends at 1 and whose pt ends at 10 GeV."""
    values = real_events(events, seed)
    values[:, 0] = np.minimum(values[:, 0], 10)
    values[:, 1] *= 1 / 2.4
    return values


def broken_events():
    """Name -> generated events that a failed training could give."""
    real = real_events(500)
    some_lost = real_events(1000, 3)
    some_lost[::10, 0], some_lost[::4, 1] = np.nan, -np.inf
    return {
        "good": real_events(1000, 2),
        "point": np.repeat(real[:1], 300, axis=0),
        "one": real[:1],
        "empty": np.empty((0, 3), np.float32),
        "nan": np.full((50, 3), np.nan, np.float32),
        "infinite": np.full((50, 3), np.inf, np.float32),
        "some lost": some_lost,
        "negative": -np.abs(real),
        "huge": real * np.float32(1e30),
        "tiny": real * np.float32(1e-30),
    }


def trace(moments=(0, 1, 3, 10, 100), collapse_after=5, events=200):
    """Epochs and the events at each: real ones, and a point once the run has collapsed."""
    found = [real_events(events, seed) for seed in range(len(moments))]
    for moment, values in zip(moments, found, strict=True):
        if moment > collapse_after:
            values[:] = values[0]
    return np.array(moments), np.stack(found)
