import numpy as np
import pytest
from collapse.metrics.regions import Region, displaced, explain, find_regions


def uniform(n, d=3, seed=0):
    return np.random.default_rng(seed).uniform(size=(n, d))


def test_truth_has_hardly_a_region():
    alarms = sum(
        bool(find_regions(uniform(1000, seed=2 * i), uniform(1000, seed=2 * i + 1), seed=i))
        for i in range(100)
    )
    assert alarms <= 1


def hole(events, *sides):
    """Leave out events in a box around the middle, in so many features."""
    inside = np.ones(len(events), bool)
    for i, width in enumerate(sides):
        inside &= np.abs(events[:, i] - 0.5) < width / 2
    return events[~inside]


@pytest.mark.parametrize("sides", [(0.08,), (0.3, 0.3), (0.45, 0.45, 0.45)])
def test_a_hole_in_one_two_or_three_features_is_found(sides):
    real, generated = uniform(4000), hole(uniform(4500, seed=1), *sides)[:4000]
    first = find_regions(real, generated)[0]
    assert first.ratio < 0.25
    assert first.sigmas < -4
    low, high = first.interval
    assert low <= first.ratio <= high
    # Most of it lies in the hole.
    inside = first.holds(real)
    lost = len(real) - len(hole(real, *sides))
    assert inside.sum() - first.holds(hole(real, *sides)).sum() > 0.6 * inside.sum()
    assert lost > 0


def test_too_many_events_are_found_as_well():
    generated = uniform(4000, seed=1)
    generated[:400] = 0.3 + 0.05 * generated[:400]
    first = find_regions(uniform(4000), generated)[0]
    assert first.ratio > 4
    assert first.sigmas > 4


def test_counts_are_of_events_that_the_box_was_not_found_with():
    real, generated = uniform(4000), hole(uniform(4500, seed=1), 0.3, 0.3)[:4000]
    for region in find_regions(real, generated):
        assert (region.n_real, region.n_generated) == (2000, 2000)
        assert region.real < region.holds(real).sum()


def test_most_underweighted_events_lie_in_a_halved_peak():
    rng = np.random.default_rng(0)

    def draw(n, share):
        x = rng.uniform(0, 100, (n, 3))
        peak = rng.random(n) < share
        x[peak, 0] = rng.normal(50, 0.5, peak.sum())
        return x

    real, generated = draw(5000, 0.1), draw(5000, 0.05)
    first = find_regions(real, generated)[0]
    inside = real[first.holds(real), 0]
    assert np.mean(np.abs(inside - 50) < 2) > 0.8


def test_missing_regions_explain_a_hole_and_nothing_else():
    real, fresh = uniform(4000), uniform(4500, seed=1)
    left = hole(fresh, 0.3, 0.3)[:4000]
    found = [region for region in find_regions(real, left) if region.ratio < 0.25]
    assert explain(real, left, found)
    # Shrunk and permuted features have missing regions as well.
    normal = np.random.default_rng(2).normal(size=(2, 4000, 2))
    shrunk = 0.4 * normal[1]
    missing = [r for r in find_regions(normal[0], shrunk) if r.ratio < 0.25]
    assert missing
    assert not explain(normal[0], shrunk, missing)
    assert not explain(real, left, [])


def test_events_beside_a_hole_were_not_taken_out():
    real, fresh = uniform(4000), uniform(4500, seed=1)
    left = hole(fresh, 0.3, 0.3)[:4000]
    for region in find_regions(real, left):
        assert not displaced(real, left, region)


def test_the_interval_is_of_two_poisson_numbers():
    region = Region(np.zeros(1), np.ones(1), 100, 1000, 50, 1000, -4.0)
    low, high = region.interval
    # The ratio of two counts varies by about sqrt(1 / 50 + 1 / 100).
    assert np.log(high / low) == pytest.approx(2 * 1.96 * np.sqrt(0.03), rel=0.06)
    none = Region(np.zeros(1), np.ones(1), 100, 1000, 0, 1000, -9.0)
    assert none.interval[0] == 0
    assert none.interval[1] == pytest.approx(0.0376, abs=1e-3)
    assert none.is_tail is False
    assert Region(np.array([-np.inf]), np.ones(1), 1, 1, 1, 1, 0.0).is_tail is True
