"""A pair of particles in coordinates of its own, and back, for the expressions' language.

The angles are those of the first particle in the pair's helicity frame: at rest with the pair, z
along the pair's flight in the laboratory, y along beam x flight. What the five coordinates don't
say is where the pair flies around the beam: `two_body` has it fly at phi = 0.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import vector

Array = np.ndarray


def _cartesian(px: Array, py: Array, pz: Array, mass: Array) -> Any:
    return vector.array({"px": px, "py": py, "pz": pz, "mass": mass})


def two_body(
    mass: Array, pt: Array, rapidity: Array, cos_theta: Array, phi: Array, m1: Array, m2: Array
) -> tuple[Any, Any]:
    """Return the four-vectors of the two particles that a pair decays to.

    Args:
        mass: Mass of the pair, float64, shape (n,).
        pt: Its transverse momentum, in the same unit.
        rapidity: Its rapidity along the beam.
        cos_theta: Cosine of the polar angle of the first particle in the helicity frame.
        phi: Its azimuth there.
        m1: Mass of the first particle.
        m2: Mass of the second.

    Returns:
        Two arrays of `vector`, shape (n,); NaN where there is no such decay: of a pair that is
        lighter than its particles, a negative `pt`, a cosine beyond 1.

    >>> first, second = two_body(*np.array([[91.0], [20], [1], [0.3], [0.5], [0.1], [0.1]]))
    >>> (first + second).mass.round(9).tolist(), (first + second).rapidity.round(9).tolist()
    ([91.0], [1.0])
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        energy = np.hypot(mass, pt) * np.cosh(rapidity)
        along = np.hypot(mass, pt) * np.sinh(rapidity)
        # Källén's function in factors, whose differences don't cancel.
        squares = (mass - m1 - m2) * (mass + m1 + m2) * (mass - m1 + m2) * (mass + m1 - m2)
        momentum = np.sqrt(np.where(mass >= m1 + m2, squares, np.nan)) / (2 * mass)
        across = momentum * np.sqrt((1 - cos_theta) * (1 + cos_theta))
        across = np.where(pt >= 0, across, np.nan)
        flight = np.hypot(pt, along)
        sin, cos = (np.where(flight > 0, side / flight, end) for side, end in ((pt, 0), (along, 1)))
        x, y, z = across * np.cos(phi), across * np.sin(phi), momentum * cos_theta
        px, py, pz = x * cos + z * sin, y, z * cos - x * sin
        pair = vector.array({"px": pt, "py": 0 * pt, "pz": along, "energy": energy})
        return (
            _cartesian(px, py, pz, m1).boost_p4(pair),
            _cartesian(-px, -py, -pz, m2).boost_p4(pair),
        )


def helicity_angles(first: Any, second: Any) -> tuple[Array, Array]:
    """Return the angles of the first of two particles in the helicity frame of both.

    Args:
        first: Its four-vectors, an array of `vector`, shape (n,).
        second: Those of the other.

    Returns:
        The cosine of the polar angle, and the azimuth from -pi to pi, float64, shape (n,). With the
        mass, the transverse momentum and the rapidity of the pair they give all of `two_body`.

    >>> pair = two_body(*np.array([[91.0], [20], [1], [0.3], [0.5], [0.1], [0.1]]))
    >>> [angle.round(9).tolist() for angle in helicity_angles(*pair)]
    [[0.3], [0.5]]
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        pair = first + second
        rest = first.boostCM_of_p4(pair).rotateZ(-pair.phi)
        flight = np.hypot(pair.pt, pair.pz)
        sides = (pair.pt, 0), (pair.pz, 1)
        sin, cos = (np.where(flight > 0, side / flight, end) for side, end in sides)
        x, z = rest.px * cos - rest.pz * sin, rest.px * sin + rest.pz * cos
        return z / np.sqrt(x**2 + rest.py**2 + z**2), np.arctan2(rest.py, x)


def columns(values: Sequence[Any], length: int) -> list[Array]:
    """Return numbers and columns as columns of one length, float64."""
    return [np.broadcast_to(np.asarray(value, np.float64), length) for value in values]
