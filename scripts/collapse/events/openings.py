"""Coordinates of a pair in which the acceptance is a box, and the way back.

Two tracks of one mass have, but for the azimuth of the whole and a mirror image, five degrees of
freedom: the pair's mass, the transverse momenta, and two numbers with bounds that don't depend on
the others. `share` says how the opening, which the first three fix, is shared between phi and
rapidity: 0 is as much in phi as can be, 1 as much in rapidity, and -1 the same where the first
track is the less forward one. `place` says where the pair lies between the centre of the detector
(0) and the edge of its acceptance (1). Every cut on pt and eta, and every threshold of a trigger,
is then an edge of one coordinate. A scaler by quantiles keeps such edges: no generated event can be
beyond one.

An event counts as its mirror image in the beam's direction, turned so that the rapidities add up to
0 or more.

All functions take arrays or numbers, of float64, that broadcast: transverse momenta and masses in
one unit, angles in rad. `m` is a track's mass, `eta_max` the largest absolute pseudorapidity. Where
no tracks in the acceptance have the mass, the result is NaN.
"""

from typing import TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray


def opening_share(
    pt1: Array, eta1: Array, pt2: Array, eta2: Array, dphi: Array, m: Array, eta_max: Array
) -> Array:
    """Return how the opening is shared between phi and rapidity, in [-1, 1]."""
    y1, y2 = _rapidity(pt1, eta1, m), _rapidity(pt2, eta2, m)
    along = np.sqrt(_mt(pt1, m) * _mt(pt2, m)) * np.sinh((y1 - y2) / 2)
    across = np.sqrt(pt1 * pt2) * np.sin(np.abs(dphi) / 2)
    least, most = _angles(along**2 + across**2, pt1, pt2, m, eta_max)
    share = (np.arctan2(np.abs(along), across) - least) / (most - least)
    return np.sign(along) * _mirror(y1, y2) * np.clip(share, 0, 1)


def opening_place(
    pt1: Array, eta1: Array, pt2: Array, eta2: Array, m: Array, eta_max: Array
) -> Array:
    """Return where in the acceptance the pair lies, in [0, 1], and above 1 beyond it."""
    y1, y2 = _rapidity(pt1, eta1, m), _rapidity(pt2, eta2, m)
    return np.abs(y1 + y2) / _room(pt1, pt2, (y1 - y2) * _mirror(y1, y2), m, eta_max)


def opening_phi(
    mass: Array, pt1: Array, pt2: Array, share: Array, m: Array, eta_max: Array
) -> Array:
    """Return the azimuth between the tracks, in [0, pi]."""
    opening, angle = _opening(mass, pt1, pt2, share, m, eta_max)
    return 2 * np.arcsin(np.minimum(np.sqrt(opening / (pt1 * pt2)) * np.cos(angle), 1))


def opening_eta1(
    mass: Array, pt1: Array, pt2: Array, share: Array, place: Array, m: Array, eta_max: Array
) -> Array:
    """Return the first track's pseudorapidity."""
    return _eta(pt1, 1, _rapidities(mass, pt1, pt2, share, place, m, eta_max), m)


def opening_eta2(
    mass: Array, pt1: Array, pt2: Array, share: Array, place: Array, m: Array, eta_max: Array
) -> Array:
    """Return the second track's pseudorapidity."""
    return _eta(pt2, -1, _rapidities(mass, pt1, pt2, share, place, m, eta_max), m)


def _rapidities(
    mass: Array, pt1: Array, pt2: Array, share: Array, place: Array, m: Array, eta_max: Array
) -> tuple[Array, Array]:
    """Return the sum and the difference of the rapidities."""
    opening, angle = _opening(mass, pt1, pt2, share, m, eta_max)
    along = np.sqrt(opening / (_mt(pt1, m) * _mt(pt2, m))) * np.sin(angle)
    difference = 2 * np.sign(share) * np.arcsinh(along)
    return place * _room(pt1, pt2, difference, m, eta_max), difference


def _eta(pt: Array, sign: int, rapidities: tuple[Array, Array], m: Array) -> Array:
    return np.arcsinh(np.sinh((rapidities[0] + sign * rapidities[1]) / 2) * _mt(pt, m) / pt)


def _mt(pt: Array, m: Array) -> Array:
    return np.hypot(pt, m)


def _rapidity(pt: Array, eta: Array, m: Array) -> Array:
    return np.arcsinh(np.sinh(eta) * pt / _mt(pt, m))


def _mirror(y1: Array, y2: Array) -> Array:
    return np.where(y1 + y2 < 0, -1.0, 1.0)


def _opening(
    mass: Array, pt1: Array, pt2: Array, share: Array, m: Array, eta_max: Array
) -> tuple[Array, Array]:
    """Return mt1 mt2 sinh^2(dy / 2) + pt1 pt2 sin^2(dphi / 2), and its angle towards rapidity."""
    # mt1 mt2 - pt1 pt2, without the difference of two large numbers.
    own = m**2 * (pt1**2 + pt2**2 + m**2) / (_mt(pt1, m) * _mt(pt2, m) + pt1 * pt2)
    opening = (mass**2 / 2 - m**2 - own) / 2
    opening = np.where(opening >= 0, opening, np.nan)
    least, most = _angles(opening, pt1, pt2, m, eta_max)
    return opening, least + np.abs(share) * np.where(most >= least, most - least, np.nan)


def _angles(
    opening: Array, pt1: Array, pt2: Array, m: Array, eta_max: Array
) -> tuple[Array, Array]:
    """Return the least and the largest angle: what phi and the acceptance have room for."""
    slower = _rapidity(np.minimum(pt1, pt2), eta_max, m)
    along = np.sqrt(_mt(pt1, m) * _mt(pt2, m)) * np.sinh(slower)
    with np.errstate(divide="ignore"):
        most = np.arcsin(np.minimum(along / np.sqrt(opening), 1))
    return np.arctan(np.sqrt(np.maximum(opening / (pt1 * pt2) - 1, 0))), most


def _room(pt1: Array, pt2: Array, dy: Array, m: Array, eta_max: Array) -> Array:
    """Return the largest sum of the rapidities at which both tracks are in the acceptance."""
    most1, most2 = _rapidity(pt1, eta_max, m), _rapidity(pt2, eta_max, m)
    return np.minimum(2 * most1 - dy, 2 * most2 + dy)
