import numpy as np
import pytest
from collapse.metrics.sliced import project, sliced_ks, sliced_w1
from scipy import stats


def samples():
    rng = np.random.default_rng(0)
    return rng.normal(size=(300, 3)), rng.exponential(size=(200, 3))


def test_directions_are_of_length_1_and_the_same_each_time():
    axes = np.sort(project(np.eye(3)), axis=1)
    assert axes.shape == (50, 3)
    assert np.sum(axes**2, axis=1) == pytest.approx(np.ones(50))
    assert np.array_equal(project(np.eye(3)), project(np.eye(3)))


def test_directions_are_uniform_on_the_sphere():
    """On the three-dimensional one each coordinate is uniform, by Archimedes."""
    coordinates = project(np.array([[1.0, 0.0, 0.0]]), directions=20_000)[:, 0]
    assert stats.kstest(coordinates, "uniform", (-1, 2)).pvalue > 1e-3


def test_each_direction_is_measured_as_a_feature():
    real, generated = (project(x) for x in samples())
    w1 = [stats.wasserstein_distance(a, b) for a, b in zip(real, generated, strict=True)]
    ks = [stats.ks_2samp(a, b).statistic for a, b in zip(real, generated, strict=True)]
    assert sliced_w1(real, generated) == pytest.approx(np.mean(w1))
    assert sliced_ks(real, generated) == pytest.approx(np.mean(ks))


def test_a_shift_is_seen_by_its_mean_projection():
    """In three dimensions the mean of |cosine| is 1/2."""
    real, _ = samples()
    a, b = project(real, 5000), project(real + np.array([0.4, 0, 0]), 5000)
    assert sliced_w1(a, b) == pytest.approx(0.2, rel=0.03)


def test_equal_samples_are_at_no_distance():
    real = project(samples()[0])
    assert sliced_w1(real, real) == sliced_ks(real, real) == 0


def test_a_lost_correlation_is_seen():
    """Feature by feature nothing is wrong."""
    x = np.random.default_rng(0).normal(size=(2, 2000))
    together, apart = project(np.stack([x[0], x[0]], axis=1)), project(x.T)
    assert sliced_ks(together, apart) > 0.1
