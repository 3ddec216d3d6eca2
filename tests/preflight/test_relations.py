"""Features that the others determine."""

import pytest
import yaml
from collapse.preflight.inspect import as_line
from collapse.preflight.relations import propose

from tests.preflight import studies

MUONS = {
    "pt1": "muon[0].pt", "pt2": "muon[1].pt", "eta1": "muon[0].eta", "eta2": "muon[1].eta",
    "m": "(muon[0] + muon[1]).mass",
}  # fmt: skip
VECTORS = (
    "(vector(pt=pt1, eta=eta1, phi={}, mass=0.10566)"
    " + vector(pt=pt2, eta=eta2, phi={}, mass=0.10566)).mass"
)


@pytest.mark.parametrize(
    ("more", "phis"),
    [
        ({"d": "abs(delta_phi(muon[0], muon[1]))"}, ("d", "0")),
        ({"f1": "muon[0].phi", "f2": "muon[1].phi"}, ("f1", "f2")),
    ],
)
def test_the_mass_of_two_objects_is_proposed(more, phis):
    proposed = {"m_of_others": {"expression": VECTORS.format(*phis)}}
    assert propose(MUONS | more) == proposed
    assert yaml.safe_load(as_line({"evaluation": proposed})) == {"evaluation": proposed}


def test_nothing_is_proposed_of_what_is_not_known():
    assert propose(MUONS) is None
    assert propose({"x": "x", "y": "y"}) is None


def test_the_preflight_tells(root):
    given = studies.columns()
    given["total"] = given["a"] + given["b"] + given["c"]
    report = studies.make_study(root, given, capable={}).report("capable")
    found = studies.find(report, "relation")
    assert "total" in found["features"]
    assert "`relation_broken`" in found["finding"]
    assert found["cure"].startswith("derive ")
    assert found["value"] < 1e-6
    assert "relation" not in studies.kinds(
        studies.make_study(root, studies.columns(), capable={}).report("capable")
    )
