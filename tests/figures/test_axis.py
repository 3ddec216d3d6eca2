import numpy as np
import pytest
from collapse.figures.axis import Extent, fit_extent, log_ticks


def test_an_outlier_does_not_squeeze_the_axis():
    values = np.append(np.random.default_rng(0).normal(0, 1, 10_000), 1e6)
    extent = fit_extent(values, log=False)
    assert extent.high < 5


def test_a_sharp_edge_is_the_end_of_the_axis():
    values = np.random.default_rng(0).uniform(-2.4, 2.4, 10_000)
    extent = fit_extent(values, log=False)
    assert extent.limits == (values.min(), values.max())


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("value", [0, 3, -5.5, 1e-12, 1e12])
def test_a_constant_feature_has_an_axis_around_it(value, log):
    low, high = fit_extent(np.full(10, value), log).limits
    assert low < value < high


def test_no_finite_values_have_an_axis():
    assert fit_extent([np.nan, np.inf], log=True) == Extent(0, 1)


def test_an_axis_with_zeros_is_linear():
    assert not fit_extent([0.0, 0.5, 2.5], log=True).log
    assert fit_extent([0.1, 0.5, 2.5], log=True).log


def test_few_nonpositive_values_leave_the_axis_logarithmic():
    values = np.append(np.geomspace(1, 100, 10_000), [0, -1])
    assert fit_extent(values, log=True).log


def test_coordinates_of_what_has_none():
    found = Extent(0, 1, log=True).coordinate([100, 0, -1, np.nan, np.inf])
    np.testing.assert_equal(found, [2, -np.inf, -np.inf, np.nan, np.nan])


@pytest.mark.parametrize(
    ("low", "high"), [(1, 2), (3, 100), (0.9, 330), (90, 92), (1e-12, 1e12), (1e-40, 1e-38)]
)
def test_log_ticks_are_few_and_inside(low, high):
    ticks, minor = log_ticks(low, high, 5)
    assert 2 <= len(ticks) <= 6
    assert all(low <= tick <= high for tick in [*ticks, *minor])
    assert ticks == sorted(ticks)
    assert not set(ticks) & set(minor)
