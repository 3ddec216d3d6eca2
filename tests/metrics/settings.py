"""What the tests of the metrics measure by."""

import numpy as np

SETTINGS = {
    "windows": {"middle": {"feature": "x", "low": -1, "high": 1}},
    "modes": None,
    "least_mode_share": 0.25,
    "folds": 2,
    "draws": 60,
    "slow_draws": 3,
}
MIXTURE = {"features": ["x", "y"], "sd": 0.1, "layout": {"ring": {"modes": 8, "radius": 2}}}


def normal(n, d=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))
