import numpy as np
import pytest
from collapse.metrics.standardise import gaussianise, robust_scale, standardise
from scipy.stats import norm, rankdata


def test_a_normal_distribution_has_its_own_mean_and_sd():
    points = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    centre, width = robust_scale(np.stack([points, 3 * points + 7], axis=1))
    assert centre == pytest.approx([0, 7], abs=1e-6)
    assert width == pytest.approx([1, 3], rel=1e-3)


def test_one_bad_track_does_not_set_the_scale():
    values = np.random.default_rng(0).normal(size=(2000, 1))
    bad = np.append(values, [[1e9]], axis=0)
    assert robust_scale(bad)[1] == pytest.approx(robust_scale(values)[1], rel=0.01)


def test_a_constant_feature_is_divided_by_1():
    constant = np.full((50, 1), 3.0)
    assert [part.tolist() for part in robust_scale(constant)] == [[3.0], [1.0]]
    assert standardise(constant + 2, *robust_scale(constant)).tolist() == [[2.0]] * 50


def test_a_nearly_constant_feature_is_divided_by_its_sd():
    values = np.zeros((100, 1))
    values[0] = 5.0
    assert robust_scale(values)[1] == pytest.approx(np.std(values))


def test_what_is_far_is_cut_off():
    scaled = standardise(np.array([[1e30], [-np.float32(3e38)]]), np.zeros(1), np.ones(1))
    assert scaled.tolist() == [[1e4], [-1e4]]


def test_real_events_become_normal_by_rank():
    real = np.random.default_rng(0).exponential(size=(500, 2)).round(2)
    expected = norm.ppf(rankdata(real, axis=0) / 501)
    assert gaussianise(np.sort(real, axis=0), real) == pytest.approx(expected)


def test_an_outlier_is_no_farther_than_the_greatest_rank():
    real = np.arange(100.0)[:, None]
    low, high, higher = gaussianise(real, np.array([[-1e30], [100.0], [1e30]]))[:, 0]
    assert high == higher
    assert [-low, high] == pytest.approx([norm.ppf(100.5 / 101)] * 2)


def test_ranks_do_not_depend_on_the_unit():
    rng = np.random.default_rng(0)
    real, generated = np.sort(rng.normal(size=(99, 1)), axis=0), rng.normal(size=(50, 1))
    assert np.array_equal(
        gaussianise(real, generated), gaussianise(np.exp(real), np.exp(generated))
    )
