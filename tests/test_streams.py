import numpy as np
import pytest
from collapse.streams import Stream, _quantiles, fill_normal
from scipy import stats


def test_streams_and_steps_are_unlike():
    drawn = [
        Stream(seed, name).at(step).random(4).tobytes()
        for seed in (1, 2)
        for name in ("noise", "order")
        for step in (0, 1, 2**40)
    ]
    assert len(set(drawn)) == len(drawn)


def test_neighbouring_steps_are_uncorrelated():
    stream = Stream(1, "noise")
    first = np.array([stream.at(step).random(3) for step in range(20_000)])
    assert stats.kstest(first.ravel(), "uniform").pvalue > 1e-3
    correlations = np.corrcoef(np.hstack([first[:-1], first[1:]]).T) - np.eye(6)
    assert np.abs(correlations).max() < 5 / np.sqrt(len(first))


@pytest.mark.parametrize("size", [1, 2, 7, 200_001])
def test_every_place_is_filled(size):
    out = np.full(size, np.nan, np.float32)
    fill_normal(out, Stream(1, "noise").at(0))
    assert np.isfinite(out).all()


def test_normals_are_normal_and_neighbours_independent():
    out = np.empty((1000, 200), np.float32)
    fill_normal(out, Stream(1, "noise").at(0))
    flat = np.float64(out).ravel()
    assert stats.kstest(flat, "norm").pvalue > 1e-3
    # Four numbers come from one random word.
    a, b, c, d = flat.reshape(-1, 4).T
    for x, y in ((a, b), (b, c), (c, d), (a, d)):
        assert stats.kstest(x**2 + y**2, "chi2", args=(2,)).pvalue > 1e-3
        assert abs(stats.spearmanr(x, y).statistic) < 5 / np.sqrt(len(x))
    # The tails too, where a table could be too coarse.
    assert stats.binomtest(int((np.abs(flat) > 4).sum()), flat.size, 6.334e-5).pvalue > 1e-3
    assert stats.binomtest(int((np.abs(flat) > 3).sum()), flat.size, 0.0026998).pvalue > 1e-3


def test_moments_are_a_normal_distributions():
    table = _quantiles().astype(float)
    np.testing.assert_allclose([table.mean(), (table**2).mean()], [0, 1], atol=1e-6)
    assert (table**4).mean() == pytest.approx(3, abs=0.003)
