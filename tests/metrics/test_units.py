import numpy as np
import pytest
from collapse.metrics.units import in_other_units, way_back


def events(n, seed):
    """A narrow peak on a broad feature, a skewed one, and one around 0."""
    rng = np.random.default_rng(seed)
    peak = np.where(rng.random(n) < 0.2, rng.normal(3.1, 0.03, n), rng.uniform(0, 90, n))
    return np.stack([peak, rng.exponential(20, n), rng.normal(size=n)], axis=1)


REAL, FRESH, TRAIN = events(2000, 0), events(2000, 1), events(10_000, 2)


def told(generated, real=REAL):
    return in_other_units(real, generated, *way_back(real, generated))


@pytest.mark.parametrize(
    "scaled",
    [
        (FRESH - TRAIN.mean(axis=0)) / TRAIN.std(axis=0),
        2 * (FRESH - TRAIN.min(axis=0)) / (TRAIN.max(axis=0) - TRAIN.min(axis=0)) - 1,
        FRESH / TRAIN.max(axis=0),
        FRESH * [1000, 1000, 1],
        FRESH / 1000,
    ],
    ids=["standard", "minmax", "maximum", "MeV", "TeV"],
)
def test_scaled_events_are_in_other_units_and_there_is_a_way_back(scaled):
    assert told(scaled)
    factor, offset = way_back(REAL, scaled)
    off = np.abs(factor * scaled + offset - FRESH) / REAL.std(axis=0)
    assert off.mean(axis=0).max() < 0.1


@pytest.mark.parametrize(
    "generated",
    [
        FRESH,
        # Collapses and faults: contracted to an event, to the medians, by factors of their own.
        REAL[0] + 0.01 * (FRESH - REAL[0]),
        np.median(REAL, axis=0) + 0.1 * (FRESH - np.median(REAL, axis=0)),
        np.median(REAL, axis=0) + [0.1, 0.4, 0.3] * (FRESH - np.median(REAL, axis=0)),
        np.random.default_rng(3).normal(size=(2000, 3)),
        np.random.default_rng(3).uniform(-1, 1, size=(2000, 3)),
        3e-3 * FRESH,
        np.zeros((2000, 3)),
    ],
)
def test_a_collapse_is_in_no_other_units(generated):
    assert not told(generated)


def test_one_feature_that_was_standard_scaled_is_told_too():
    scaled = (FRESH - TRAIN.mean(axis=0)) / TRAIN.std(axis=0)
    assert told(scaled[:, :1], REAL[:, :1])


def test_real_events_that_are_standard_already_are_in_their_own_units():
    real, fresh = np.random.default_rng(0).normal(size=(2, 2000, 3))
    assert not told(fresh, real)
