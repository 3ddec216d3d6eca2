import numpy as np
import pytest
from collapse.preflight.reach import head_bounds, out_of_reach
from scipy import stats


@pytest.mark.parametrize(("d", "auc"), [(1, 0.659), (5, 0.926), (7, 0.965), (10, 0.989)])
def test_tanh_on_standard_scaled_normal_features(d, auc):
    """The question's recipe: the numbers that no training time can change."""
    # A grid of quantiles, each column in an order of its own: independent, without noise.
    grid = stats.norm.ppf((np.arange(400_000) + 0.5) / 400_000)
    rng = np.random.default_rng(0)
    reach = out_of_reach(np.stack([rng.permutation(grid) for _ in range(d)], axis=1), -1, 1)
    assert reach["auc"] == pytest.approx(1 - 0.6827**d / 2, abs=0.001)
    assert reach["auc"] == pytest.approx(auc, abs=0.001)
    for feature in reach["features"]:
        assert feature["below"] + feature["above"] == pytest.approx(0.3173, abs=1e-4)
        assert feature["unreachable"] == feature["below"] + feature["above"]
        assert feature["ks"] == pytest.approx(0.1587, abs=1e-4)
        assert feature["w1"] == pytest.approx(0.1666, abs=1e-4)


def test_a_falling_spectrum_is_cut_on_one_side():
    grid = stats.expon.ppf((np.arange(100_000) + 0.5) / 100_000)[:, None] - 1
    (feature,) = out_of_reach(grid, -1, 1)["features"]
    assert feature["below"] == 0
    assert feature["above"] == pytest.approx(np.exp(-2), abs=1e-4)


def test_no_generator_within_the_bounds_does_better():
    """The least KS and W1 against SciPy's, for the best generator of each and for others."""
    rng = np.random.default_rng(1)
    real = rng.gamma(2, 1, (20_000, 1)) - 1.5
    (feature,) = out_of_reach(real, -1, 1)["features"]
    moved, kept = real.clip(-1, 1)[:, 0], real[np.abs(real) <= 1]
    assert stats.wasserstein_distance(real[:, 0], moved) == pytest.approx(feature["w1"], abs=1e-9)
    # Half below is put at the lower edge, the rest between, as real events are.
    assert stats.ks_2samp(real[:, 0], moved).statistic == pytest.approx(feature["ks"], abs=1e-9)
    for other in (kept, rng.uniform(-1, 1, 20_000), np.tanh(real[:, 0])):
        assert stats.wasserstein_distance(real[:, 0], other) >= feature["w1"]
        assert stats.ks_2samp(real[:, 0], other).statistic >= feature["ks"]


def test_the_bounds_of_each_head():
    train = np.array([[0.0, -3.0], [2.0, 5.0]])
    assert [edge.tolist() for edge in head_bounds("tanh", train)] == [[-1, -1], [1, 1]]
    assert [edge.tolist() for edge in head_bounds("range", train)] == [[0, -3], [2, 5]]
    assert out_of_reach(train, *head_bounds("linear", train))["auc"] == 0.5
    assert out_of_reach(train, *head_bounds("range", train))["unreachable"] == 0
    # Events that training didn't see may be beyond what it learnt, in one feature or in both.
    later = np.array([[1.0, 0.0], [3.0, 0.0], [-1.0, 9.0]])
    reach = out_of_reach(later, *head_bounds("range", train))
    assert reach["unreachable"] == pytest.approx(2 / 3)
    assert head_bounds("a head of the future", train) is None


def test_what_is_no_number_is_out_of_reach():
    scaled = np.array([[0.0, 0.0], [np.nan, 0.0], [0.5, np.inf], [-4.0, 0.0]])
    reach = out_of_reach(scaled, -1, 1)
    first, second = reach["features"]
    assert (first["below"], first["not_finite"], first["unreachable"]) == (0.25, 0.25, 0.5)
    assert (second["above"], second["not_finite"]) == (0, 0.25)
    assert first["w1"] == pytest.approx(1)
    assert reach["unreachable"] == 0.75
    assert out_of_reach(np.full((3, 1), np.nan), -1, 1)["features"][0]["w1"] == 0
