import numpy as np
import pytest
from collapse.metrics.frechet import fpd, frechet_distance, moments, sample_sizes
from scipy import linalg

COV = np.array([[1, 0.25], [0.25, 1]])
ORIGIN = np.zeros(2)
# Mean and covariance against COV at the origin; the distance by formula; what Kansal et al.
# measured (arXiv:2211.10295, FGD extrapolated); the standard deviation of `fpd` on two samples of
# 50,000 over the seeds 0 to 19, which the test marked `long` measures again.
NORMALS = {
    "shift": ([1, 0], COV, 1, 1.002, 0.0099),
    "small shift": ([0.1, 0], COV, 0.01, 0.0115, 0.00096),
    "no covariance": (ORIGIN, np.eye(2), 4 - 2 * (1.25**0.5 + 0.75**0.5), 0.0284, 0.0016),
    "times 10": (ORIGIN, 10 * COV, 22 - 4 * 10**0.5, 9.40, 0.048),
    "over 10": (ORIGIN, COV / 10, 2.2 - 4 / 10**0.5, 0.941, 0.0064),
}


def sampled(mean, cov, seed, events=50_000):
    rng = np.random.default_rng(seed)
    real = rng.multivariate_normal(ORIGIN, COV, events)
    return fpd(real, rng.multivariate_normal(mean, cov, events), normalise=False)


@pytest.mark.parametrize("case", NORMALS)
def test_normal_distributions_are_at_the_distance_of_the_formula(case):
    mean, cov, distance, *_ = NORMALS[case]
    assert frechet_distance(ORIGIN, COV, mean, cov) == pytest.approx(distance, abs=1e-6)
    assert frechet_distance(mean, cov, ORIGIN, COV) == pytest.approx(distance, abs=1e-6)


def test_the_formula_is_that_of_the_table():
    distances = [round(case[2], 5) for case in NORMALS.values()]
    assert distances == [1, 0.01, 0.03188, 9.35089, 0.93509]


@pytest.mark.parametrize("case", NORMALS)
def test_samples_are_at_the_published_distance(case):
    mean, cov, distance, published, sd = NORMALS[case]
    value = sampled(mean, cov, seed=100)
    assert value == pytest.approx(distance, abs=4 * sd)
    # That was one pair of samples as well.
    assert value == pytest.approx(published, abs=4 * 2**0.5 * sd)


@pytest.mark.long
@pytest.mark.parametrize("case", NORMALS)
def test_the_tolerance_is_the_spread_over_20_seeds(case):
    mean, cov, distance, _, sd = NORMALS[case]
    values = [sampled(mean, cov, seed) for seed in range(20)]
    assert np.std(values, ddof=1) == pytest.approx(sd, rel=0.1)
    assert np.mean(values) == pytest.approx(distance, abs=4 * sd / 20**0.5)


def test_the_reference_values_of_jetnet():
    zeros, twos = np.zeros((50_000, 2)), np.full((50_000, 2), 2.0)
    assert fpd(zeros, zeros) == pytest.approx(0, abs=1e-6)
    assert fpd(twos, zeros) == pytest.approx(2, abs=1e-6)
    assert fpd(twos, zeros, normalise=False) == pytest.approx(8, abs=1e-6)


def test_the_distance_is_that_of_a_general_matrix_root():
    rng = np.random.default_rng(0)
    first, second = (np.cov(rng.normal(size=(5, 50))) for _ in range(2))
    expected = np.trace(first + second - 2 * linalg.sqrtm(first @ second).real)
    assert frechet_distance(np.zeros(5), first, np.ones(5), second) == pytest.approx(5 + expected)


def test_singular_covariances_give_a_number():
    """A general matrix root fails here."""
    line, other = np.diag([4.0, 0.0]), np.diag([0.0, 9.0])
    assert frechet_distance(ORIGIN, line, ORIGIN, other) == pytest.approx(13, abs=1e-6)
    assert frechet_distance(ORIGIN, line, ORIGIN, line) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(ORIGIN, line, ORIGIN, np.zeros((2, 2))) == pytest.approx(4, abs=1e-6)


def test_rounding_below_zero_is_zero():
    """Of events on a line the other variances are as often negative as positive."""
    for direction in np.random.default_rng(0).normal(size=(20, 6)):
        line = np.outer(direction, direction)
        value = frechet_distance(np.zeros(6), line, np.zeros(6), line)
        assert value == pytest.approx(0, abs=1e-6)


def test_two_events_have_a_distance():
    """Too few to extrapolate."""
    real = np.array([[0.0], [1.0]])
    assert fpd(real, real + 2, normalise=False) == pytest.approx(4)


def test_equal_moments_hide_another_shape():
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(20_000, 1))
    two_points = rng.choice([-1.0, 1.0], size=(20_000, 1))
    assert fpd(normal, two_points, normalise=False) < 1e-3


def test_batch_sizes_follow_the_data():
    assert sample_sizes(5000)[[0, -1]].tolist() == [2000, 5000]
    inverse = 1 / sample_sizes(60_000)
    assert np.diff(inverse) == pytest.approx(np.full(9, np.diff(inverse).mean()), rel=1e-3)


def test_moments_are_those_of_numpy():
    values = np.random.default_rng(0).normal(size=(40, 3))
    means, covs = moments(values, [20, 40], seed=0, repeats=2)
    assert means.shape == (2, 2, 3)
    assert means[:, 1] == pytest.approx(np.tile(values.mean(axis=0), (2, 1)))
    assert covs[1, 1] == pytest.approx(np.cov(values.T))
    assert not np.allclose(means[0, 0], means[1, 0])


def test_extrapolation_takes_the_bias_of_finite_samples_away():
    """Of 2,000 events in 10 features the plain distance is about 0.028."""
    rng = np.random.default_rng(0)
    pairs = [rng.normal(size=(2, 2000, 10)) for _ in range(10)]
    plain = [
        frechet_distance(*(part for x in pair for part in (x.mean(axis=0), np.cov(x.T))))
        for pair in pairs
    ]
    assert np.mean(plain) > 0.02
    assert np.mean([fpd(*pair, normalise=False) for pair in pairs]) < 0.1 * np.mean(plain)


def test_a_unit_does_not_matter_and_order_does_not_much():
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(1000, 3)), rng.normal(0.5, 1, size=(1000, 3))
    value, units = fpd(real, generated), np.array([1.0, 1e3, 1e-3])
    assert fpd(real * units, generated * units) == pytest.approx(value)
    assert fpd(real, generated) == value
    assert fpd(rng.permutation(real), generated) == pytest.approx(value, rel=0.05)


def test_a_far_and_narrow_feature_keeps_its_covariance():
    rng = np.random.default_rng(0)
    real = 1e6 + 1e-3 * rng.normal(size=(1000, 1))
    value = fpd(real, real + 1e-3, normalise=False)
    assert value == pytest.approx(1e-6, rel=0.1)


def test_what_overflows_is_infinitely_far():
    real = np.random.default_rng(0).normal(size=(200, 2))
    assert fpd(real, np.full((200, 2), 1e200)) == np.inf
