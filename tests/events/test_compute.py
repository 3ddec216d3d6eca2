import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events.compute import Table
from collapse.events.expressions import FUNCTIONS, parse
from collapse.events.jagged import Jagged

from .chunk import COLUMNS, COUNTS, NAN, OBJECTS, A, B, U, mask, table, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", A + B),
        ("a - b", A - B),
        ("a * b", A * B),
        ("a / b", A / B),
        ("a % 2", A % 2),
        ("a ** 2", A**2),
        ("a ** -1", A**-1),
        ("-a", -A),
        ("+a", A),
        ("2 * (a + 1.5)", 2 * (A + 1.5)),
        ("a\n + b", A + B),
        ("abs(a)", np.abs(A)),
        ("sqrt(abs(a))", np.sqrt(np.abs(A))),
        ("exp(a)", np.exp(A)),
        ("log(b * b)", np.log(B * B)),
        ("log10(b * b)", np.log10(B * B)),
        ("log1p(b * b)", np.log1p(B * B)),
        ("sin(a) + cos(a) + tan(a)", np.sin(A) + np.cos(A) + np.tan(A)),
        ("arctan2(a, b)", np.arctan2(A, B)),
        ("sinh(a) + cosh(a) + tanh(a)", np.sinh(A) + np.cosh(A) + np.tanh(A)),
        ("arcsinh(a)", np.arcsinh(A)),
        ("minimum(a, b)", np.minimum(A, B)),
        ("maximum(a, 0)", np.maximum(A, 0)),
        ("where(a > b, a, 0)", np.where(A > B, A, 0)),
        ("floor(a)", np.floor(A)),
        ("delta_phi(a, b)", (A - B + np.pi) % (2 * np.pi) - np.pi),
        ("delta_phi(3.1 + 0 * a, -3.1)", np.full(4, 6.2 - 2 * np.pi)),
        ('branch("odd/name")', A * 2),
        ("count(pt)", COUNTS),
        ("sum(pt)", [14, 0, 15, 4]),
        ("sum(pt > 6)", [1, 0, 2, 0]),
        ("sum(pt * q) + a", np.array([4, 0, 1, -4]) + A),
        ("sum(where(q > 0, pt, a))", [10, 0, 11, 0.5]),
        ("pt[0]", [5, NAN, 1, 4]),
        ("pt[1]", [9, NAN, 7, NAN]),
        ("muon[0].pt", [9, NAN, 7, 4]),
        ("muon[1].pt", [5, NAN, 7, NAN]),
        ("muon[2].pt", [NAN, NAN, 1, NAN]),
        ("muon[0].eta", [-0.4, NAN, 2.0, 0.3]),  # the first stored of the two of pt 7
        ("jet[0].energy", COLUMNS["e"].content[[1, 1, 3, 5]] * [1, NAN, 1, 1]),
        ("muon[1].charge", [-1, NAN, 1, NAN]),
        ("u - 2", [-1, -2, 1, 0]),  # not 255
        ("u * 200", [200, 0, 600, 400]),
        ("delta_phi(muon[0], muon[1])", [2 * np.pi - 6, NAN, 2, NAN]),
        ("delta_r(muon[0], muon[1])", [np.hypot(0.5, 2 * np.pi - 6), NAN, np.hypot(4, 2), NAN]),
    ],
)
def test_values(text, expected):
    np.testing.assert_allclose(values(text), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > b", A > B),
        ("a >= 3", A >= 3),
        ("a < b", A < B),
        ("a <= 0.5", A <= 0.5),
        ("a == 3", A == 3),
        ("a != 3", A != 3),
        ("0 < a < 2", (A > 0) & (A < 2)),
        ("a > 0 and b > 0", (A > 0) & (B > 0)),
        ("a > 2 or b > 3 or u == 2", (A > 2) | (B > 3) | (U == 2)),
        ("not a > 0", A <= 0),
        ("(a > 0) & (b > 0)", (A > 0) & (B > 0)),
        ("(a > 2) | flag", (A > 2) | COLUMNS["flag"]),
        ("~(a > 0)", A <= 0),
        ("~flag", ~COLUMNS["flag"]),
        ("(big & 4) != 0", [True, False, False, True]),
        ("big == 9007199254740993", [False, True, False, False]),
        ("(u & 2) != 0", (U & 2) != 0),
        ("u", U != 0),
        ("not u", U == 0),
        ("f32 == 0.1", [False] * 4),  # 0.1 in float32 is another number
        ("muon[1].pt > 0", [True, False, True, False]),
        ("muon[1].pt <= 0", [False] * 4),
        ("muon[0].charge != muon[1].charge", [True, False, True, False]),
        ("muon[1].pt", [True, False, True, False]),
        ("log(a) > -9", [True, False, True, True]),
        ("1 / (a - 3) > 5", [False, False, True, False]),
        ("1 < 2 and a < 2", A < 2),
    ],
)
def test_masks(text, expected):
    assert mask(text) == list(expected)


