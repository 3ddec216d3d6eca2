import pytest
import yaml
from collapse.diagnosis.evidence import Evidence
from collapse.diagnosis.kinds import BY_NAME, KINDS, ORDER, Findings
from collapse.metrics import suite

from tests.diagnosis.test_verdicts import STRENGTHS, TRUTH, m, region
from tests.workflow import ROOT


@pytest.mark.parametrize("kind", KINDS, ids=ORDER)
def test_every_kind_says_each_number_that_decides_it(kind):
    """A metric without words would stop the report."""
    numbers = {"value": 0.5, "floor": 1.0, "effect": "5 %", "percent": "5 %", "feature": "pt"}
    assert all(words.format(**numbers) for words in kind.detail.values())
    assert kind.group in {"collapse", "fault", "input", "end"}
    assert (kind.strength is None) == (kind.effect == "")
    schema = yaml.safe_load((ROOT / "config/schema.yaml").read_text())
    known = schema["$defs"]["strengths"]["properties"]
    if kind.strength is not None:
        assert known[kind.name]["default"] == kind.strength
        assert known[kind.name]["description"] == kind.effect
    assert (kind.name in known) == (kind.strength is not None)


def test_every_metric_that_decides_has_words():
    settings = {
        "windows": {"jpsi": {"feature": "pt", "low": 0, "high": 1}},
        "modes": {"features": ["pt"], "sd": 1.0, "centres": [[0.0]]},
        "least_mode_share": 0.25,
    }
    everything = dict.fromkeys(suite.keys(["pt"], settings), m(0.1, 0.1)) | TRUTH
    everything |= {("scaled_units", ""): m(1.0), ("unreachable", "pt"): m(0.0)}
    everything |= {("diverged_step", ""): m(0.0), ("outside_acceptance", "all"): m(0.0)}
    found = Findings(Evidence(everything, (region(0.1, 0.1, 0.0),)), STRENGTHS, 0.25)
    for kind in ORDER:
        metrics = {candidate.metric for candidate in found.of(kind)}
        assert metrics, kind
        assert metrics == set(BY_NAME[kind].detail), kind


def test_a_strength_that_is_not_configured_is_the_kinds_own():
    evidence = Evidence({("spread_ratio", "pt"): m(0.85, 1.0)})
    [candidate] = Findings(evidence, {}, 0.25).of("spread_shrunk")
    assert (candidate.least, bool(candidate.holds)) == (BY_NAME["spread_shrunk"].strength, False)
