"""A leg that is measured, for the tests of the jobs that do it and that read it."""

import numpy as np
from collapse.events.store import create_events
from collapse.sealed import create_sealed, identify

from scripts.evaluate import evaluate
from scripts.measure_floors import measure_floors

NAMES = ["x", "y"]
SETTINGS = {
    "windows": {"middle": {"feature": "x", "low": -1, "high": 1}},
    "modes": None, "least_mode_share": 0.25, "folds": 2, "draws": 4, "slow_draws": 2,
    "events": 150, "sample_events": None, "derived": {},
}  # fmt: skip


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)


def measure_leg(folder):
    """Write events, samples at two epochs of which the second is half NaN, floors and metrics."""
    with create_events(folder / "events.h5", NAMES, [400, 50, 200], []) as matrix:
        matrix[:] = normal(650)
    broken = normal(200, seed=2)
    broken[::2] = np.nan
    run = identify({}, 1, NAMES)
    with create_sealed(folder / "samples.h5", "samples", run) as file:
        for count, updates, events in ((10, 40, broken), (3, 12, normal(200, seed=1))):
            file[f"{count}/events"] = events
            file[str(count)].attrs["updates"] = updates
        file["3/edges"] = [[-1.0, -np.inf], [1.0, np.inf]]
        file["10"].attrs["diverged_step"] = 38
    measure_floors(events=folder / "events.h5", settings=SETTINGS, path=folder / "floors.csv")
    evaluate(
        events=folder / "events.h5", samples=folder / "samples.h5", floors=folder / "floors.csv",
        dataset="toy", name="gan", recipe={}, seed=1, settings=SETTINGS,
        path=folder / "metrics.csv", regions=folder / "regions.csv",
    )  # fmt: skip
