"""Hostile configs and expressions: refused when the workflow is parsed, with the key's path."""

import contextlib
import copy
import os
import resource
import subprocess
import sys

import pytest
import yaml
from collapse.errors import InputError
from collapse.events.expressions import FUNCTIONS, Expression, parse
from collapse.planning.config import load_study
from collapse.planning.plain import read_unique
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflow import ROOT, TINY, write_toy

STUDY = yaml.safe_load(TINY.read_text())
QUICK = settings(max_examples=150, deadline=2000, derandomize=True, database=None)
LONG = settings(QUICK, max_examples=20_000, suppress_health_check=list(HealthCheck))


def changed(path, value):
    """The tiny study with one value replaced; a path is keys joined by slashes."""
    study = copy.deepcopy(STUDY)
    *folders, last = path.split("/")
    place = study
    for key in folders:
        place = place.setdefault(key, {})
    place[last] = value
    return study


def nested(depth):
    value = [1]
    for _ in range(depth):
        value = [value]
    return value


def laughs(levels):
    """Nine aliases of nine aliases of ...: 9 ** levels values in a few lines."""
    value = ["ha"] * 9
    for _ in range(levels):
        value = [value] * 9
    return value


def in_itself():
    value = []
    value.append(value)
    return value


FEATURE = "datasets/toy/features/x"
HOSTILE = [
    ("study", "../../etc", "study: "),
    ("study", "a/../../b", "study: "),
    ("study", "a\0b", "study: "),
    ("study", "-rf", "study: "),
    ("study", "$(touch x)", "study: "),
    ("study", "a" * 65, "study: "),
    ("datasets/..", STUDY["datasets"]["toy"], "datasets: "),
    ("datasets/a/b", STUDY["datasets"]["toy"], "datasets"),
    ("recipes/../x", {}, "recipes: "),
    ("recipes/a\n", {}, "recipes: "),
    ("recipes/a b; rm -rf ~", {}, "recipes: "),
    ("scalers/../x", {"kind": "robust"}, "scalers: "),
    ("simulations/../x", {"events": 1, "seed": 1, "fractions": {"jpsi": 1}}, "simulations: "),
    ("evaluation/windows/..", {"feature": "x", "low": 0, "high": 1}, r"evaluation\.windows"),
    ("datasets/toy/files", "shipped:../../etc/passwd", "resources folder"),
    ("datasets/toy/files", "shipped:/etc/passwd", "resources folder"),
    (FEATURE, {"expression": "__import__('os').system('touch pwned')"}, r"features\.x"),
    (FEATURE, {"expression": "x.__class__.__base__.__subclasses__()"}, r"features\.x"),
    (FEATURE, {"expression": "(lambda: x)()"}, r"features\.x"),
    ("datasets/toy/selection", {"a": "open('/etc/passwd')"}, r"selection\.a"),
    ("datasets/toy/weight", "exec('x')", "weight"),
    ("epochs", [10**9], r"epochs\.0: 1000000000 is greater"),
    ("epochs", [float("inf")], r"epochs\.0: expected a finite number"),
    ("leg_epochs", 10**12, "leg_epochs: .* is greater"),
    ("steps_per_epoch", 10**18, "steps_per_epoch: .* is greater"),
    ("seeds", [float("nan")], r"seeds\.0: expected a finite number"),
    ("recovery_seconds", float("nan"), "recovery_seconds: expected a finite number"),
    ("recovery_seconds", float("inf"), "recovery_seconds: expected a finite number"),
    ("recipes/capable/generator/slope", float("nan"), r"recipes\.capable\.generator\.slope"),
    ("recipes/capable/generator/slope", "1e999", r"recipes\.capable\.generator\.slope"),
    ("datasets/toy/sentinels", [-999, float("nan")], r"datasets\.toy\.sentinels\.1"),
    ("datasets/toy/split", {"train": float("nan")}, r"datasets\.toy\.split\.train"),
    ("evaluation/windows/left/high", float("inf"), r"evaluation\.windows\.left\.high"),
    ("seeds", laughs(12), "aliases"),
    ("evaluation", in_itself(), "aliases"),
    ("datasets", nested(200), "aliases"),
    ("study", os.system, "study: expected text, a number"),
    ("datasets/toy/files", [yaml.safe_load("2012-01-01")], r"files\.0: .* Received: a date"),
    ("datasets/toy/features/x/label", b"bytes", r"features\.x\.label"),
    ("datasets/toy/sha256", {"toy.h5": "abc"}, r"datasets\.toy\.sha256\.toy\.h5"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "where"), HOSTILE)
