import math

import numpy as np
import pytest
from collapse.diagnosis.evidence import Evidence, Measured, Region
from collapse.diagnosis.kinds import KINDS, ORDER
from collapse.diagnosis.verdicts import judge

STRENGTHS = {kind.name: kind.strength for kind in KINDS if kind.strength} | {"imperfect": 0.05}


def m(value, floor=0.0, sd=0.01, z=None, error=None):
    z = (value - floor) / sd if z is None else z
    return Measured(value, sd if error is None else error, floor, sd, z)


TRUTH = {
    ("non_finite", ""): m(0.0, sd=0.0, z=0.0),
    ("scaled_units", ""): m(0.0, sd=0.0, z=0.0),
    ("units_factor", "pt"): m(1.0, 1.0),
    ("units_offset", "pt"): m(0.0),
    ("spread_ratio", "pt"): m(1.0, 1.0, 0.02),
    ("spread_ratio", "eta"): m(0.99, 1.0, 0.02),
    ("pile_up", "pt"): m(0.0, sd=0.0, z=0.0),
    ("beyond_high", "pt"): m(0.0002, z=0.0),
    ("outside_support", "pt"): m(0.0, z=0.0),
    ("tail_ratio_q999", "pt"): m(0.97, 1.0, 0.05),
    ("window_fraction", "jpsi"): m(0.2, 0.2),
    ("window_fraction", "z"): m(0.19, 0.19),
    ("mode_tv", ""): m(0.01, 0.01),
    ("correlation_distance", ""): m(0.03, 0.03),
    ("memorisation", ""): m(0.5, 0.5),
    ("copied", ""): m(0.0, 0.0),
    ("repeated", ""): m(0.001, 0.001),
    ("auc", ""): m(0.5, 0.5),
    ("covered", ""): m(1.0, 0.99),
    ("precision", ""): m(0.98, 0.98),
    ("ks", "pt"): m(0.01, 0.01),
    ("ks_within", "pt"): m(0.01, 0.01),
}
POINT = {("spread_ratio", name): m(0.01, 1.0, 0.02) for name in ("pt", "eta")}


def said(change=None, regions=(), **options):
    evidence = Evidence(TRUTH | (change or {}), tuple(regions), {"jpsi": "mass", "z": "mass"})
    return judge(evidence, STRENGTHS, 0.25, **options)


def kinds(change=None, regions=()):
    found = [finding.kind for finding in said(change, regions).findings]
    return [kind for kind in dict.fromkeys(found) if kind != "imperfect"]


def region(real, generated, z, box="eta [0, 1)", **flags):
    ratio = generated / real
    flags = {"tail": False, "displaced": False, "explains": False} | flags
    return Region(box, real, generated, ratio, z, **flags)


def test_truth_is_healthy_and_surely_so():
    found = said()
    assert (found.verdict, found.findings) == ("healthy", [])
    assert found.certainty > 0.95


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (POINT, "point_collapse"),
        ({("window_fraction", "z"): m(0.02, 0.19)}, "modes_missing"),
        ({("pile_up", "pt"): m(0.1, z=30.0)}, "support_truncated"),
        ({("unreachable", "pt"): m(0.37, sd=0.0, z=math.inf)}, "support_truncated"),
        ({("spread_ratio", "eta"): m(0.6, 1.0, 0.02)}, "spread_shrunk"),
        ({("tail_ratio_q999", "pt"): m(0.6, 1.0, 0.05)}, "tail_cut"),
        ({("beyond_high", "pt"): m(0.01, sd=0.001, z=10.0)}, "tail_cut"),
        ({("outside_support", "pt"): m(0.03, z=9.0)}, "outside_support"),
        ({("mode_tv", ""): m(0.2, 0.01)}, "modes_reweighted"),
        ({("window_fraction", "jpsi"): m(0.1, 0.2)}, "modes_reweighted"),
        ({("correlation_distance", ""): m(0.5, 0.03)}, "correlation_lost"),
        ({("memorisation", ""): m(0.9, 0.5)}, "memorised"),
        ({("copied", ""): m(0.3, 0.0)}, "memorised"),
        ({("repeated", ""): m(0.1, 0.001)}, "repeated"),
        ({("non_finite", ""): m(0.8, sd=0.0, z=math.inf)}, "diverged"),
        ({("non_finite", ""): m(0.005, sd=0.0, z=math.inf)}, "non_finite"),
        ({("diverged_step", ""): m(870.0, sd=0.0, z=math.inf)}, "diverged"),
    ],
)
def test_each_kind_is_named_with_its_numbers(change, kind):
    found = said(change)
    assert found.verdict == kind
    assert found.certainty > 0.9
    (metric, feature), measured = list(change.items())[-1]
    first = found.findings[0]
    assert (first.kind, first.metric) == (kind, metric)
    if kind != "point_collapse":
        assert (first.feature, first.value) == (feature, measured.value)
    assert first.effect >= first.strength


