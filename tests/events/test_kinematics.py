"""A pair in coordinates of its own, and back."""

import numpy as np
import pytest
import vector
from collapse.errors import InputError
from collapse.events.compute import Table
from collapse.events.expressions import parse
from collapse.events.kinematics import helicity_angles, two_body

MUON = 0.1056583745
PAIR = "two_body(mass, pt, rapidity, cos_theta, phi, 0.1056583745, 0.1056583745)"


def pairs(n=20_000):
    rng = np.random.default_rng(0)
    return {
        "mass": 10 ** rng.uniform(0.3, 2.3, n),
        "pt": 10 ** rng.uniform(-1, 2.3, n),
        "rapidity": rng.uniform(-2.5, 2.5, n),
        "cos_theta": rng.uniform(-1, 1, n),
        "phi": rng.uniform(-np.pi, np.pi, n),
    }


def computed(text, columns, objects=None):
    table = Table(columns, len(next(iter(columns.values()))), objects or {}, "here")
    return table.values(parse(text, "features.x", objects or {}))


def test_there_and_back():
    given = pairs()
    first, second = two_body(*given.values(), np.full(20_000, MUON), np.full(20_000, 2 * MUON))
    pair, angles = first + second, helicity_angles(first, second)
    found = (pair.mass, pair.pt, pair.rapidity, *angles)
    for (name, value), back in zip(given.items(), found, strict=True):
        np.testing.assert_allclose(back, value, rtol=1e-9, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(first.mass, MUON)
    np.testing.assert_allclose(second.mass, 2 * MUON)


def test_of_the_frame_as_it_is_defined():
    """Against axes and a boost written out, whichever way the pair flies around the beam."""
    rng = np.random.default_rng(1)
    one, two = (
        vector.array({"px": x, "py": y, "pz": z, "mass": np.full(1000, MUON)})
        for x, y, z in rng.normal(0, 20, (2, 3, 1000))
    )
    pair = one + two
    flight = np.array([pair.px, pair.py, pair.pz]) / pair.p
    normal = np.cross([0, 0, 1], flight.T).T
    normal /= np.linalg.norm(normal, axis=0)
    momentum = np.array([one.px, one.py, one.pz])
    gamma, speed = pair.energy / pair.mass, pair.p / pair.energy
    along = gamma * ((momentum * flight).sum(axis=0) - speed * one.energy)
    x = (momentum * np.cross(normal.T, flight.T).T).sum(axis=0)
    y = (momentum * normal).sum(axis=0)
    cos_theta, phi = helicity_angles(one, two)
    np.testing.assert_allclose(cos_theta, along / np.sqrt(x**2 + y**2 + along**2), atol=1e-9)
    np.testing.assert_allclose(phi, np.arctan2(y, x), atol=1e-9)


def test_muons_come_back_from_their_pair_by_expressions():
    rng = np.random.default_rng(2)
    muons = {
        "pt1": rng.uniform(20, 50, 1000), "pt2": rng.uniform(3, 20, 1000),
        "eta1": rng.normal(size=1000), "eta2": rng.normal(size=1000),
        "dphi": rng.uniform(0, np.pi, 1000),
    }  # fmt: skip
    first = f"vector(pt=pt1, eta=eta1, phi=dphi, mass={MUON})"
    second = f"vector(pt=pt2, eta=eta2, phi=0, mass={MUON})"
    both = f"({first} + {second})"
    pair = {
        **{key: computed(f"{both}.{key}", muons) for key in ("mass", "pt", "rapidity")},
        "cos_theta": computed(f"helicity_cos_theta({first}, {second})", muons),
        "phi": computed(f"abs(helicity_phi({first}, {second}))", muons),
    }
    back = {
        "pt1": f"{PAIR}[0].pt", "pt2": f"{PAIR}[1].pt",
        "eta1": f"{PAIR}[0].eta", "eta2": f"{PAIR}[1].eta",
        "dphi": f"abs(delta_phi({PAIR}[0], {PAIR}[1]))",
    }  # fmt: skip
    for name, text in back.items():
        np.testing.assert_allclose(computed(text, pair), muons[name], rtol=1e-9, err_msg=name)


def test_made_vectors_are_added_to_those_of_events():
    columns = {"pt": np.array([3.0, 4.0])}
    energy = "vector(px=pt, py=0, pz=0, energy=5).mass"
    np.testing.assert_allclose(computed(energy, columns), [4.0, 3.0])
    total = "(vector(px=pt, py=0, pz=0, energy=5) + vector(px=-pt, py=0, pz=0, energy=5)).mass"
    np.testing.assert_allclose(computed(total, columns), 10.0)


@pytest.mark.parametrize(
    "change", [{"mass": 0.2}, {"pt": -1.0}, {"cos_theta": 1.1}, {"rapidity": np.nan}]
)
def test_what_can_not_be_is_not_a_number(change):
    good = {"mass": 3.0, "pt": 5.0, "rapidity": 1.0, "cos_theta": 0.5, "phi": 1.0}
    columns = {key: np.array([value]) for key, value in (good | change).items()}
    assert np.isfinite(computed(f"{PAIR}[0].pt", {k: np.array([v]) for k, v in good.items()}))
    assert np.isnan(computed(f"{PAIR}[0].pt", columns)).all()


def test_a_pair_at_rest():
    columns = {key: np.zeros(1) for key in ("pt", "rapidity", "phi")}
    columns |= {"mass": np.array([90.0]), "cos_theta": np.array([0.5])}
    np.testing.assert_allclose(computed(f"cos(2 * arctan(exp(-{PAIR}[0].eta)))", columns), 0.5)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("vector(pt, eta, phi, mass).mass", "each by its name, such as vector(pt=pt1, "),
        ("vector(pt=pt, eta=1, phi=0).mass", "and mass or energy"),
        ("vector(pt=pt, eta=1, phi=0, mass=1, charge=1).mass", "each by its name"),
        ("vector(pt=pt, eta=1, phi=0, mass=0)", "is an object rather than a number"),
        ("two_body(mass, pt, 0, 0, 0, 0)[0].pt", "must have 7 arguments"),
        (PAIR, "is an object rather than a number"),
        (f"{PAIR}.pt", "Take one of them, as in two_body(...)[0].pt"),
        (f"{PAIR} + 1", "is two particles"),
        (f"2 * {PAIR}", "is two particles"),
        (f"{PAIR}[2].pt", "is two particles"),
        (f"delta_r({PAIR}, {PAIR})", "is two particles"),
        (f"{PAIR}[0].charge", "asks for 'charge', which it doesn't have"),
        ("helicity_phi(pt, mass)", "must be given two objects"),
        ("vector(pt=muon.pt, eta=1, phi=0, mass=0).mass", "gives a list per event"),
    ],
)
def test_refused(text, hint):
    muon = {"pt": "mu_pt", "eta": "mu_eta", "phi": "mu_phi", "mass": "mu_m", "order_by": "pt"}
    with pytest.raises(InputError, match=r"^features\.x: ") as caught:
        parse(text, "features.x", {"muon": muon})
    assert hint in str(caught.value)
