import numpy as np
import pytest
from collapse.metrics import one_dimensional as metrics
from scipy import stats

# The quantiles of a normal distribution: what an infinite sample would give, to 1e-5.
NORMAL = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)


def test_a_normal_feature_against_itself_clipped_to_tanhs_reach():
    clipped = NORMAL.clip(-1, 1)
    assert metrics.ks(NORMAL, clipped) == pytest.approx(stats.norm.cdf(-1), abs=1e-5)
    # Twice the integral of the tail's distribution function beyond 1.
    tail = 2 * (stats.norm.pdf(1) - stats.norm.sf(1))
    assert tail == pytest.approx(0.1666, abs=5e-5)
    assert metrics.w1(NORMAL, clipped) == pytest.approx(tail, abs=1e-4)
    assert metrics.out_of_range(NORMAL, clipped) == pytest.approx(0.3173, abs=1e-4)


@pytest.mark.parametrize("sizes", [(500, 500), (300, 1000), (1, 7)])
def test_distances_are_those_of_scipy(sizes):
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=sizes[0]), rng.exponential(size=sizes[1]).round(1)
    assert metrics.ks(real, generated) == pytest.approx(stats.ks_2samp(real, generated).statistic)
    assert metrics.w1(real, generated) == pytest.approx(stats.wasserstein_distance(real, generated))


def test_equal_samples_are_at_no_distance():
    values = np.random.default_rng(0).normal(size=100)
    assert metrics.ks(values, values) == 0
    assert metrics.w1(values, values) == 0
    assert metrics.spread_ratio(values, values) == 1
    assert metrics.out_of_range(values, values) == 0


def test_a_shift_and_a_scale():
    assert metrics.w1(NORMAL, NORMAL + 0.3) == pytest.approx(0.3)
    assert metrics.spread_ratio(NORMAL, 3 * NORMAL + 7) == pytest.approx(3)
    width = 2 * stats.norm.ppf(0.95)
    assert metrics.w1_relative(NORMAL, NORMAL + 1) == pytest.approx(1 / width, rel=1e-4)
    assert metrics.w1_relative(100 * NORMAL, 100 * NORMAL + 100) == pytest.approx(
        1 / width, rel=1e-4
    )


def test_a_point_mass_has_no_spread():
    assert metrics.spread_ratio(NORMAL, np.zeros(10)) == 0
    assert metrics.out_of_range(NORMAL, np.zeros(10)) == 1
    assert np.isnan(metrics.spread_ratio(np.zeros(10), NORMAL))


def test_normalising_a_constant_feature_divides_by_1():
    assert metrics.w1_relative(np.zeros(10), np.full(10, 0.3)) == pytest.approx(0.3)
    assert metrics.w1_relative(np.full(10, 3.0), np.full(7, 3.0)) == 0


def test_one_bad_track_does_not_move_the_spread():
    values = np.append(NORMAL[::100], 1e6)
    assert metrics.spread_ratio(NORMAL, values) == pytest.approx(1, abs=0.01)


def test_a_window_holds_its_lower_edge_only():
    assert metrics.window_fraction([1.0, 1.5, 2.0], 1, 2) == pytest.approx(2 / 3)
