import numpy as np
import pytest
import vector
from collapse.events import openings
from collapse.events.compute import Table
from collapse.events.expressions import parse

MUON, EDGE = 0.1056583745, 2.4


def tracks(n=20_000):
    """Tracks in the acceptance, near and far apart, also back to back."""
    generator = np.random.default_rng(0)
    pt1, pt2 = 3 * np.exp(generator.exponential(1.2, size=(2, n)))
    eta1 = generator.uniform(-EDGE, EDGE, n)
    near = generator.random(n) < 0.5
    eta2 = np.where(near, eta1 + generator.normal(0, 0.05, n), generator.uniform(-EDGE, EDGE, n))
    eta2 = np.clip(eta2, -EDGE, EDGE)
    dphi = np.where(near, abs(generator.normal(0, 0.05, n)), generator.uniform(0, np.pi, n))
    return pt1, eta1, pt2, eta2, dphi


def mass_of(pt1, eta1, pt2, eta2, dphi):
    first = vector.array({"pt": pt1, "eta": eta1, "phi": dphi, "mass": np.full_like(pt1, MUON)})
    second = vector.array({"pt": pt2, "eta": eta2, "phi": 0 * pt2, "mass": np.full_like(pt1, MUON)})
    return (first + second).mass


def back(mass, pt1, pt2, share, place):
    eta = (mass, pt1, pt2, share, place, MUON, EDGE)
    phi = openings.opening_phi(mass, pt1, pt2, share, MUON, EDGE)
    return openings.opening_eta1(*eta), openings.opening_eta2(*eta), phi


def test_the_tracks_come_back_but_for_the_mirror():
    pt1, eta1, pt2, eta2, dphi = tracks()
    share = openings.opening_share(pt1, eta1, pt2, eta2, dphi, MUON, EDGE)
    place = openings.opening_place(pt1, eta1, pt2, eta2, MUON, EDGE)
    assert (np.abs(share) <= 1).all()
    assert ((place >= 0) & (place <= 1 + 1e-12)).all()
    mass = mass_of(pt1, eta1, pt2, eta2, dphi)
    got1, got2, phi = back(mass, pt1, pt2, share, place)
    mirrored = np.where(np.abs(got1 - eta1) > 1e-6, -1, 1)
    # The mass by the sum of four-vectors has the rounding of large energies.
    np.testing.assert_allclose(got1, mirrored * eta1, atol=1e-9)
    np.testing.assert_allclose(got2, mirrored * eta2, atol=1e-9)
    np.testing.assert_allclose(phi, dphi, atol=1e-6)
    assert (got1 + got2 > -1e-3).all()
    assert 0.4 < (mirrored < 0).mean() < 0.6


def test_the_mirror_image_has_the_same_coordinates():
    pt1, eta1, pt2, eta2, dphi = tracks(100)
    for function, rest in (
        (openings.opening_share, (dphi, MUON, EDGE)),
        (openings.opening_place, (MUON, EDGE)),
    ):
        ours, theirs = (
            function(pt1, eta1, pt2, eta2, *rest),
            function(pt1, -eta1, pt2, -eta2, *rest),
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_every_point_of_the_box_is_a_pair_of_that_mass_within_the_acceptance():
    generator = np.random.default_rng(1)
    n = 50_000
    pt1, pt2 = 3 * np.exp(generator.exponential(1, size=(2, n)))
    mass = 0.25 + 100 * generator.random(n) ** 3
    share, place = generator.uniform(-1, 1, n), generator.uniform(0, 1, n)
    eta1, eta2, phi = back(mass, pt1, pt2, share, place)
    possible = np.isfinite(eta1)
    assert possible.mean() > 0.85
    assert ((phi[possible] >= 0) & (phi[possible] <= np.pi)).all()
    assert np.abs(eta1[possible]).max() < EDGE + 1e-9
    assert np.abs(eta2[possible]).max() < EDGE + 1e-9
    again = mass_of(*(column[possible] for column in (pt1, eta1, pt2, eta2, phi)))
    np.testing.assert_allclose(again, mass[possible], rtol=1e-6)


def test_the_edges_are_where_they_are_said_to_be():
    eta1, eta2, phi = back(3.1, 20.0, 10.0, np.array([0, 0.5, 1, -1]), np.array([1, 0, 1, 1.0]))
    np.testing.assert_allclose(max(eta1[0], eta2[0]), EDGE, rtol=1e-12)
    np.testing.assert_allclose(phi[2:], 0, atol=1e-7)
    assert eta1[2] > eta2[2]
    assert eta1[3] < eta2[3]
    # At the centre the rapidities are opposite, and so nearly are the pseudorapidities.
    np.testing.assert_allclose(eta1[1], -eta2[1], rtol=1e-3)


@pytest.mark.parametrize("mass", [0.1, 1000.0])
def test_a_mass_that_no_tracks_in_the_acceptance_have_is_no_number(mass):
    for coordinate in back(np.array([mass]), 20.0, 10.0, np.array([0.3]), np.array([0.3])):
        assert np.isnan(coordinate).all()


@pytest.mark.parametrize("pt", [3.0, 200.0, 20_000.0])
def test_narrow_pairs_of_fast_tracks_keep_their_mass(pt):
    """The difference of two transverse masses would be lost in their rounding."""
    eta1, eta2, phi = back(0.3, pt, pt, 0.3, 0.5)
    along = 2 * pt**2 * (np.cosh(eta1 - eta2) - 1) + 4 * pt**2 * np.sin(phi / 2) ** 2
    np.testing.assert_allclose(np.sqrt(along + 4 * MUON**2), 0.3, rtol=1e-3)


def test_expressions_know_them():
    pt1, eta1, pt2, eta2, dphi = tracks(50)
    columns = {"pt1": pt1, "eta1": eta1, "pt2": pt2, "eta2": eta2, "dphi": dphi}
    table = Table(columns, 50, {}, "here")
    share = parse(
        f"opening_share(pt1, eta1, pt2, eta2, dphi, {MUON}, {EDGE})", "features.share", {}
    )
    expected = openings.opening_share(pt1, eta1, pt2, eta2, dphi, MUON, EDGE)
    np.testing.assert_array_equal(table.values(share), expected)
