import pytest
from collapse.errors import InputError
from collapse.events.expressions import parse

from .chunk import OBJECTS

ATTACKS = [
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "a.__class__",
    "muon[0].__class__",
    "(muon[0] + muon[1]).__dict__",
    "__builtins__",
    "lambda: a",
    "(a := 1)",
    "f'{a}'",
    "'text'",
    "b'bytes'",
    "a + 'text'",
    "True",
    "None",
    "...",
    "1j * a",
    "1e999 * a",
    f"{10**30} * a",
    "9" * 5000,
    "9**9**9**9",
    "a ** 9999",
    "a ** b",
    "2 ** (a * 3)",
    "[a, b]",
    "(a, b)",
    "{a: b}",
    "{a}",
    "[x for x in a]",
    "sum(x for x in a)",
    "a if b else 0",
    "a // 2",
    "a @ b",
    "a << 3",
    "a ^ b",
    "a is b",
    "a in b",
    "a; b",
    "import os",
    "a = 1",
    "await a",
    "yield a",
    "*a",
    "abs(*a)",
    "abs(a, b)",
    "abs(x=a)",
    "eval(a)",
    "open('x')",
    "abs",
    "abs(a)(b)",
    "(abs)(a).real",
    "branch(a)",
    "branch('a', 'b')",
    "branch(f'{a}')",
    "a[b]",
    "a[-1.0]",
    "a[0:2]",
    "a[0, 0]",
    "a[1.5]",
    "a[True]",
    "a[99999]",
    "(a + b)[0]",
    "muon",
    "muon[0]",
    "muon[0] + muon[1]",
    "muon.pt",
    "muon[0] + 1",
    "muon[0] * muon[1]",
    "-muon[0]",
    "muon[0] > 3",
    "abs(muon[0])",
    "sum(muon)",
    "count(muon[0])",
    "muon[muon.pt > 5]",
    "pt[q > 0]",
    "count(pt > 3)",
    "muon[0].flavour",
    "(muon[0] + muon[1]).charge",
    "tau[0].mass",
    "(tau[0] + muon[0]).mass",
    "muno[0].pt",
    "Muon.pt",
    "a.pt",
    "delta_r(a, b)",
    "delta_phi(a, muon[0])",
    "delta_phi(muon, muon)",
    "a > 1 & b > 2",
    "1 + 2",
    "",
    "   ",
    "a +",
    "a b",
    "a\0b",
    "(" * 10_000 + "a" + ")" * 10_000,
    "(" * 500 + "a" + ")" * 500,
    "-" * 1500 + "a",
    "not " * 400 + "a",
    "+".join(["a"] * 900),
    "abs(" * 150 + "a" + ")" * 150,
    "a" + "[0]" * 500,
    "a" * 3000,
    5,
    None,
    ["a"],
]


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: str(text)[:30])
def test_refused(text):
    with pytest.raises(InputError) as caught:
        parse(text, "features.x", OBJECTS)
    message = str(caught.value)
    assert message.startswith("features.x: ")
    assert len(message) < 700


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("muno[0].pt", "Did you mean muon?"),
        ("sqr(a)", "Did you mean sqrt?"),
        ("muon[0].charg", "Did you mean charge?"),
        ("Muon.pt", "branch('Muon.pt')"),
        ("tau[0].mass", "objects.tau has only pt"),
        ("a if b else 0", "Allowed are numbers"),
        ("a > 1 & b > 2", "parentheses"),
        ("count(pt > 3)", "sum(Muon_pt > 20)"),
        ("a +", "can't be parsed"),
        ("2 * (lambda: a)", "'lambda: a' in '2 * (lambda: a)'"),
        ("muon[0].E()", "Instead of .E() write .energy."),
        ("muon[0].Pt()", "Instead of .Pt() write .pt."),
        ("int(a)", "Instead of int write sign(x) * floor(abs(x))."),
        ("np.where(a, b, 0)", "Instead of np.where write where(condition, a, b)."),
        ("np.arctan2(a, b)", "Instead of np.arctan2 write arctan2(a, b)."),
        ("TMath::Abs(a)", "Instead of TMath::Abs write abs(x)."),
        ("Sum$(pt)", "Instead of Sum$ write sum(x)."),
        ("Length$(pt)", "Instead of Length$ write count(x)."),
        ("len(pt)", "Instead of len write count(x)."),
        ("ak.num(pt)", "Instead of ak.num write count(x)."),
        ("pow(a, 2)", "Instead of pow write x ** 2."),
        ("a ^ 2", "Instead of ^ write ** for a power."),
        ("a && b", "Instead of && write `and`."),
        ("a || b", "Instead of || write `or`."),
        ("a > 1 ? b : 0", "Instead of ? : write where(condition, a, b)."),
        ("muon[0]->pt", "Instead of -> write a dot, as in muon[0].pt."),
        ("pt[0:2]", "Instead of [0:2] write [0] for an entry"),
        ("muon", "Take a property, such as muon[0].pt."),
        ("muon.pt", "Take an entry, as in muon[0].pt, or sum"),
    ],
)
def test_refusals_say_what_to_do(text, hint):
    with pytest.raises(InputError) as caught:
        parse(text, "features.x", OBJECTS)
    assert hint in str(caught.value)


def test_only_needed_branches():
    needed = {
        "muon[0].charge": {"pt", "q"},
        "(jet[0] + muon[0]).mass": {"px", "py", "pz", "e", "pt", "eta", "phi", "m"},
        "muon[0].px": {"pt", "eta", "phi", "m"},
        'a + branch("b c")': {"a", "b c"},
    }
    for text, branches in needed.items():
        assert parse(text, "f", OBJECTS).branches == branches


def test_a_named_argument_is_no_comparison():
    with pytest.raises(InputError) as caught:
        parse("ak.sum(pt, axis=1)", "features.x", OBJECTS)
    assert str(caught.value).endswith(
        "Instead of axis= write nothing: sum and count are of each event. Instead of ak.sum write "
        "sum(x)."
    )
