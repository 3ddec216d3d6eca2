import pytest
import yaml
from collapse.diagnosis.evidence import Evidence
from collapse.diagnosis.kinds import BY_NAME, KINDS, ORDER, Findings

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
    everything = {
        **TRUTH,
        **{("unreachable", "pt"): m(0.0), ("mode_fraction", "a"): m(0.1, 0.1)},
        **{("diverged_step", ""): m(0.0), ("scaled_units", ""): m(1.0)},
        **{(f"tail_ratio_q{q}", "pt"): m(1.0, 1.0) for q in ("01", "99", "999")},
        ("beyond_low", "pt"): m(0.0),
    }
    found = Findings(Evidence(everything, (region(0.1, 0.1, 0.0),)), STRENGTHS, 0.25)
    for kind in ORDER:
        metrics = {candidate.metric for candidate in found.of(kind)}
        assert metrics <= set(BY_NAME[kind].detail), kind
        assert metrics, kind
