import subprocess
import sys

import numpy as np
import pytest
from collapse.metrics import neighbours, pairs
from collapse.metrics.neighbours import (
    copied,
    memorisation,
    prdc,
    radii,
    repeats,
    same_within,
    typical_gap,
)
from scipy.spatial.distance import cdist

# The README of github.com/clovaai/generative-evaluation-prdc: two samples of 10,000 from a normal
# distribution in 1,000 dimensions, k = 5. Then the standard deviation of each over the seeds 0 to
# 19, which the test marked `long` measures again.
README = {"precision": 0.4772, "recall": 0.4705, "density": 1.0555, "coverage": 0.9735}
README_SD = {"precision": 0.0103, "recall": 0.0071, "density": 0.049, "coverage": 0.0045}


def samples(n=60, m=80, d=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(0.5, 1.5, size=(m, d))


def brute_force(real, generated, k):
    """The definitions, with all distances at once."""
    across = cdist(real, generated)
    # Column 0 of a sorted row is the event itself.
    around_real = np.sort(cdist(real, real), axis=1)[:, k]
    around_generated = np.sort(cdist(generated, generated), axis=1)[:, k]
    in_real = across < around_real[:, None]
    return {
        "precision": in_real.any(axis=0).mean(),
        "recall": (across < around_generated).any(axis=1).mean(),
        "density": in_real.sum(axis=0).mean() / k,
        "coverage": (across.min(axis=1) < around_real).mean(),
    }


@pytest.mark.parametrize("entries", [100, 2**18])
@pytest.mark.parametrize(("n", "m", "d"), [(60, 80, 2), (90, 40, 1), (50, 50, 7)])
def test_prdc_is_its_definition(monkeypatch, entries, n, m, d):
    monkeypatch.setattr(pairs, "ENTRIES", entries)
    real, generated = samples(n, m, d)
    for k, found in zip((1, 3, 5), prdc(real, generated, (1, 3, 5)), strict=True):
        assert found == pytest.approx(brute_force(real, generated, k))


def test_what_lies_on_a_ball_is_outside():
    """As in the authors' code. Symmetric whole numbers, so that no distance is rounded."""
    real, generated = np.random.default_rng(0).integers(-4, 5, (2, 30, 2)).astype(float)
    real, generated = (np.concatenate([x, -x]) for x in (real, generated))
    for k, found in zip((3, 5), prdc(real, generated, (3, 5)), strict=True):
        assert found == pytest.approx(brute_force(real, generated, k))


def normal_in_1000_dimensions(seed):
    real, generated = np.random.default_rng(seed).standard_normal((2, 10_000, 1000), np.float32)
    return prdc(real, generated)[0]


@pytest.mark.long
def test_prdc_gives_the_values_of_its_readme():
    found = [normal_in_1000_dimensions(seed) for seed in range(20)]
    for metric, published in README.items():
        values = [value[metric] for value in found]
        sd = np.std(values, ddof=1)
        assert sd == pytest.approx(README_SD[metric], rel=0.1)
        assert np.mean(values) == pytest.approx(published, abs=4 * sd)


@pytest.mark.slow
def test_prdc_gives_a_value_of_its_readme():
    found = normal_in_1000_dimensions(100)
    for metric, published in README.items():
        # Both are of one pair of samples.
        assert found[metric] == pytest.approx(published, abs=4 * 2**0.5 * README_SD[metric])


def test_truth_has_a_density_of_1_and_the_coverage_of_the_formula():
    """Of the 2n - 1 other events the k nearest are all real: C(n - 1, k) / C(2n - 1, k)."""
    n, ks = 400, (3, 5)
    rng = np.random.default_rng(0)
    found = [prdc(*rng.normal(size=(2, n, 2)), ks) for _ in range(60)]
    for i, k in enumerate(ks):
        terms = np.arange(k)
        coverage = 1 - np.prod((n - 1 - terms) / (2 * n - 1 - terms))
        assert coverage == pytest.approx(1 - 2.0**-k, abs=2e-3)
        for metric, expected in (("density", 1), ("coverage", coverage)):
            values = np.array([each[i][metric] for each in found])
            assert values.mean() == pytest.approx(expected, abs=4 * values.std() / 60**0.5)


def test_a_point_collapse_has_no_recall_but_precision():
    real, generated = samples(500, 500)
    found = prdc(real, 1e-3 * generated)[0]
    assert found["precision"] == 1
    assert found["recall"] < 0.02
    assert found["coverage"] < 0.05


def test_equal_events_have_empty_balls():
    real, _ = samples(50)
    generated = np.zeros((20, 2))
    assert radii(generated, (5,)).tolist() == [[0.0] * 20]
    assert prdc(real, generated)[0]["recall"] == 0


def test_prdc_depends_on_neither_origin_nor_order():
    real, generated = samples(200, 300)
    expected = prdc(real, generated)
    assert prdc(4 * real[::-1] + 16, 4 * generated[::-1] + 16) == [pytest.approx(expected[0])]
    assert prdc(real, generated, real_radii=radii(real, (5,))) == expected


PEAK = """
import resource, sys
import numpy as np
from collapse.metrics.neighbours import prdc

real, generated = np.random.default_rng(0).normal(size=(2, 50_000, 6))
found = prdc(real, generated)[0]
print(found["density"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux")
def test_50000_against_50000_events_take_less_than_2_gb(root):
    """All distances at once would be 10 GB in single precision."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK],
        cwd=root / "scripts",
        check=True,
        capture_output=True,
        text=True,
    )
    density, peak = map(float, done.stdout.split())
    assert density == pytest.approx(1, abs=0.05)
    assert peak * 1024 < 2e9


