import numpy as np
import pytest
from collapse.metrics.units import recognise


def events(n, seed):
    """A narrow peak on a falling spectrum, a skewed feature that goes with it, one around 0."""
    rng = np.random.default_rng(seed)
    mass = rng.exponential(20, n)
    mass = np.where(rng.random(n) < 0.15, rng.normal(30, 0.5, n), mass)
    return np.stack([mass, mass * np.exp(rng.normal(0, 0.5, n)), rng.normal(size=n)], axis=1)


REAL, FRESH, ALL = events(1500, 0), events(1500, 1), events(20_000, 2)
TRAIN = ALL[:10_000]


def told(generated, real=REAL, everything=ALL):
    numbers = (f(everything, axis=0) for f in (np.min, np.max, np.mean, np.std))
    return recognise(real, generated, *numbers)


@pytest.mark.parametrize(
    ("scaled", "name"),
    [
        ((FRESH - TRAIN.mean(axis=0)) / TRAIN.std(axis=0), "standard-scaled"),
        (2 * (FRESH - TRAIN.min(axis=0)) / np.ptp(TRAIN, axis=0) - 1, "scaled to [-1, 1]"),
        ((FRESH - TRAIN.min(axis=0)) / np.ptp(TRAIN, axis=0), "scaled to [0, 1]"),
        (FRESH / np.abs(TRAIN).max(axis=0), "divided by the greatest"),
        (FRESH * [1000, 1000, 1], "in other powers of ten"),
        (FRESH / [1000, 1, 1], "in other powers of ten"),
    ],
)
def test_scaled_events_are_recognised_and_come_back(scaled, name):
    units = told(scaled)
    assert units.name == name
    back = units.factor * scaled + units.offset
    assert (np.abs(back - FRESH).mean(axis=0) < 0.06 * FRESH.std(axis=0)).all()
    if name == "in other powers of ten":
        np.testing.assert_allclose(back, FRESH)


def resampled(keep):
    pool = events(20_000, 5)
    return pool[keep(pool)][:1500]


@pytest.mark.parametrize(
    "generated",
    [
        FRESH,
        # Collapses and faults: contracted to an event, to the medians, by factors of their own.
        REAL[0] + 0.01 * (FRESH - REAL[0]),
        np.median(REAL, axis=0) + 0.1 * (FRESH - np.median(REAL, axis=0)),
        np.median(REAL, axis=0) + [0.1, 0.4, 0.3] * (FRESH - np.median(REAL, axis=0)),
        FRESH * [0.2, 1, 1],
        3e-3 * FRESH,
        # A spectrum that was cut has nearly its own shape again.
        *(resampled(lambda x, cut=cut: x[:, 0] < cut) for cut in (3, 8, 15, 25)),
        FRESH * [0, 1, 1] + np.random.default_rng(3).uniform(0, 15, (1500, 1)) * [1, 0, 0],
        FRESH * [0, 1, 1] + np.abs(np.random.default_rng(3).normal(10, 2, (1500, 1))) * [1, 0, 0],
        # The right shapes, which belong to other events.
        np.stack([FRESH[:, 0] * 1000, *np.random.default_rng(4).permutation(FRESH)[:, 1:].T], 1),
        np.random.default_rng(3).normal(size=(1500, 3)),
        np.random.default_rng(3).uniform(-1, 1, size=(1500, 3)),
        np.tanh(np.random.default_rng(3).normal(size=(1500, 3))),
        np.zeros((1500, 3)),
    ],
)
def test_a_collapse_is_in_no_other_units(generated):
    assert told(generated) is None


def test_one_feature_that_was_standard_scaled_is_told_too():
    scaled = (FRESH - TRAIN.mean(axis=0)) / TRAIN.std(axis=0)
    assert told(scaled[:, :1], REAL[:, :1], ALL[:, :1]).name == "standard-scaled"


def test_real_events_that_are_standard_already_are_in_their_own_units():
    real, fresh = np.random.default_rng(0).normal(size=(2, 2000, 3))
    assert told(fresh, real, real) is None


def test_false_recognitions_are_rare():
    assert not any(told(events(500, seed), REAL[:500]) for seed in range(100, 300))
