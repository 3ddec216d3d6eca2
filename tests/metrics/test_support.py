import numpy as np
import pytest
from collapse.metrics.support import beyond, edge_shares, outside, pile_up


def normal(n, seed):
    return np.random.default_rng(seed).normal(size=n)


REAL = np.sort(normal(20_000, 0))


@pytest.mark.parametrize(
    ("change", "share"),
    [
        (lambda x: x.clip(-1, 1), 0.317),
        (lambda x: x.clip(None, 2), 0.0228),
        (lambda x: x.clip(-2, None), 0.0228),
    ],
)
def test_a_clipped_sample_piles_up_by_what_lies_beyond(change, share):
    found, sigmas = pile_up(REAL, change(normal(2000, 1)))
    assert found == pytest.approx(share, abs=0.02)
    assert sigmas > 4


def test_tanh_piles_up_without_reaching_its_edge():
    found, sigmas = pile_up(REAL, np.tanh(2 * normal(2000, 1)))
    assert found > 0.05
    assert sigmas > 4


@pytest.mark.parametrize(
    "generated",
    [
        normal(2000, 1),
        # Cut, shrunk, moved: none of these has events at an edge that were taken from beyond it.
        normal(4000, 1)[np.abs(normal(4000, 1)) < 1],
        0.5 * normal(2000, 1),
        normal(2000, 1) + 1,
        3 * normal(2000, 1),
    ],
)
def test_what_is_not_clipped_does_not_pile_up(generated):
    assert pile_up(REAL, generated) == (0.0, 0.0)


def test_an_edge_that_real_events_have_is_none_of_a_shrunk_sample():
    """A distribution that begins in an edge, as above a cut, does so when it is shrunk too."""
    rng = np.random.default_rng(0)
    real = np.sort(3 + rng.exponential(10, 20_000))
    generated = 3 + rng.exponential(10, 2000)
    median = np.median(real)
    assert pile_up(real, median + 0.6 * (generated - median)) == (0.0, 0.0)


def test_a_discrete_feature_that_is_shrunk_piles_up_nowhere():
    """Its outermost values hold many events at one place, as the real ones do."""
    rng = np.random.default_rng(0)
    real, generated = np.sort(rng.integers(0, 3, 20_000).astype(float)), rng.integers(0, 3, 2000)
    assert pile_up(real, 1 + 0.6 * (generated - 1)) == (0.0, 0.0)


def test_false_pile_ups_are_rare():
    rng = np.random.default_rng(0)
    found = [pile_up(np.sort(rng.normal(size=5000)), rng.normal(size=1000))[0] for _ in range(500)]
    assert np.count_nonzero(found) <= 1


def test_ends():
    column = np.array([1.0, 1.0, 2.0, 5.0])
    assert beyond(column, np.array([1.0, 3.0])) == (0, 0.25)
    edges = np.array([[1.0, -np.inf], [2.0, np.inf]])
    assert edge_shares(np.stack([column, column]), edges) == [0.25, 0]
    assert outside(np.array([[0.5], [1.0], [6.0]]), np.array([1.0]), np.array([5.0])).tolist() == [
        [True], [False], [True],
    ]  # fmt: skip