@pytest.mark.parametrize(
    "change",
    [
        # Large, but not significant.
        {("tail_ratio_q999", "pt"): m(0.6, 1.0, 0.2)},
        {("window_fraction", "z"): m(0.02, 0.19, 0.1)},
        # Significant, but small.
        {("spread_ratio", "eta"): m(0.95, 1.0, 0.001)},
        {("mode_tv", ""): m(0.05, 0.01, 0.001)},
        # The other way.
        {("spread_ratio", "eta"): m(1.6, 1.0, 0.02)},
        {("memorisation", ""): m(0.2, 0.5)},
        # Not measured.
        {("spread_ratio", "eta"): m(math.nan, 1.0)},
    ],
)
def test_what_is_small_or_not_significant_is_not_named(change):
    assert kinds(change) == []


def test_the_worst_comes_first_and_each_feature_once():
    change = {
        ("window_fraction", "z"): m(0.0, 0.19),
        ("window_fraction", "jpsi"): m(0.01, 0.2),
        ("tail_ratio_q99", "pt"): m(0.5, 1.0, 0.05),
        ("tail_ratio_q999", "pt"): m(0.4, 1.0, 0.05),
    }
    found = said(change).findings
    order = [ORDER.index(finding.kind) for finding in found if finding.kind != "imperfect"]
    assert order == sorted(order)
    assert [f.feature for f in found if f.kind == "modes_missing"] == ["z", "jpsi"]
    assert [f.metric for f in found if f.kind == "tail_cut"] == ["tail_ratio_q999"]


def test_a_truncated_support_comes_before_the_modes_that_it_costs():
    change = {
        ("unreachable", "pt"): m(0.3, sd=0.0, z=math.inf),
        ("window_fraction", "z"): m(0.0, 0.19),
    }
    assert kinds(change)[:2] == ["support_truncated", "modes_missing"]


def test_equal_states_have_equal_verdicts():
    """Nothing but what was measured at a checkpoint plays a part."""
    one, other = said(POINT), said(POINT)
    assert (one.verdict, one.certainty, one.findings) == (
        other.verdict, other.certainty, other.findings,
    )  # fmt: skip


def test_in_other_units_nothing_else_is_told():
    change = POINT | {
        ("scaled_units", ""): m(1.0, sd=0.0, z=math.inf),
        ("units_factor", "pt"): m(20.0, 1.0),
        ("units_offset", "pt"): m(-3.0),
        ("units_factor", "eta"): m(1.0, 1.0),
        ("units_offset", "eta"): m(0.0),
    }
    found = said(change)
    assert found.verdict == "scaled_units"
    [way] = found.findings
    assert (way.kind, way.feature, way.value, way.floor) == ("scaled_units", "pt", 20.0, -3.0)


def test_many_tests_need_more_than_one():
    """By Bonferroni's correction: 5 standard deviations are significant once, not of thousands."""
    one = {("window_fraction", "z"): m(0.02, 0.19, 0.17 / 4.5)}
    assert kinds(one) == ["modes_missing"]
    many = {("window_fraction", f"w{i}"): m(0.2, 0.2) for i in range(3000)}
    assert kinds(one | many) == []


@pytest.mark.parametrize(
    ("flags", "others", "named"),
    [
        ({"explains": True}, {("spread_ratio", "eta"): m(0.6, 1.0, 0.02)}, True),
        # A shrunk feature has missing regions too.
        ({}, {("spread_ratio", "eta"): m(0.6, 1.0, 0.02)}, False),
        ({}, {}, True),
        # A smeared peak is beside its place.
        ({"displaced": True}, {}, False),
        ({"tail": True}, {("beyond_high", "pt"): m(0.1, z=20.0)}, False),
    ],
)
def test_a_region_is_missing_if_events_were_left_out_there(flags, others, named):
    found = kinds(others, [region(0.08, 0.001, -9.0, **flags)])
    assert ("region_missing" in found) == named


def test_a_region_with_a_third_of_its_share_is_a_difference():
    found = said(regions=[region(0.15, 0.05, -9.0)])
    assert found.verdict == "imperfect"
    assert found.findings[0].metric == "region_ratio"


