import numpy as np
import pytest
from collapse.metrics.counts import (
    as_sigmas,
    beyond_extremes,
    compare_counts,
    few_draws,
    kolmogorov,
)
from scipy.stats import binomtest, kstwobign, norm, t


@pytest.mark.parametrize(("found", "known"), [(0, 208), (3, 208), (16, 208), (40, 208), (5, 0)])
def test_counts_are_compared_by_the_conditional_binomial_test(found, known):
    n, total = 2000, 26_310
    p = n / (n + total)
    below = binomtest(found, found + known, p, "less").pvalue
    above = binomtest(found, found + known, p, "greater").pvalue
    # The rarer tail, as a normal number that has it.
    expected = norm.isf(above) if above < below else -norm.isf(below)
    expected = expected if min(above, below) < 0.5 else 0
    assert float(compare_counts(found, n, known, total)) == pytest.approx(expected, abs=1e-6)


def test_equal_shares_are_nothing_and_so_are_none_of_none():
    assert float(compare_counts(0, 100, 0, 1000)) == 0
    assert abs(float(compare_counts(50, 1000, 500, 10_000))) < 0.1


def test_counts_may_be_arrays():
    found = compare_counts(np.array([0, 200]), 2000, np.array([2000, 2000]), 20_000)
    assert found.shape == (2,)
    assert found[0] < -15
    assert abs(found[1]) < 0.1


@pytest.mark.parametrize("sides", [1, 12])
def test_what_lies_beyond_the_extremes_is_as_likely_as_simulated(sides):
    rng = np.random.default_rng(0)
    size, other, draws = 300, 600, 4000
    found = np.zeros(draws)
    for _ in range(sides):
        real, generated = rng.random((draws, size)), rng.random((draws, other))
        found += (real > generated.max(axis=1, keepdims=True)).sum(axis=1)
    for most in (2, 5, 9):
        share = np.mean(found >= most)
        sigmas = float(beyond_extremes(most, size, other, sides))
        expected = norm.sf(sigmas) if sigmas else 0.5
        if share < 0.5:
            assert expected == pytest.approx(share, abs=4 * np.sqrt(share / draws) + 0.004)


def test_a_distance_is_as_unlikely_as_kolmogorov_says():
    for distance in (0.03, 0.06, 0.1):
        p = kstwobign.sf(distance * np.sqrt(1000))
        expected = norm.isf(p) if p < 0.5 else 0
        assert float(kolmogorov(distance, 2000, 2000)) == pytest.approx(expected, abs=1e-6)


def test_few_draws_make_a_distance_worth_less():
    for z in (-6.0, 0.5, 3.0, 9.0):
        expected = norm.isf(t.sf(abs(z) / np.sqrt(1.05), 19))
        assert float(few_draws(z, 20)) == pytest.approx(np.copysign(expected, z), abs=1e-6)
    assert float(few_draws(4.0, 10**6)) == pytest.approx(4, abs=1e-3)


def test_nothing_underflows():
    assert float(as_sigmas(0.0, 1.0)) == pytest.approx(-37.0, abs=0.1)
    assert float(compare_counts(0, 10_000, 10_000, 10_000)) == pytest.approx(-37.0, abs=0.1)
    assert float(few_draws(1e30, 1000)) == pytest.approx(37.0, abs=0.1)
