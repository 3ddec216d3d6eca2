import numpy as np
import pytest
from collapse.metrics import one_dimensional as metrics
from scipy import stats

# The quantiles of a normal distribution: what an infinite sample would give, to 1e-6.
NORMAL = stats.norm.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)


def test_a_normal_feature_against_itself_clipped_to_tanhs_reach():
    clipped = NORMAL.clip(-1, 1)
    assert round(stats.norm.cdf(-1), 4) == 0.1587
    assert metrics.ks(NORMAL, clipped) == pytest.approx(stats.norm.cdf(-1), abs=1e-6)
    # Twice the integral of the tail's distribution function beyond 1.
    tail = 2 * (stats.norm.pdf(1) - stats.norm.sf(1))
    assert tail == pytest.approx(0.1666, abs=5e-5)
    assert metrics.w1(NORMAL, clipped) == pytest.approx(tail, abs=1e-6)
    assert metrics.out_of_range(NORMAL, clipped) == pytest.approx(2 * stats.norm.sf(1), abs=1e-6)


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


def test_the_reference_values_of_sdmetrics():
    real, synthetic = [1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.0, 1.0, 2.0, 3.0]
    assert metrics.range_coverage(real, synthetic) == pytest.approx(0.5, abs=1e-6)
    real, synthetic = [1.0, 2.4, 2.6, 0.8], [0.9, 1.8, 2.1, 5.0]
    assert 1 - metrics.out_of_range(synthetic, real) == pytest.approx(0.75, abs=1e-6)


def test_range_coverage_at_its_ends():
    real = np.array([0.0, 1.0])
    assert metrics.range_coverage(real, [-5.0, 9.0]) == 1
    assert metrics.range_coverage(real, [3.0, 4.0]) == 0
    assert metrics.range_coverage(real, [0.25, 4.0]) == 0.75
    constant = np.ones(3)
    assert metrics.range_coverage(constant, [0.0, 2.0]) == 1
    assert metrics.range_coverage(constant, [2.0, 3.0]) == 0


def test_ties_are_no_difference():
    """Where steps are equally high at one value, only its two sides count."""
    assert metrics.ks([1.0, 1.0, 2.0], [1.0, 1.0, 2.0]) == 0
    assert metrics.ks(np.repeat([1.0, 2.0], [10, 30]), np.repeat([1.0, 2.0], [1, 3])) == 0
    values = np.repeat([0.0, 1.0, 5.0], [50, 30, 20])
    assert metrics.separation(values, values[::10]) == 0


def test_separation_of_equal_and_of_disjoint_samples():
    values = np.random.default_rng(0).normal(size=1000)
    assert metrics.separation(values, values) == 0
    assert metrics.separation(values, values + 100) == pytest.approx(1, abs=1e-6)
    assert metrics.separation(values, values - 100) == pytest.approx(1, abs=1e-6)
    assert metrics.separation(np.ones(9), np.zeros(9)) == 1


def test_separation_is_its_formula():
    """Two bins of the real sample's halves; 1 of 4 generated events in the lower one."""
    real, generated = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.5, 1.6, 1.7, 2.9])
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.25, 0.75, 0.0])
    expected = 0.5 * np.sum((p - q) ** 2 / (p + q))
    # The greatest real value has a bin of its own.
    assert metrics.separation(real, generated, bins=2) == pytest.approx(expected)


def test_separation_does_not_depend_on_unit_or_outliers():
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=500), rng.normal(0.3, 1, size=500)
    value = metrics.separation(real, generated)
    assert metrics.separation(np.exp(3 * real), np.exp(3 * generated)) == pytest.approx(
        value, abs=0.01
    )
    far = np.append(generated, 1e30)
    assert metrics.separation(real, far) == pytest.approx(value, abs=0.01)


def test_the_truths_separation_is_bins_over_twice_the_events():
    rng = np.random.default_rng(0)
    values = [metrics.separation(*rng.normal(size=(2, 1000))) for _ in range(200)]
    assert np.mean(values) == pytest.approx(metrics.SEPARATION_BINS / 2000, rel=0.06)


@pytest.mark.parametrize("quantile", [0.01, 0.99, 0.999])
def test_a_tail_is_measured_from_the_real_median(quantile):
    assert metrics.tail_ratio(NORMAL, NORMAL, quantile) == 1
    assert metrics.tail_ratio(NORMAL, NORMAL / 4, quantile) == pytest.approx(0.25)
    assert metrics.tail_ratio(5 * NORMAL + 9, 5 * NORMAL / 4 + 9, quantile) == pytest.approx(0.25)
    cut = NORMAL.clip(-1, 1)
    assert metrics.tail_ratio(NORMAL, cut, quantile) == pytest.approx(
        1 / abs(stats.norm.ppf(quantile)), rel=1e-3
    )
    assert metrics.tail_ratio(NORMAL, np.full(9, np.sign(0.5 - quantile)), quantile) < 0


def test_a_tail_that_is_the_median_has_the_ranges_unit():
    real = np.repeat([0.0, 10.0], [900, 100])
    assert metrics.tail_ratio(real, real, 0.01) == 1
    assert metrics.tail_ratio(real, real - 5, 0.01) == pytest.approx(1.5)
    assert np.isnan(metrics.tail_ratio(np.zeros(9), np.ones(9), 0.99))