def test_nearest_distances_are_scipys():
    a, b = samples(61)
    expected = cdist(a, b, "sqeuclidean").min(axis=1)
    assert neighbours.nearest_distances(a, b) == pytest.approx(expected)
    gaps = np.sort(cdist(a, a), axis=1)[:, 1]
    assert neighbours.typical_gap(a) == pytest.approx(np.median(gaps))


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_copied_training_events_are_memorised(share):
    rng = np.random.default_rng(0)
    training, held_out, fresh = rng.normal(size=(3, 1000, 3))
    copied = int(1000 * share)
    generated = np.concatenate([training[:copied], fresh[copied:]])
    value = memorisation(generated, training, held_out)
    # Four binomial standard deviations of the events that are not copied.
    error = 4 * 0.5 * (1 - share) ** 0.5 / 1000**0.5
    assert value == pytest.approx(share + 0.5 * (1 - share), abs=error + 1e-9)


def test_copies_are_found_far_from_the_origin():
    rng = np.random.default_rng(0)
    training, held_out = 100 + rng.normal(size=(2, 300, 2))
    assert memorisation(training, training, held_out) == 1
    assert memorisation(held_out, training, held_out) == 0


def test_a_tie_counts_half():
    """As with discrete features, where both sets hold the same values."""
    values = np.repeat(np.arange(5.0), 20)[:, None]
    assert memorisation(values[:30], values, values) == 0.5


def test_a_tie_is_one_in_spite_of_rounding():
    shared, training, held_out = 50 + np.random.default_rng(0).normal(size=(3, 200, 3))
    value = memorisation(shared, *(np.concatenate([shared, x + 1]) for x in (training, held_out)))
    assert value == 0.5


def test_memorisation_needs_two_sets_of_one_size():
    real, generated = samples()
    with pytest.raises(ValueError, match="Received: 60 and 59"):
        memorisation(generated, real, real[1:])


@pytest.mark.parametrize("d", [1, 2, 6, 28])
def test_truth_hardly_repeats_itself_in_any_dimension(d):
    real, generated = np.random.default_rng(0).normal(size=(2, 1500, d))
    within = same_within(typical_gap(real), d)
    share, distinct = repeats(generated, within)
    assert share < 0.01
    assert distinct > 0.995


@pytest.mark.parametrize("d", [1, 2, 6, 28])
@pytest.mark.parametrize(("distinct", "share"), [(20, 1.0), (200, 1.0), (1000, 0.86)])
def test_few_distinct_events_are_found_in_any_dimension(d, distinct, share):
    rng = np.random.default_rng(0)
    real, pool = rng.normal(size=(2, 2000, d))
    generated = pool[rng.integers(distinct, size=2000)]
    found, kept = repeats(generated, same_within(typical_gap(real), d))
    assert found == pytest.approx(share, abs=0.02)
    # Of n distinct ones (1 - exp(-2000 / n)) n are drawn.
    expected = distinct * (1 - np.exp(-2000 / distinct)) / 2000
    assert kept == pytest.approx(expected, rel=0.05)


def test_a_tenth_in_one_place_is_a_tenth_that_repeats():
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(2, 2000, 6))
    generated[:200] = generated[-1] + 1e-3 * rng.normal(size=(200, 6))
    share, distinct = repeats(generated, same_within(typical_gap(real), 6))
    assert share == pytest.approx(0.1, abs=0.002)
    assert distinct == pytest.approx(0.9, abs=0.002)


def test_a_narrow_sample_in_many_features_does_not_repeat_itself():
    real, generated = np.random.default_rng(0).normal(size=(2, 1500, 28))
    share, _ = repeats(0.6 * generated, same_within(typical_gap(real), 28))
    assert share == 0


def test_events_on_a_curve_are_near_but_not_the_same():
    rng = np.random.default_rng(0)
    real, t = rng.normal(size=(1500, 6)), 4 * rng.random(1500)
    curve = np.stack([np.sin(t * (1 + i / 3) + i) for i in range(6)], axis=1)
    share, _ = repeats(curve, same_within(typical_gap(real), 6))
    assert share < 0.05


def test_repeats_of_real_events_set_no_gap():
    """Nor do the ties of discrete features, which the floor has too."""
    points = np.repeat(1e4 + samples(400, d=5)[0], 2, axis=0)
    assert typical_gap(points) == pytest.approx(typical_gap(points[::2]))
    assert typical_gap(np.zeros((50, 2))) == 0
    assert repeats(points, 0.0) == (1.0, 0.5)


def test_copies_of_training_events_are_counted():
    rng = np.random.default_rng(0)
    training, fresh = rng.normal(size=(5000, 3)), rng.normal(size=(1000, 3))
    within = same_within(typical_gap(training), 3)
    assert copied(fresh, training, within) < 0.01
    fresh[:300] = training[rng.integers(5000, size=300)]
    assert copied(fresh, training, within) == pytest.approx(0.3, abs=0.01)
