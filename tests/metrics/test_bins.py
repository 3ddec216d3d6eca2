import numpy as np
import pytest
from collapse.metrics.bins import cells, ndb
from scipy.stats import norm


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2))


def test_each_bin_is_a_two_proportion_test():
    """By hand: 60 of 100 against 45 of 100, z = 0.15 / sqrt(0.525 * 0.475 * 0.02) = 2.124."""
    centres = np.array([[0.0], [1.0]])
    real, generated = (np.repeat([[0.0], [1.0]], [k, 100 - k], axis=0) for k in (60, 45))
    level = 2 * norm.sf(0.15 / np.sqrt(0.525 * 0.475 * 0.02))
    assert ndb(real, generated, centres, level * 1.001) == 1
    assert ndb(real, generated, centres, level * 0.999) == 0


def test_bins_that_both_samples_leave_empty_are_equal():
    centres = np.array([[0.0], [1.0], [50.0]])
    assert ndb(np.zeros((50, 1)), np.ones((50, 1)), centres) == pytest.approx(2 / 3)
    assert ndb(np.zeros((50, 1)), np.zeros((9, 1)), centres) == 0


def test_truth_fails_about_as_many_tests_as_the_level_says():
    """Bins are not independent: the sd of the mean is taken from the repetitions."""
    centres = cells(normal(4000, seed=99))
    values = [
        ndb(normal(2000, seed=2 * i), normal(2000, seed=2 * i + 1), centres) for i in range(60)
    ]
    assert np.mean(values) == pytest.approx(0.05, abs=4 * np.std(values) / 60**0.5 + 0.005)


def test_a_lost_mode_is_seen():
    centres = cells(normal(4000, seed=99))
    generated = normal(4000, seed=1)
    assert ndb(normal(2000), generated[generated[:, 0] > 0], centres) > 0.5


@pytest.mark.parametrize(("events", "expected"), [(10_000, 100), (2000, 100), (200, 10), (5, 1)])
def test_a_bin_has_events_enough(events, expected):
    centres = cells(normal(events))
    assert centres.shape == (expected, 2)
    assert np.isfinite(centres).all()


def test_repeated_events_leave_no_cell_undefined():
    points = np.repeat([[0.0, 1.0], [2.0, 3.0]], 500, axis=0)
    centres = cells(points)
    assert np.isfinite(centres).all()
    assert ndb(points, points, centres) == 0


def test_the_seed_places_the_cells():
    assert np.array_equal(cells(normal(400)), cells(normal(400)))
    assert not np.array_equal(cells(normal(400)), cells(normal(400), seed=1))
