import numpy as np
import pytest
from collapse.metrics import suite
from collapse.mixture import draw, ring

SETTINGS = {
    "windows": {"middle": {"feature": "x", "low": -1, "high": 1}},
    "modes": None,
    "least_mode_share": 0.25,
    "folds": 2,
    "draws": 60,
    "slow_draws": 3,
}


KNOWN = {("recall", ""): (0.98, 0.01), ("coverage", ""): (0.97, 0.01)}


def measure(real, generated):
    truth = suite.Truth(real, normal(len(real) // 2, seed=99), ["x", "y"], SETTINGS)
    return suite.all_metrics(truth, generated, 0, KNOWN)


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
    settings = SETTINGS | {"windows": {}, "draws": 5, "slow_draws": 0}
    suite.floors(events, 100, 50, ["x"], settings, seed=0)
    assert len(seen) == 5
    assert all(set.union(*parts) == set(events[:, 0]) for parts in seen)


def test_the_samples_of_a_draw_differ_from_those_of_the_next(monkeypatch):
    seen = []
    monkeypatch.setattr(
        suite, "cheap_metrics", lambda truth, _: seen.append(truth.real[:, 0]) or {}
    )
    settings = SETTINGS | {"windows": {}, "draws": 2, "slow_draws": 0}
    suite.floors(np.arange(250.0)[:, None], 100, 50, ["x"], settings, seed=0)
    assert set(seen[0]) != set(seen[1])


MIXTURE = {"features": ["x", "y"], "sd": 0.1, "layout": {"ring": {"modes": 8, "radius": 2}}}


def known_floors(events, settings, size=800):
    """Floors of 300 cheap and 20 slow draws where theory gives the mean."""
    settings = SETTINGS | settings | {"draws": 300, "slow_draws": 20}
    rows = suite.floors(events, size, size, ["x", "y"], settings, seed=0)
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
    known = suite.analytic(normal(100), events, ["x", "y"], settings)
    assert known["mode_kl", ""] == pytest.approx((count - 1) / 2 / events, abs=1e-6)
    assert round(known["mode_kl", ""], 4) == published


def test_the_floors_that_theory_knows_exactly():
    known = suite.analytic(normal(100), 5000, ["x", "y"], SETTINGS | {"modes": MIXTURE})
    assert known["high_quality", ""] == pytest.approx(1 - np.exp(-4.5), abs=1e-6)
    assert known["mode_fraction", "(2, 0)"] == pytest.approx((1 - np.exp(-4.5)) / 8, abs=1e-6)
    assert known["coverage", ""] == pytest.approx(0.96875, abs=1e-6)
    assert known["modes_captured", ""] == 8
    assert known["out_of_range", "x"] == pytest.approx(2 / 5001, abs=1e-6)


def test_metrics_of_a_mixture_and_of_windows_beside_it():
    settings = SETTINGS | {"modes": MIXTURE}
    events = draw(ring(8, 2.0), 0.1, 1200, seed=0)[0]
    truth = suite.Truth(events[:600], events[600:], ["x", "y"], settings)
    values = suite.all_metrics(truth, ring(8, 2.0)[np.zeros(600, int)], 0, KNOWN)
    assert list(values) == suite.keys(["x", "y"], settings)
    assert values["mode_fraction", "(2, 0)"] == 1
    assert values["mode_tv", ""] == 0.875
    assert values["modes_captured", ""] == 1
    assert values["window_fraction", "middle"] == 0


def test_the_order_of_events_changes_nothing_but_the_draws():
    """All but the classifier's folds, FPD's batches and the first thousand events of the median."""
    real, generated = normal(600), 0.8 * normal(600, seed=1)
    drawn = {"auc", "fpd", "fpd_quantile"}
    first, second = (
        {key: value for key, value in measure(real, sample).items() if key[0] not in drawn}
        for sample in (generated, generated[::-1])
    )
    assert second == pytest.approx(first, rel=1e-4)


def test_units_change_nothing():
    """What standardises does so by the real sample."""
    real, generated, units = normal(600), 0.8 * normal(600, seed=1), np.array([1e3, 1e-3])
    settings = SETTINGS | {"windows": {}}
    memory = normal(300, seed=9)
    first, second = (
        suite.all_metrics(
            suite.Truth(real * unit, memory * unit, ["x", "y"], settings),
            generated * unit,
            0,
            KNOWN,
        )
        for unit in (1, units)
    )
    # But for the offset of the way back, which has a unit.
    first, second = (
        {key: value for key, value in found.items() if key[0] != "units_offset"}
        for found in (first, second)
    )
    assert second == pytest.approx(first, rel=1e-6)


def test_a_constant_feature_can_be_measured():
    real, generated = normal(400), normal(400, seed=1)
    real[:, 1] = generated[:, 1] = 3
    values = measure(real, generated)
    undefined = {key for key, value in values.items() if np.isnan(value)}
    # Ratios to a width of 0; all distances divide by 1.
    assert undefined == {
        (metric, "y")
        for metric in (
            *("spread_ratio", "tail_ratio_q01", "tail_ratio_q99", "tail_ratio_q999"),
            *("units_factor", "units_offset"),
        )
    }
    assert values["w1_relative", "y"] == values["ks", "y"] == 0


def test_too_few_finite_events_measure_nothing():
    real, generated = normal(400), normal(400, seed=1)
    generated[suite.LEAST_EVENTS :] = np.inf
    assert np.isfinite(measure(real, generated)["ks", "x"])
    generated[0] = np.nan
    assert np.isnan(measure(real, generated)["ks", "x"])


def test_what_is_huge_can_be_measured():
    generated = normal(400, seed=1).astype(np.float32)
    generated[:50] = 3e38
    values = measure(normal(400).astype(np.float32), generated)
    infinite = {metric for (metric, _), value in values.items() if np.isinf(value)}
    assert infinite <= {"kpd", "fpd"}
    assert not any(np.isnan(value) for value in values.values())
    assert values["non_finite", ""] == 0


def test_a_clipped_feature_piles_up_and_its_sigmas_are_exact():
    real, generated = normal(3000), normal(3000, seed=1)
    generated[:, 0] = generated[:, 0].clip(-1.5, 1.5)
    truth = suite.Truth(real, normal(900, seed=9), ["x", "y"], SETTINGS)
    values = suite.all_metrics(truth, generated, 0, KNOWN)
    sigmas = suite.exact_sigmas(truth, generated, values)
    assert values["pile_up", "x"] == pytest.approx(0.134, abs=0.03)
    assert sigmas["pile_up", "x"] > 10
    assert (values["pile_up", "y"], sigmas["pile_up", "y"]) == (0, 0)
    assert values["beyond_high", "x"] == pytest.approx(0.067, abs=0.02)
    assert sigmas["beyond_high", "x"] > 8
    assert set(sigmas) <= set(values)


@pytest.mark.parametrize("changed", ["truth", "shrunk", "halved"])
def test_errors_are_by_how_much_another_sample_differs(changed):
    """Of fresh samples of one generator against fresh real ones, beside the error of one."""
    found, errors = [], []
    for seed in range(24):
        real, generated = normal(800, seed=2 * seed), normal(800, seed=2 * seed + 1)
        if changed == "shrunk":
            generated *= 0.6
        elif changed == "halved":
            generated = generated[(generated[:, 0] > 0) | (np.arange(800) % 2 == 0)]
        truth = suite.Truth(real, normal(400, seed=99), ["x", "y"], SETTINGS)
        values = suite.all_metrics(truth, generated, 0, KNOWN)
        found.append(values)
        errors.append(suite.standard_errors(truth, generated, values))
    for key in errors[0]:
        if key[0] in {"pile_up", "outside_support", "non_finite", "tail_ratio_q999"}:
            continue
        spread = np.std([values[key] for values in found], ddof=1)
        said = np.mean([error.get(key, np.nan) for error in errors])
        # An sd of 24 is known to 15 %; a share of 0 or 1 has an error and no spread.
        assert said > 0.5 * spread, key
        if key[0] in {"auc", "window_fraction", "spread_ratio", "covered"}:
            assert said < 3 * spread + 0.01, key


def test_a_point_with_one_far_event_covers_nothing():
    """Its recall is high, since one ball reaches all."""
    real, point = normal(1500), np.zeros((1500, 2))
    point[0] = 9.0
    values = measure(real, point)
    assert values["recall", ""] > 0.4
    assert values["covered", ""] < 0.05


def test_few_draws_have_the_quantiles_of_a_normal_distribution():
    rows = suite.floors(normal(900), 300, 300, ["x", "y"], SETTINGS | {"draws": 5}, seed=0)
    floors = {(metric, feature): row for metric, feature, *row in rows}
    mean, sd, *quantiles, draws, kind, _ = floors["w1_relative", "x"]
    assert (draws, kind) == (5, "normal")
    expected = [mean + sd * step for step in (-1.959964, -0.994458, 0, 0.994458, 1.959964)]
    assert quantiles == pytest.approx(expected, abs=1e-6)
    assert floors["non_finite", ""][-2:] == ["analytic", 0.0]