def test_a_cut_is_no_shrunk_spread():
    """Where the events within the generated range are as the real ones there."""
    cut = {
        ("spread_ratio", "pt"): m(0.6, 1.0, 0.02),
        ("beyond_high", "pt"): m(0.1, z=20.0),
        ("ks", "pt"): m(0.1, 0.01),
    }
    assert kinds(cut) == ["tail_cut"]
    assert kinds(cut | {("ks_within", "pt"): m(0.09, 0.01)}) == ["spread_shrunk"]


def test_where_most_events_repeat_nothing_else_is_missing():
    change = {("repeated", ""): m(0.99, 0.001), ("window_fraction", "z"): m(0.0, 0.19)}
    assert kinds(change) == ["repeated"]


def test_copies_of_training_events_are_memorised_though_some_come_twice():
    change = {("copied", ""): m(1.0, 0.0), ("repeated", ""): m(0.13, 0.001)}
    assert kinds(change) == ["memorised"]
    change = {("copied", ""): m(1.0, 0.0), ("repeated", ""): m(0.9, 0.001)}
    assert said(change).verdict == "repeated"


def test_a_constant_feature_is_shrunk_and_lost_its_windows_by_that():
    constant = {("spread_ratio", "mass"): m(0.0, 1.0, 0.02), ("window_fraction", "z"): m(0.0, 0.19)}
    assert said(constant).verdict == "spread_shrunk"
    one_peak = constant | {("spread_ratio", "mass"): m(0.002, 1.0, 0.02)}
    assert said(one_peak).verdict == "modes_missing"


def test_a_constant_feature_of_a_mixture_is_shrunk_too():
    change = {("spread_ratio", "x"): m(0.0, 1.0, 0.02), ("mode_fraction", "(1, 0)"): m(0.0, 0.04)}
    assert said(change).verdict == "spread_shrunk"


def test_a_constant_feature_has_no_edge():
    change = {("spread_ratio", "pt"): m(0.0, 1.0, 0.02), ("pile_up", "pt"): m(1.0, z=30.0)}
    assert said(change).verdict == "spread_shrunk"


def test_what_is_far_from_all_events_has_memorised_none():
    assert kinds({("memorisation", ""): m(0.9, 0.5), ("precision", ""): m(0.1, 0.98)}) == []


@pytest.mark.parametrize(
    ("key", "measured"),
    [
        (("auc", ""), m(0.63, 0.5)),
        (("ks", "pt"), m(0.1, 0.01)),
        (("covered", ""), m(0.8, 0.99)),
        (("precision", ""), m(0.8, 0.98)),
        (("window_fraction", "z"), m(0.16, 0.19, 0.005)),
        (("correlation_distance", ""), m(0.15, 0.03)),
        (("beyond_high", "pt"), m(0.004, z=5.0)),
        (("outside_support", "pt"), m(0.006, z=5.0)),
        (("tail_ratio_q99", "pt"), m(1.3, 1.0, 0.05)),
        (("distinct_values", "pt"), m(0.4, 1.0, 0.001)),
        (("repeated", ""), m(0.04, 0.001, 0.001)),
        (("copied", ""), m(0.04, 0.0, 0.001)),
    ],
)
def test_nothing_is_healthy_because_one_family_is_blind_to_it(key, measured):
    found = said({key: measured})
    assert (found.verdict, found.findings[0].metric) == ("imperfect", key[0])


@pytest.mark.parametrize("sds", [-1, 0, 1])
def test_the_certainty_is_the_probability_that_another_sample_says_the_same(sds):
    """At the strength it is about even, and a standard deviation away as a normal number's."""
    value = 0.8 - 0.02 * sds
    found = said({("spread_ratio", "eta"): m(value, 1.0, 0.02)}, draws=4000)
    shrunk = np.mean(found.drawn == ORDER.index("spread_shrunk"))
    assert shrunk == pytest.approx({-1: 0.159, 0: 0.5, 1: 0.841}[sds], abs=0.03)


def test_counts_are_drawn_as_counts():
    """One event that is no number is none at all in exp(-1) of the samples."""
    evidence = Evidence(TRUTH | {("non_finite", ""): m(1 / 2000, sd=0.0, z=math.inf)}, events=2000)
    found = judge(evidence, STRENGTHS, 0.25, draws=4000)
    assert found.verdict == "non_finite"
    assert found.certainty == pytest.approx(1 - math.exp(-1), abs=0.03)
