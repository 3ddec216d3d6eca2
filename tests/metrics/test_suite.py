import numpy as np
import pytest
from collapse.metrics import suite

SETTINGS = {
    "windows": {"middle": {"feature": "x", "low": -1, "high": 1}},
    "modes": None,
    "least_mode_share": 0.25,
    "folds": 2,
    "draws": 60,
    "dear_draws": 3,
}


def measure(real, generated):
    truth = suite.Truth(real, normal(len(real) // 2, seed=99), ["x", "y"], SETTINGS)
    return suite.all_metrics(truth, generated, seed=0)


def normal(n, d=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_all_metrics_of_a_shrunk_sample():
    real, generated = normal(3000), normal(3000, seed=1) / 2
    values = measure(real, generated)
    assert values["spread_ratio", "x"] == pytest.approx(0.5, abs=0.03)
    assert values["window_fraction", "middle"] == pytest.approx(0.954, abs=0.02)
    assert values["non_finite", ""] == 0
    joint = values["out_of_range", "all"]
    assert max(values["out_of_range", "x"], values["out_of_range", "y"]) < joint < 0.3
    assert values["auc", ""] > 0.6


def test_non_finite_events_are_counted_and_left_out():
    real, generated = normal(1000), normal(1000, seed=1)
    generated[:500, 1] = np.nan
    values = measure(real, generated)
    assert values["non_finite", ""] == 0.5
    assert values["ks", "x"] < 0.1
    generated[:] = np.inf
    broken = measure(real, generated)
    assert broken.keys() == values.keys()
    assert broken["non_finite", ""] == 1
    assert all(np.isnan(value) for key, value in broken.items() if key[0] != "non_finite")


def test_the_keys_are_those_of_a_measurement():
    names = list(measure(normal(400), normal(400, seed=1)))
    assert names == suite.keys(["x", "y"], SETTINGS)


def test_floors_are_truth_against_truth():
    rows = suite.floors(normal(4000), 500, 300, ["x", "y"], SETTINGS, seed=0)
    floors = {(metric, feature): row for metric, feature, *row in rows}
    assert list(floors) == suite.keys(["x", "y"], SETTINGS)
    mean, sd, *quantiles, draws, kind, analytic = floors["ks", "x"]
    # Kolmogorov: mean of sqrt(n m / (n + m)) KS is sqrt(pi / 2) ln 2 = 0.8687.
    assert mean == pytest.approx(0.8687 / np.sqrt(250), rel=0.1)
    assert analytic == pytest.approx(0.8687 / np.sqrt(250), rel=1e-4)
    assert sd == pytest.approx(0.2603 / np.sqrt(250), rel=0.35)
    assert quantiles == sorted(quantiles)
    assert (draws, kind) == (60, "empirical")
    mean, sd, *_ = floors["window_fraction", "middle"]
    assert mean == pytest.approx(np.mean(np.abs(normal(4000)[:, 0]) < 1), abs=0.01)
    assert sd == pytest.approx(np.sqrt(0.6827 * 0.3173 / 500), rel=0.35)
    assert floors["auc", ""][-3:] == [3, "normal", 0.5]
    assert floors["spread_ratio", "y"][0] == pytest.approx(1, abs=0.02)
    assert rows == suite.floors(normal(4000), 500, 300, ["x", "y"], SETTINGS, seed=0)


def test_the_samples_of_a_draw_are_disjoint(monkeypatch):
    """An event on both sides would show as equal rows."""
    events = np.arange(250.0)[:, None]
    seen = []

    def spy(truth, generated):
        seen.append([set(x[:, 0]) for x in (truth.real, generated, truth.memory)])
        return {}

    monkeypatch.setattr(suite, "cheap_metrics", spy)
    settings = SETTINGS | {"windows": {}, "draws": 5, "dear_draws": 0}
    suite.floors(events, 100, 50, ["x"], settings, seed=0)
    assert len(seen) == 5
    assert all(set.union(*parts) == set(events[:, 0]) for parts in seen)
