import numpy as np
import pytest
from collapse.metrics import floors, suite
from collapse.metrics.comparison import Sizes
from collapse.metrics.floors import measure_truth
from collapse.mixture import draw, ring

from tests.metrics.settings import MIXTURE, SETTINGS, normal


def test_floors_are_truth_against_truth():
    rows = measure_truth(normal(4000), Sizes(500, 300, 300), ["x", "y"], SETTINGS, seed=0)
    known = {(metric, feature): row for metric, feature, *row in rows}
    assert list(known) == suite.keys(["x", "y"], SETTINGS)
    mean, sd, *quantiles, draws, kind, analytic = known["ks", "x"]
    # Kolmogorov: mean of sqrt(n m / (n + m)) KS is sqrt(pi / 2) ln 2 = 0.8687.
    assert mean == pytest.approx(0.8687 / np.sqrt(250), rel=0.1)
    assert analytic == pytest.approx(0.8687 / np.sqrt(250), rel=1e-4)
    assert sd == pytest.approx(0.2603 / np.sqrt(250), rel=0.35)
    assert quantiles == sorted(quantiles)
    assert (draws, kind) == (60, "empirical")
    mean, sd, *_ = known["window_fraction", "middle"]
    assert mean == pytest.approx(np.mean(np.abs(normal(4000)[:, 0]) < 1), abs=0.01)
    assert sd == pytest.approx(np.sqrt(0.6827 * 0.3173 / 500), rel=0.35)
    assert known["auc", ""][-3:] == [3, "normal", 0.5]
    assert known["spread_ratio", "y"][0] == pytest.approx(1, abs=0.02)
    assert rows == measure_truth(normal(4000), Sizes(500, 300, 300), ["x", "y"], SETTINGS, seed=0)


def test_the_samples_of_a_draw_are_disjoint(monkeypatch):
    """An event on both sides would show as equal rows."""
    events = np.arange(250.0)[:, None]
    seen = []

    def spy(sample, *_):
        truth = sample.truth
        seen.append([set(x[:, 0]) for x in (truth.real, sample.events, truth.memory)])
        return {}

    monkeypatch.setattr(floors, "measure", spy)
    settings = SETTINGS | {"windows": {}, "draws": 5, "slow_draws": 0}
    measure_truth(events, Sizes(100, 50, 50), ["x"], settings, seed=0)
    assert len(seen) == 5
    assert all(set.union(*parts) == set(events[:, 0]) for parts in seen)


def test_the_samples_of_a_draw_differ_from_those_of_the_next(monkeypatch):
    seen = []
    monkeypatch.setattr(
        floors, "measure", lambda sample, *_: seen.append(sample.truth.real[:, 0]) or {}
    )
    settings = SETTINGS | {"windows": {}, "draws": 2, "slow_draws": 0}
    measure_truth(np.arange(250.0)[:, None], Sizes(100, 50, 50), ["x"], settings, seed=0)
    assert set(seen[0]) != set(seen[1])


def known_floors(events, settings, size=800):
    """Floors of 300 cheap and 20 slow draws where theory gives the mean."""
    settings = SETTINGS | settings | {"draws": 300, "slow_draws": 20}
    rows = measure_truth(events, Sizes(size, size, size), ["x", "y"], settings, seed=0)
    return {
        (metric, feature): (mean, sd / draws**0.5, known)
        for metric, feature, mean, sd, *_, draws, _, known in rows
        if known != ""
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "tolerances"),
    [
        # Finite samples: KS and separation have a bias that is known, and small; see their tests.
        ({}, {"ks": 0.05, "sliced_ks": 0.05, "separation": 0.06, "tail_ratio_q999": 0.03}),
        ({"modes": MIXTURE}, {"ks": 0.05, "sliced_ks": 0.05, "separation": 0.06, "mode_kl": 0.02}),
    ],
)
def test_floors_are_where_theory_says(settings, tolerances):
    """Within 4 standard errors, or a tolerance where the formula is asymptotic."""
    events = normal(200_000)
    if settings:
        events = draw(ring(8, 2.0), 0.1, 200_000, seed=0)[0]
    found = known_floors(events, settings)
    assert len(found) > 25
    off = {
        key: (mean, error, known)
        for key, (mean, error, known) in found.items()
        if abs(mean - known) > 4 * error + tolerances.get(key[0], 0.003) * abs(known) + 1e-9
    }
    assert off == {}


@pytest.mark.parametrize(
    ("count", "events", "published"),
    [(8, 2500, 0.0014), (25, 2500, 0.0048), (100, 2500, 0.0198), (1000, 26_000, 0.0192)],
)
def test_the_floor_of_the_reverse_kl(count, events, published):
    """(K - 1) / 2n, of a mixture of any K."""
    mixture = {"features": ["x"], "sd": 0.1, "centres": [[float(i)] for i in range(count)]}
    settings = SETTINGS | {"modes": mixture}
    known = floors.analytic(normal(100), events, ["x", "y"], settings)
    assert known["mode_kl", ""] == pytest.approx((count - 1) / 2 / events, abs=1e-6)
    assert round(known["mode_kl", ""], 4) == published


def test_the_floors_that_theory_knows_exactly():
    known = floors.analytic(normal(100), 5000, ["x", "y"], SETTINGS | {"modes": MIXTURE})
    assert known["high_quality", ""] == pytest.approx(1 - np.exp(-4.5), abs=1e-6)
    assert known["mode_fraction", "(2, 0)"] == pytest.approx((1 - np.exp(-4.5)) / 8, abs=1e-6)
    assert known["coverage", ""] == pytest.approx(0.96875, abs=1e-6)
    assert known["modes_captured", ""] == 8
    assert known["out_of_range", "x"] == pytest.approx(2 / 5001, abs=1e-6)


def test_few_draws_have_the_quantiles_of_a_normal_distribution():
    rows = measure_truth(
        normal(900), Sizes(300, 300, 300), ["x", "y"], SETTINGS | {"draws": 5}, seed=0
    )
    known = {(metric, feature): row for metric, feature, *row in rows}
    mean, sd, *quantiles, draws, kind, _ = known["w1_relative", "x"]
    assert (draws, kind) == (5, "normal")
    expected = [mean + sd * step for step in (-1.959964, -0.994458, 0, 0.994458, 1.959964)]
    assert quantiles == pytest.approx(expected, abs=1e-6)
    assert known["non_finite", ""][-2:] == ["analytic", 0.0]


def test_z_without_spread():
    assert floors.z(0.0, 0.0, 0.0) == 0
    assert floors.z(-1.0, 0.0, 0.0) == -np.inf
    assert np.isnan(floors.z(float("nan"), 0.5, 0.1))
    assert np.isnan(floors.z(float("nan"), 0.0, 0.0))
