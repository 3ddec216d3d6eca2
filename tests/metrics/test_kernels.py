import numpy as np
import pytest
from collapse.metrics import kernels
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance, norm


def samples(n=60, m=80, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(0.5, 2, size=(m, d))


def unbiased(kernel, real, generated):
    """The squared MMD, or with minus a distance the energy distance, pair by pair."""
    within = [
        np.mean([kernel(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j])
        for x in (real, generated)
    ]
    return sum(within) - 2 * np.mean([kernel(x, y) for x in real for y in generated])


def test_kpd_is_the_mmd_of_its_kernel():
    real, generated = samples()
    scale = np.abs(real).max(axis=0)
    expected = unbiased(lambda x, y: (x @ y / 3 + 1) ** 4, real / scale, generated / scale)
    assert kernels.kpd(real, generated) == pytest.approx(expected)
    expected = unbiased(lambda x, y: (x @ y / 3 + 1) ** 4, real, generated)
    assert kernels.kpd(real, generated, normalise=False) == pytest.approx(expected)


def test_the_reference_values_of_jetnet():
    zeros, twos = np.zeros((50_000, 2)), np.full((50_000, 2), 2.0)
    assert kernels.kpd(zeros, zeros) == pytest.approx(0, abs=1e-6)
    assert kernels.kpd(twos, zeros) == pytest.approx(15, abs=1e-6)
    assert kernels.kpd(twos, zeros, normalise=False) == pytest.approx(624, abs=1e-6)


def test_kpd_is_the_median_of_disjoint_batches(monkeypatch):
    monkeypatch.setattr(kernels, "KPD_BATCH", 50)
    seen = []

    def spy(real, generated):
        seen.append((set(real[:, 0]), set(generated[:, 0])))
        return float(len(seen) ** 2)

    monkeypatch.setattr(kernels, "_polynomial_mmd", spy)
    x = np.arange(1.0, 171.0)[:, None]
    assert kernels.kpd(x, -x, normalise=False) == 4
    assert [(len(a), len(b)) for a, b in seen] == [(50, 50)] * 3
    assert len(set.union(*(part for pair in seen for part in pair))) == 300


def test_an_outlier_does_not_swallow_the_others():
    """Its pairing with itself is its eighth power, which would hide all other pairs."""
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(2, 200, 1))
    generated[0] = 1e8
    near, far = generated[1:], generated[0]
    expected = 2 * np.sum((near * far + 1) ** 4) / (200 * 199)
    expected -= 2 * np.sum((real * far + 1) ** 4) / 200**2
    assert kernels.kpd(real, generated, normalise=False) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("size", [1e60, 1e200])
def test_what_overflows_is_infinitely_far(size):
    real, _ = samples()
    assert kernels.kpd(real, np.full_like(real, size)) == np.inf


def test_energy_distance_is_its_formula_pair_by_pair():
    real, generated = samples()
    expected = unbiased(lambda x, y: -np.linalg.norm(x - y), real, generated)
    assert kernels.energy_distance(real, generated) == pytest.approx(expected, rel=1e-4)


def test_energy_distance_of_one_feature_is_scipys():
    """SciPy's is the square root, and counts each event's distance from itself."""
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(2000, 1)), rng.normal(1, 1, size=(2000, 1))
    biased = energy_distance(real[:, 0], generated[:, 0]) ** 2
    excess = sum(cdist(x, x).sum() / 2000**2 / 1999 for x in (real, generated))
    assert kernels.energy_distance(real, generated) == pytest.approx(biased - excess, rel=1e-3)


def test_energy_distance_of_shifted_normal_distributions():
    """2 E|X - Y| - 2 E|X - X'|, where X - Y is normal: means of folded normal distributions."""
    sd, shift = 2**0.5, 1.0
    crossed = 2 * sd * norm.pdf(shift / sd) + shift * (1 - 2 * norm.cdf(-shift / sd))
    expected = 2 * crossed - 2 * 2 * sd * norm.pdf(0)
    points = norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None]
    value = kernels.energy_distance(points, points + shift)
    # An event isn't paired with itself: too little by its share of the pairs.
    assert value == pytest.approx(expected, abs=2e-3)


def test_mmd_is_its_formula_pair_by_pair():
    real, generated = samples()
    median = np.median(cdist(real, real)[np.triu_indices(len(real), 1)])
    assert kernels.median_distance(real) == pytest.approx(median)

    def kernel(x, y):
        squares = 2 * median**2 * np.array([4, 2, 1, 0.5, 0.25])
        return np.exp(-np.sum((x - y) ** 2) / squares).mean()

    assert kernels.mmd(real, generated) == pytest.approx(
        unbiased(kernel, real, generated), rel=1e-4
    )


def test_kernels_do_not_depend_on_unit_origin_or_order():
    real, generated = samples()
    energy, mmd = kernels.energy_and_mmd(real, generated)
    moved = kernels.energy_and_mmd(3 * real[::-1] + 5, 3 * generated + 5)
    assert moved == pytest.approx((3 * energy, mmd), rel=1e-4)


def test_what_is_known_of_the_real_sample_changes_nothing():
    real, generated = samples()
    scale = kernels.median_distance(real)
    within = kernels.pair_means(real, None, scale)
    again = kernels.energy_and_mmd(real, generated, scale, within)
    assert again == kernels.energy_and_mmd(real, generated)


def test_truth_is_at_zero_in_the_mean():
    rng = np.random.default_rng(0)
    values = np.array(
        [
            (*kernels.energy_and_mmd(a, b), kernels.kpd(a, b))
            for a, b in rng.normal(size=(100, 2, 150, 2))
        ]
    )
    error = values.std(axis=0, ddof=1) / 10
    assert np.all(np.abs(values.mean(axis=0)) < 4 * error)
    assert np.all((values < 0).any(axis=0))


def test_repeated_events_have_a_scale():
    assert kernels.median_distance(np.ones((20, 2))) == 1
    assert kernels.mmd(np.ones((20, 2)), np.ones((9, 2))) == pytest.approx(0, abs=1e-6)
