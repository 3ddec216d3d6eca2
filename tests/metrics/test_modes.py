import numpy as np
import pytest
from collapse.metrics import modes
from collapse.metrics.modes import Mixture, Windows, modes_of, share_out
from collapse.mixture import draw, grid, ring

SD = 0.1
RING, GRID = ring(8, 2.0), grid(5, 1.5)


def only(centres, kept, events=4000):
    """Events at the very centres of some modes, equally many at each."""
    return centres[np.resize(kept, events)]


def settings(windows=None, mixture=None):
    return {"windows": windows or {}, "modes": mixture, "least_mode_share": 0.25}


@pytest.mark.parametrize(
    ("kept", "distance", "divergence"),
    [([3], 0.875, np.log(8)), ([0, 1, 2, 3], 0.5, np.log(2)), (range(8), 0, 0)],
)
def test_lost_modes_of_a_ring(kept, distance, divergence):
    shares = share_out(only(RING, list(kept)), RING, SD)
    assert modes.mode_tv(shares) == pytest.approx(distance, abs=1e-6)
    assert modes.mode_kl(shares) == pytest.approx(divergence, abs=1e-6)
    assert modes.modes_captured(shares) == modes.modes_captured(shares, 0.25) == len(list(kept))
    assert modes.high_quality(shares) == 1


def test_truth_has_98_89_percent_within_3_standard_deviations():
    assert modes.true_high_quality(2) == pytest.approx(1 - np.exp(-4.5), abs=1e-6)
    # Two sides of a normal distribution, and VEEGAN's 10 standard deviations in 700 dimensions.
    assert modes.true_high_quality(1) == pytest.approx(0.9973002, abs=1e-6)
    assert modes.true_high_quality(700, 10) < 1e-6


@pytest.mark.parametrize("centres", [RING, GRID])
def test_truth(centres):
    """Against 4 standard deviations of binomial shares."""
    events = 20_000
    shares = share_out(draw(centres, SD, events, seed=0)[0], centres, SD)
    assert modes.modes_captured(shares, 0.9) == len(centres)
    expected = modes.true_high_quality(2)
    sd = np.sqrt(expected * (1 - expected) / events)
    assert modes.high_quality(shares) == pytest.approx(expected, abs=4 * sd)


def test_narrow_modes_score_above_truth():
    """More than 98.89 % is a sign of collapse as well."""
    shares = share_out(draw(RING, SD / 2, 20_000, seed=0)[0], RING, SD)
    assert modes.high_quality(shares) > 0.999


@pytest.mark.parametrize(("count", "events"), [(8, 2500), (25, 5000), (49, 300)])
def test_the_mean_of_truths_mode_tv(count, events):
    good = modes.true_high_quality(2)
    rng = np.random.default_rng(0)
    p = rng.multinomial(events, [good / count] * count + [1 - good], 2000) / events
    values = 0.5 * (np.abs(p[:, :-1] - 1 / count).sum(axis=1) + p[:, -1])
    error = values.std(ddof=1) / 2000**0.5
    expected = modes.true_mode_tv(count, events, 2)
    assert values.mean() == pytest.approx(expected, abs=4 * error + 0.002 * expected)


def test_truths_mode_tv_without_sampling_noise():
    assert modes.true_mode_tv(8, 10**12, 2) == pytest.approx(np.exp(-4.5), abs=1e-6)


def test_one_stray_event_captures_a_mode_only_without_a_least_share():
    points = np.append(only(RING, [0]), RING[[4]], axis=0)
    shares = share_out(points, RING, SD)
    assert modes.modes_captured(shares) == 2
    assert modes.modes_captured(shares, 0.25) == 1


def test_an_event_between_modes_is_in_none():
    shares = share_out(np.zeros((10, 2)), RING, SD)
    assert modes.modes_captured(shares) == modes.high_quality(shares) == 0
    assert modes.mode_tv(shares) == 1
    assert np.isnan(modes.mode_kl(shares, only_high_quality=True))
    assert modes.mode_kl(shares) == pytest.approx(np.log(8))


