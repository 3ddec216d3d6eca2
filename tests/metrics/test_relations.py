"""Features that the others determine, and events that don't obey."""

import numpy as np
import pytest
from collapse.metrics.relations import Relations

MUON = 0.10566


def mass(pt1, pt2, eta1, eta2, dphi):
    one, two = np.hypot(pt1 * np.cosh(eta1), MUON), np.hypot(pt2 * np.cosh(eta2), MUON)
    inner = pt1 * pt2 * (np.cos(dphi) + np.sinh(eta1) * np.sinh(eta2))
    return np.sqrt(2 * (MUON**2 + one * two - inner))


def muons(n, seed, scale=1.0):
    rng = np.random.default_rng(seed)
    pt1, pt2 = 3 + scale * rng.exponential(15, (2, n))
    eta1, eta2 = rng.uniform(-2.4, 2.4, (2, n))
    dphi = np.abs(rng.normal(np.pi, 0.8, n) % (2 * np.pi) - np.pi)
    columns = pt1, pt2, eta1, eta2, dphi
    return np.column_stack([*columns, mass(*columns)]).astype(np.float32)


@pytest.fixture(scope="module")
def relations():
    return Relations(muons(12_000, 0), muons(3000, 1))


def excess(relations, generated):
    shares = relations.off_relation(generated)
    return max(shares - relations.off_relation(relations._real)), relations.sigmas(shares, 3000)


def test_truth_obeys(relations):
    assert relations.left
    off, sigmas = excess(relations, muons(3000, 2))
    assert off < 0.02
    assert sigmas.max() < 4


def test_a_mass_of_its_own_does_not(relations):
    generated = muons(3000, 2)
    generated[:, 5] *= np.exp(np.random.default_rng(0).normal(0, 0.1, 3000))
    off, sigmas = excess(relations, generated)
    assert off > 0.3
    assert sigmas.max() > 10


def test_two_columns_from_different_events_do_not(relations):
    generated = muons(3000, 2)
    generated[:, 5] = generated[::-1, 5]
    assert excess(relations, generated)[0] > 0.6


@pytest.mark.parametrize("change", ["missing", "shifted", "smeared"])
def test_other_distributions_obey(relations, change):
    generated = muons(3000, 3, scale=1.3 if change == "shifted" else 1.0)
    if change == "missing":
        generated = generated[(generated[:, 5] < 20) | (generated[:, 5] > 40)]
    if change == "smeared":
        rng, columns = np.random.default_rng(0), generated[:, :5].T.astype(float)
        columns[:2] *= np.exp(rng.normal(0, 0.1, (2, 3000)))
        columns[2:4] += rng.normal(0, 0.1, (2, 3000))
        generated = np.column_stack([*columns, mass(*columns)])
    assert excess(relations, generated)[0] < 0.1


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.normal(size=(n, 5)),
        lambda rng, n: rng.exponential(size=(n, 6)),
        lambda rng, n: np.column_stack([rng.normal(size=(n, 3)), rng.integers(0, 2, n)]),
        lambda rng, n: np.where(rng.random((n, 3)) < 0.9, -1, rng.normal(size=(n, 3))),
        lambda rng, n: rng.integers(0, 5, (n, 2)) * 2 + 0.05 * rng.normal(size=(n, 2)),
        lambda rng, n: rng.integers(0, 2, (n, 1)) * 3 + 0.05 * rng.normal(size=(n, 3)),
        lambda rng, n: np.column_stack([rng.normal(size=(n, 3)), np.ones(n)]),
        lambda rng, n: rng.normal(size=(n, 1)),
    ],
    ids=["normal", "exponential", "flag", "filled", "grid", "two modes", "constant", "alone"],
)
def test_independent_features_have_none(draw):
    rng = np.random.default_rng(0)
    relations = Relations(draw(rng, 5000), draw(rng, 2000))
    assert relations.left == {}
    assert not relations.off_relation(draw(rng, 2000) * 1.1 + 0.05).any()


@pytest.mark.parametrize(
    "relate",
    [
        lambda z: z[:, 0] + z[:, 1],
        lambda z: z[:, 0] * z[:, 1],
        lambda z: np.hypot(z[:, 0], z[:, 1]),
        lambda z: z[:, 0] ** 2,
    ],
    ids=["sum", "product", "hypot", "of one"],
)
def test_relations_of_all_sorts_are_found(relate):
    rng = np.random.default_rng(0)

    def draw(n):
        z = 1 + rng.exponential(size=(n, 3))
        return np.column_stack([z, relate(z)])

    relations = Relations(draw(5000), draw(2000))
    assert relations.left
    truth, broken = draw(2000), draw(2000)
    broken[:, 3] = broken[::-1, 3]
    assert max(relations.sigmas(relations.off_relation(truth), 2000)) < 4
    assert max(relations.off_relation(broken)) > 0.5


def test_too_few_events_tell_nothing(relations):
    few = muons(200, 0)
    assert Relations(few, few).left == {}
    far = muons(3000, 2) * 1000
    assert excess(relations, far)[0] < 0.02


@pytest.mark.slow
def test_truth_never_breaks_a_relation():
    events, worst = muons(20_000, 0), []
    for seed in range(200):
        rows = np.random.default_rng(seed).permutation(len(events))
        training, real, other = np.split(events[rows], [12_000, 16_000])
        relations = Relations(training, real)
        worst.append(excess(relations, other)[0])
    assert max(worst) < 0.1