def test_four_vectors_in_both_coordinates():
    energy = COLUMNS["e"].content
    momentum = np.stack([COLUMNS[key].content for key in ("px", "py", "pz")])
    first, second = [1, 3], [0, 4]
    total, four = momentum[:, first] + momentum[:, second], energy[first] + energy[second]
    expected = {
        "mass": np.sqrt(four**2 - (total**2).sum(axis=0)),
        "pt": np.hypot(*total[:2]),
        "eta": np.arcsinh(total[2] / np.hypot(*total[:2])),
        "phi": np.arctan2(total[1], total[0]),
        "energy": four,
        "px": total[0],
        "py": total[1],
        "pz": total[2],
    }
    for name, numbers in expected.items():
        for kind in ("muon", "jet"):
            received = values(f"({kind}[0] + {kind}[1]).{name}")
            np.testing.assert_allclose(received[[0, 2]], numbers, rtol=1e-9)
            assert np.isnan(received[[1, 3]]).all()


def test_a_sum_of_three_objects():
    assert values("(muon[0] + muon[1] + jet[2]).pt")[2] > 0


def test_energy_below_momentum_gives_a_negative_mass():
    objects = {"p": {"px": "px", "py": "px", "pz": "px", "energy": "px", "order_by": "px"}}
    events = Table({"px": Jagged(np.array([2.0]), np.array([1]))}, 1, objects, "here")
    assert events.values(parse("p[0].mass", "f", objects)) == pytest.approx(-np.sqrt(8))
    assert not events.mask(parse("p[0].mass > 0", "f", objects))


def test_missing_order_values_come_last():
    objects = {"p": {"pt": "pt", "order_by": "pt"}}
    events = Table({"pt": Jagged(np.array([NAN, 1.0, 2.0]), np.array([3]))}, 1, objects, "here")
    assert [events.values(parse(f"p[{i}].pt", "f", objects))[0] for i in range(2)] == [2, 1]


def test_a_table_of_survivors():
    survivors = table().where(np.array([False, True, True, False]))
    for text in ("muon[0].pt", "pt[0]", "sum(pt)", "a", "(muon[0] + muon[1]).mass", "count(q)"):
        expression = parse(text, "f", OBJECTS)
        expected = table().values(expression)[1:3]
        np.testing.assert_array_equal(survivors.values(expression), expected)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("short", "gives a list per event"),
        ("a[0]", "has one number per event"),
        ("sum(a)", "needs a list per event"),
        ("sum(pt + short)", "different numbers of entries"),
        ("sum(pt[short > 1])", "another number of entries"),
        ("a & b", "needs whole numbers"),
        ("u & 1e3", "needs whole numbers"),
        ("~u", "Write `not`"),
    ],
)
def test_refused_with_the_data(text, hint):
    with pytest.raises(InputError, match=r"features\.x: .* here") as caught:
        values(text)
    assert hint in str(caught.value)


def test_objects_of_other_lengths():
    objects = {"o": {"pt": "pt", "eta": "short", "order_by": "pt"}}
    events = Table(COLUMNS, 4, objects, "here")
    with pytest.raises(InputError, match="different numbers of entries"):
        events.values(parse("o[0].eta", "f", objects))


def test_every_function_is_implemented():
    arguments = {"count": ["pt"], "sum": ["pt"], "branch": ['"a"']}
    arguments["vector"] = [f"{key}=a" for key in ("pt", "eta", "phi", "mass")]
    arguments |= dict.fromkeys(("delta_r", "helicity_cos_theta", "helicity_phi"), ["muon[0]"] * 2)
    ends = {"vector": ".pt", "two_body": "[0].pt"}
    for name, count in FUNCTIONS.items():
        text = f"{name}({', '.join(arguments.get(name, ['a'] * count))}){ends.get(name, '')}"
        assert values(text).shape == (4,)