def test_the_edge_of_a_mode_belongs_to_it():
    points = np.array([[0.0, 0.0], [3.0, 0.0], [np.nextafter(3.0, 4), 0.0]])
    assert modes.high_quality(share_out(points, np.zeros((1, 2)), 1.0)) == pytest.approx(2 / 3)


def test_which_events_the_divergence_counts():
    """All events, each for its nearest mode, or those of high quality alone."""
    centres = np.array([[0.0], [10.0]])
    shares = share_out(np.array([[0.0], [0.0], [6.0], [10.0]]), centres, 1.0)
    assert modes.mode_kl(shares) == pytest.approx(0, abs=1e-12)
    p = np.array([2, 1]) / 3
    assert modes.mode_kl(shares, True) == pytest.approx(np.sum(p * np.log(2 * p)))


def test_shares_are_of_all_events():
    shares = share_out(np.array([[0.0], [5.0], [10.0], [10.0]]), np.array([[0.0], [10.0]]), 1.0)
    assert shares.high_quality.tolist() == [0.25, 0.5]
    assert shares.nearest.sum() == 1
    assert shares.events == 4


WINDOWS = Windows({"low": (0, 0.0, 1.0), "high": (0, 1.0, 2.0)}, 0.25)


def test_windows_are_measured_by_what_the_real_sample_holds():
    real = np.repeat([[0.5], [1.5], [9.0]], [20, 60, 20], axis=0)
    generated = np.repeat([[0.5], [1.5], [9.0]], [4, 80, 16], axis=0)
    found = WINDOWS.measure(real, generated)
    assert found["modes_captured"] == 1
    assert found["modes_share"] == 0.5
    assert found["mode_tv"] == pytest.approx(0.5 * (0.16 + 0.2 + 0.04))
    p, q = np.array([4, 80, 16]) / 100, np.array([20.5, 60.5, 20.5]) / 101.5
    assert found["mode_kl"] == pytest.approx(np.sum(p * np.log(p / q)))
    assert WINDOWS.measure(real, real)["modes_captured"] == 2


def test_a_window_without_real_events_is_not_captured_by_nothing():
    real, generated = np.full((50, 1), 0.5), np.full((50, 1), 1.5)
    assert WINDOWS.measure(real, real)["modes_captured"] == 1
    found = WINDOWS.measure(real, generated)
    assert found["modes_captured"] == 1
    assert np.isfinite(found["mode_kl"])


def test_windows_that_overlap_count_no_event_twice():
    counts = modes.window_counts(np.array([[1.5], [0.5], [7.0]]), [(0, 0, 2), (0, 1, 3)])
    assert counts.tolist() == [2, 0, 1]


def test_a_mixture_looks_at_its_own_features():
    values = np.concatenate([np.full((100, 1), 1e9), only(RING, [0, 1], 100)], axis=1)
    found = Mixture([1, 2], RING, SD, 0.25).measure(None, values)
    assert found == {
        "high_quality": 1, "modes_soft_share": 0.25, "modes_captured": 2, "modes_share": 0.25,
        "mode_kl": np.log(4), "mode_tv": 0.75,
    }  # fmt: skip


def test_modes_have_names_that_tell_them_apart():
    assert Mixture([0, 1], RING, SD, 0.25).names[:3] == ["(2, 0)", "(1.41, 1.41)", "(0, 2)"]
    close = Mixture([0], np.array([[1.0001], [1.0002]]), SD, 0.25)
    assert close.names == ["mode 1", "mode 2"]


def test_a_dataset_has_the_modes_whose_features_it_has():
    mixture = {"features": ["x", "y"], "sd": SD, "centres": None,
               "layout": {"ring": {"modes": 8, "radius": 2}}}  # fmt: skip
    windows = {"peak": {"feature": "mass", "low": 1, "high": 2}}
    both = settings(windows, mixture)
    assert isinstance(modes_of(both, ["y", "mass", "x"]), Mixture)
    assert modes_of(both, ["y", "mass", "x"]).columns == [2, 0]
    assert isinstance(modes_of(both, ["x", "mass"]), Windows)
    assert modes_of(both, ["x"]) is None
