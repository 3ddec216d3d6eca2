import numpy as np
import pytest
from collapse.events.split import accept, hash_rows, split_sides, uniform

FRACTIONS = [0.6, 0.3, 0.1]


def rows(n=100_000):
    return np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)


def test_fractions_are_met():
    for seed in (0, 1, 2**70, -3):
        sides = split_sides(hash_rows(rows(), seed), FRACTIONS)
        share = np.bincount(sides, minlength=3) / len(sides)
        np.testing.assert_allclose(share, FRACTIONS, atol=0.006)  # 4 sigma


def test_identical_rows_share_a_side():
    once = rows(1000)
    sides = split_sides(hash_rows(np.tile(once, (5, 1)), 1), FRACTIONS).reshape(5, 1000)
    assert (sides == sides[0]).all()


def test_signs_of_zero_are_alike():
    zeros = np.array([[0.0, 1.0], [-0.0, 1.0]], np.float32)
    assert len(set(hash_rows(zeros, 1).tolist())) == 1


def test_seeds_differ():
    first, second = (split_sides(hash_rows(rows(), seed), FRACTIONS) for seed in (1, 2))
    agree = sum(f * f for f in FRACTIONS)
    assert np.mean(first == second) == pytest.approx(agree, abs=0.007)


def test_hashes_see_each_bit_and_the_order():
    a = np.array([[1, 2, 3]], np.float32)
    others = [a[:, ::-1], np.nextafter(a, np.float32(9)), a * -1, a[:, :2]]
    hashes = {int(hash_rows(other, 1)[0]) for other in [a, *others]}
    assert len(hashes) == 5
    assert len(np.unique(hash_rows(rows(), 1))) == 100_000


def test_uniform():
    u = uniform(hash_rows(rows(), 1))
    assert u.min() >= 0
    assert u.max() < 1
    assert np.histogram(u, 20, (0, 1))[0] == pytest.approx(np.full(20, 5000), abs=350)
    extremes = uniform(np.array([0, 2**64 - 1], np.uint64))
    assert extremes[0] == 0
    assert extremes[1] < 1


def test_sides_do_not_depend_on_a_feature():
    x = rows()
    sides = split_sides(hash_rows(x, 1), FRACTIONS)
    for side in range(3):
        assert x[sides == side].mean() == pytest.approx(0, abs=0.03)


def test_accept_in_proportion():
    weights = np.tile([0.0, 0.25, 0.5, 1.0], 50_000)
    kept = accept(weights, 1.0, np.arange(len(weights)), 5)
    shares = kept.reshape(-1, 4).mean(axis=0)
    assert shares[0] == 0
    assert shares[3] == 1
    np.testing.assert_allclose(shares[1:3], [0.25, 0.5], atol=0.01)


def test_accept_depends_on_the_event_alone():
    weights, events = np.full(1000, 0.5), np.arange(1000)
    whole = accept(weights, 1.0, events, 5)
    parts = [accept(weights[i::3], 1.0, events[i::3], 5) for i in range(3)]
    for i, part in enumerate(parts):
        np.testing.assert_array_equal(part, whole[i::3])
    assert (accept(weights, 1.0, events, 6) != whole).any()
