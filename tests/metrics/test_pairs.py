import numpy as np
import pytest
from collapse.metrics import pairs
from scipy.spatial.distance import cdist


def collect(blocks):
    return np.concatenate([block.copy() for _, block in blocks])


@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 1e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("entries", [1, 100, 2**18])
def test_distances_are_scipys_whatever_the_blocks(monkeypatch, dtype, error, entries):
    monkeypatch.setattr(pairs, "ENTRIES", entries)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(31, 3)), rng.normal(size=(17, 3))
    expected = cdist(a, b, "sqeuclidean")
    found = collect(pairs.squared_distances(a, b, dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, atol=error * expected.max())


def test_far_from_the_origin_nothing_is_lost():
    points = 1e5 + np.arange(20.0)[:, None]
    found = collect(pairs.squared_distances(points, points))
    np.testing.assert_allclose(found, cdist(points, points, "sqeuclidean"), atol=1e-4)


def test_an_event_does_not_meet_itself(monkeypatch):
    monkeypatch.setattr(pairs, "ENTRIES", 70)
    points = np.random.default_rng(0).normal(size=(20, 2))
    found = collect(pairs.off_diagonal(points, np.inf))
    assert np.array_equal(np.isinf(found), np.eye(20, dtype=bool))
