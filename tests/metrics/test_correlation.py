import numpy as np
import pytest
from collapse.metrics.correlation import correlation_distance, spearman
from scipy import stats


def normal(rho, n=4000, seed=0):
    return np.random.default_rng(seed).multivariate_normal([0, 0], [[1, rho], [rho, 1]], n)


def test_coefficients_are_scipys_with_ties():
    values = np.random.default_rng(0).normal(size=(200, 4)).round(1)
    assert spearman(values) == pytest.approx(stats.spearmanr(values).statistic)


def test_a_normal_distribution_has_the_coefficient_of_its_formula():
    """6 / pi asin(rho / 2); the sd of a sample's coefficient is below 1 / sqrt(n)."""
    expected = 6 / np.pi * np.arcsin(0.8 / 2)
    assert spearman(normal(0.8))[0, 1] == pytest.approx(expected, abs=4 / 4000**0.5)


def test_a_constant_feature_is_correlated_with_nothing():
    values = np.stack([np.arange(9.0), np.full(9, 3.0)], axis=1)
    assert spearman(values).tolist() == [[pytest.approx(1), 0], [0, 0]]
    assert correlation_distance(spearman(values), spearman(values)) == 0


def test_the_largest_difference_counts():
    first, second = np.eye(3), np.eye(3)
    first[0, 1] = first[1, 0] = 0.25
    second[1, 2] = second[2, 1] = -0.5
    assert correlation_distance(first, second) == 0.5
    assert correlation_distance(second, first) == 0.5


def test_an_increasing_scaler_changes_nothing():
    real, generated = normal(0.7), normal(0.2, seed=1)
    expected = correlation_distance(spearman(real), spearman(generated))
    assert correlation_distance(spearman(np.exp(real)), spearman(np.exp(generated))) == expected
    assert correlation_distance(spearman(real), spearman(generated[::-1])) == expected


def test_a_single_feature_has_nothing_to_be_correlated_with():
    one = np.arange(5.0)[:, None]
    assert correlation_distance(spearman(one), spearman(one[::-1])) == 0
