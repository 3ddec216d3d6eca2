import numpy as np
import pytest
from collapse.streams import Stream, fill_normal
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


def test_normals_are_normal_and_their_two_halves_independent():
    out = np.empty((1000, 200), np.float32)
    fill_normal(out, Stream(1, "noise").at(0))
    flat = np.float64(out).ravel()
    assert stats.kstest(flat, "norm").pvalue > 1e-3
    assert stats.kstest(flat[:100_000] ** 2 + flat[100_000:] ** 2, "chi2", args=(2,)).pvalue > 1e-3
    assert abs(stats.spearmanr(flat[:100_000], flat[100_000:]).statistic) < 5 / np.sqrt(100_000)
    # The tails too, where a table of strips could go wrong.
    assert stats.binomtest(int((np.abs(flat) > 3).sum()), flat.size, 0.0026998).pvalue > 1e-3