def test_a_hostile_value_is_refused_with_its_key(path, value, where):
    study = changed(path, value)
    with pytest.raises(InputError, match=where) as caught:
        load_study(study, ROOT)
    assert len(str(caught.value)) < 3000


HOSTILE_FILES = {
    "object": "study: !!python/object/apply:os.system ['touch pwned']\n",
    "new": "study: !!python/object/new:os.system ['touch pwned']\n",
    "name": "study: !!python/name:os.system\n",
    "module": "study: !!python/module:antigravity\n",
    "laughs": "a0: &a0 [1, 1]\n"
    + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 15)),
    "itself": "study: &a [*a]\n",
    "twice": "study: a\nstudy: b\n",
}


def bounded():
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_a_hostile_file_runs_nothing(name, tmp_path):
    write_toy(tmp_path / "toy.h5", 10)
    hostile, overlay = TINY.read_text(), HOSTILE_FILES[name]
    if overlay.startswith("study: "):
        hostile = hostile.replace("study: tiny\n", "")
    (tmp_path / "hostile.yaml").write_text(overlay + hostile)
    command = [
        *(sys.executable, "-m", "snakemake", "--dry-run", "-s", ROOT / "Snakefile"),
        *("-d", tmp_path, "--cores", "1", "--configfile", tmp_path / "hostile.yaml"),
    ]
    done = subprocess.run(
        [*map(str, command)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False, timeout=120, preexec_fn=bounded,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert "hostile.yaml" in done.stdout or "config" in done.stdout.lower()
    if name == "twice":  # to which YAML itself doesn't object
        assert "hostile.yaml, line 2: 'study' is there twice." in done.stdout
    assert not (tmp_path / "pwned").exists()
    assert not (ROOT / "pwned").exists()


def test_a_template_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("__use_yte__: true\nstudy: ?1 + 1\n")
    with pytest.raises(InputError, match=r"a\.yaml, line 1: __use_yte__ .* runs code"):
        read_unique(tmp_path / "a.yaml")


# Any text, and text of the pieces that expressions are made of, which gets much further.
PIECES = st.sampled_from([
    *FUNCTIONS, "x", "muon", "muon[0]", ".pt", ".mass", ".__class__", "[0]", "[", "]", "(", ")",
    ",", "+", "-", "*", "**", "/", "%", "<", "==", "!=", " and ", " or ", "not ", "&", "|", "~",
    "lambda", ":", ":=", "for", "if", "else", "'a'", "{", "}", "1", "2.5", "1e400", "0x10", "1j",
    "\n", "\\", "#", ";", "@", "import os", "__import__", "\0", "é",
])  # fmt: skip
OBJECTS = {
    "muon": {"pt": "a", "eta": "b", "phi": "c", "mass": "d", "order_by": "pt"},
    "jet": {"pt": "e", "order_by": "pt"},
}
ALLOWED = {
    "number", "branch", "item", "member", "vector", "vector_sum", "property", "binary", "unary",
    "logic", "compare", "call",
}  # fmt: skip


def kinds(node):
    yield node[0]
    for part in node[1:]:
        if isinstance(part, tuple):
            yield from kinds(part)


def check_expression(text):
    with contextlib.suppress(InputError):
        parsed = parse(text, "features.a", OBJECTS)
        assert isinstance(parsed, Expression)
        assert set(kinds(parsed.node)) <= ALLOWED


EXPRESSIONS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join))


@QUICK
@given(EXPRESSIONS)
def test_an_expression_is_parsed_or_refused(text):
    check_expression(text)


@pytest.mark.long
@LONG
@given(EXPRESSIONS)
def test_twenty_thousand_expressions(text):
    check_expression(text)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.binary(max_size=3),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def places(value, path=()):
    """Every place in a config, as a tuple of keys."""
    yield path
    if not isinstance(value, dict | list):
        return
    for key in value if isinstance(value, dict) else range(len(value)):
        yield from places(value[key], (*path, key))


PLACES = [path for path in places(STUDY) if path]


def check_config(path, value, drop):
    study = copy.deepcopy(STUDY)
    place = study
    for key in path[:-1]:
        place = place[key]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with contextlib.suppress(InputError):
        assert load_study(study, ROOT)["study"] == study["study"]


CHANGES = (st.sampled_from(PLACES), VALUES, st.booleans())


@QUICK
@given(*CHANGES)
def test_a_config_is_loaded_or_refused(path, value, drop):
    check_config(path, value, drop)


@pytest.mark.long
@settings(LONG, max_examples=1000)
@given(*CHANGES)
def test_a_thousand_configs(path, value, drop):
    check_config(path, value, drop)
