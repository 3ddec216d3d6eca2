import math

import pytest
from collapse.diagnosis.verdicts import (
    KINDS,
    Finding,
    Measured,
    as_row,
    differences,
    findings,
    verdicts,
)

STRENGTHS = {
    "diverged": 0.01,
    "point_collapse": 0.9,
    "support_truncated": 0.02,
    "spread_shrunk": 0.2,
    "tail_cut": 0.2,
    "modes_reweighted": 0.1,
    "correlation_lost": 0.2,
    "memorised": 0.1,
    "imperfect": 0.05,
}
TRUTH = {
    ("non_finite", ""): Measured(0, 0, 0),
    ("spread_ratio", "pt"): Measured(1.0, 1.0, 0.1),
    ("spread_ratio", "eta"): Measured(0.99, 1.0, -0.5),
    ("pile_up", "pt"): Measured(0.001, 0.0, 0.5),
    ("tail_ratio_q999", "pt"): Measured(0.97, 1.0, -0.3),
    ("window_fraction", "jpsi"): Measured(0.2, 0.2, 0.0),
    ("window_fraction", "z"): Measured(0.19, 0.19, 0.0),
    ("mode_tv", ""): Measured(0.01, 0.01, 0.0),
    ("correlation_distance", ""): Measured(0.03, 0.03, 0.0),
    ("memorisation", ""): Measured(0.5, 0.5, 0.0),
    ("birthday_support", ""): Measured(4000, 4000, 0.0),
    ("auc", ""): Measured(0.5, 0.5, 0.0),
    ("recall", ""): Measured(0.97, 0.97, 0.0),
    ("precision", ""): Measured(0.98, 0.98, 0.0),
    ("ks", "pt"): Measured(0.01, 0.01, 0.0),
}
POINT = {("spread_ratio", name): Measured(0.01, 1.0, -60.0) for name in ("pt", "eta")}


def kinds(change, **options):
    found = findings(TRUTH | change, STRENGTHS, 4, **options)
    return [finding.kind for finding in found]


def test_truth_has_nothing():
    assert kinds({}) == []
    assert differences(TRUTH, STRENGTHS, 4) == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (POINT, "point_collapse"),
        ({("birthday_support", ""): Measured(30.0, 4000.0, -20.0)}, "point_collapse"),
        ({("window_fraction", "z"): Measured(0.02, 0.19, -20.0)}, "modes_missing"),
        ({("pile_up", "pt"): Measured(0.1, 0.0, 30.0)}, "support_truncated"),
        ({("spread_ratio", "eta"): Measured(0.6, 1.0, -20.0)}, "spread_shrunk"),
        ({("tail_ratio_q999", "pt"): Measured(0.6, 1.0, -6.0)}, "tail_cut"),
        ({("mode_tv", ""): Measured(0.2, 0.01, 20.0)}, "modes_reweighted"),
        ({("correlation_distance", ""): Measured(0.5, 0.03, 20.0)}, "correlation_lost"),
        ({("memorisation", ""): Measured(0.9, 0.5, 40.0)}, "memorised"),
        ({("non_finite", ""): Measured(0.5, 0.0, math.inf)}, "diverged"),
    ],
)
def test_each_kind_is_named_with_its_numbers(change, kind):
    found = findings(TRUTH | change, STRENGTHS, 4)
    assert [finding.kind for finding in found] == [kind]
    [((metric, feature), measured)] = list(change.items())[:1]
    assert found[0].metric == metric
    if kind != "point_collapse":
        assert (found[0].feature, found[0].value) == (feature, measured.value)


@pytest.mark.parametrize(
    "change",
    [
        # Large, but not significant.
        {("tail_ratio_q999", "pt"): Measured(0.6, 1.0, -3.0)},
        {("window_fraction", "z"): Measured(0.02, 0.19, -2.0)},
        # Significant, but small.
        {("spread_ratio", "eta"): Measured(0.9, 1.0, -20.0)},
        {("mode_tv", ""): Measured(0.05, 0.01, 20.0)},
        # The other way.
        {("spread_ratio", "eta"): Measured(1.6, 1.0, 20.0)},
        {("memorisation", ""): Measured(0.2, 0.5, -20.0)},
        # Not measured.
        {("spread_ratio", "eta"): Measured(math.nan, 1.0, math.nan)},
    ],
)
def test_what_is_small_or_not_significant_is_not_named(change):
    assert kinds(change) == []


def test_the_worst_comes_first_and_each_feature_once():
    change = POINT | {
        ("window_fraction", "z"): Measured(0.0, 0.19, -30.0),
        ("window_fraction", "jpsi"): Measured(0.01, 0.2, -30.0),
        ("mode_tv", ""): Measured(0.4, 0.01, 20.0),
    }
    found = findings(TRUTH | change, STRENGTHS, 4)
    order = [KINDS.index(finding.kind) for finding in found]
    assert order == sorted(order)
    assert found[0].kind == "point_collapse"
    assert [f.feature for f in found if f.kind == "modes_missing"] == ["z", "jpsi"]
    # That the weights of lost modes are off as well says nothing more.
    assert "modes_reweighted" not in [f.kind for f in found]


@pytest.mark.parametrize(
    ("key", "value", "floor", "sd"),
    [
        (("spread_ratio", "eta"), 0.8, 1.0, 0.02),
        (("tail_ratio_q999", "pt"), 0.8, 1.0, 0.03),
        (("window_fraction", "z"), 0.05, 0.2, 0.02),
        # In quadrature, what noise adds to a distance of 0.1 or 0.2.
        (("mode_tv", ""), math.hypot(0.1, 0.02), 0.02, 0.005),
        (("correlation_distance", ""), math.hypot(0.2, 0.03), 0.03, 0.01),
        (("memorisation", ""), 0.6, 0.5, 0.01),
        (("birthday_support", ""), 40.0, 4000.0, 200.0),
    ],
)
def test_noise_does_not_hide_an_effect_of_the_strength(key, value, floor, sd):
    """Measured 2.3 times the floor's noise too small it is named, 3.2 times it is not."""
    away = math.copysign(sd, floor - value)
    # What is left of a ratio fluctuates less than all of it, and fewer events do.
    if key[0] in ("spread_ratio", "tail_ratio_q999"):
        away *= 0.8
    elif key[0] == "window_fraction":
        away *= math.sqrt(0.25)
    elif key[0] == "birthday_support":
        away *= 0.01
    elif key[0] in ("mode_tv", "correlation_distance"):
        away /= math.sqrt(1 - 2 / math.pi)

    def named(sds):
        shown = value + sds * away
        return kinds({key: Measured(shown, floor, (shown - floor) / sd)})

    assert len(named(0)) == 1
    assert named(2.3) == named(0)
    assert named(3.2) == []


def test_a_tail_is_not_cut_where_the_distribution_is_narrow():
    change = {
        ("spread_ratio", "pt"): Measured(0.5, 1.0, -20.0),
        ("tail_ratio_q999", "pt"): Measured(0.5, 1.0, -9.0),
    }
    assert kinds(change) == ["spread_shrunk"]


def test_a_narrow_distribution_in_many_features_is_no_point():
    assert kinds({("birthday_support", ""): Measured(100.0, 4000.0, -20.0)}) == []


def test_what_is_far_from_all_events_has_memorised_none():
    change = {
        ("memorisation", ""): Measured(0.9, 0.5, 40.0),
        ("precision", ""): Measured(0.1, 0.98, -90.0),
    }
    assert kinds(change) == []


def test_what_the_head_cannot_reach_is_truncated_whatever_the_metrics_say():
    found = findings(TRUTH, STRENGTHS, 4, unreachable={"eta": 0.37, "pt": 0.002})
    assert [(f.kind, f.feature, f.value) for f in found] == [("support_truncated", "eta", 0.37)]
    assert as_row(found[0])["z"] is None


def test_a_difference_without_a_kind_is_imperfect():
    change = {("auc", ""): Measured(0.63, 0.5, 20.0)}
    assert kinds(change) == []
    assert [f.metric for f in differences(TRUTH | change, STRENGTHS, 4)] == ["auc"]


def finding(kind):
    return Finding(kind, "", "", 0.0, 0.0, 0.0, 1.0, 0.1)


def words(named, coverage, auc, fallen=None, different=None, counts=None):
    n = len(named)
    named = [[finding(kind)] if kind else [] for kind in named]
    return verdicts(
        counts or [10**i for i in range(n)],
        named, different or [[finding("imperfect")]] * n, coverage, auc,
        fallen or [False] * n, 0.1, STRENGTHS,
    )  # fmt: skip


def test_modes_that_are_still_missing_while_coverage_rises_are_being_learned():
    said = words(["modes_missing"] * 3, [0.1, 0.4, 0.8], [0.99, 0.99, 0.99])
    assert said == ["learning"] * 3


def test_a_slow_rise_is_seen_over_the_latter_half_of_the_training():
    rising = [0.1, 0.18, 0.26, 0.34]
    said = words(["modes_missing"] * 4, rising, [0.99] * 4, counts=[40, 60, 80, 100])
    assert said == ["learning"] * 4
    # As fast for each epoch, but less than the margin since half of them.
    said = words(["modes_missing"] * 4, rising, [0.99] * 4, counts=[10, 100, 1000, 10_000])
    assert said == ["learning", "learning", "modes_missing", "modes_missing"]


def test_modes_that_stay_missing_are_missing():
    said = words(["modes_missing"] * 3, [0.4, 0.4, 0.4], [0.99, 0.99, 0.99])
    assert said == ["modes_missing"] * 3


def test_in_a_fall_nothing_is_learning_until_it_has_recovered():
    said = words(
        ["", "modes_missing", "modes_missing", ""],
        [0.9, 0.2, 0.5, 0.9],
        [0.6, 0.9, 0.8, 0.6],
        fallen=[False, True, True, False],
    )
    assert said == ["imperfect", "modes_missing", "modes_missing", "learning"]


def test_training_does_not_cure_a_truncated_support():
    assert words(["support_truncated"] * 2, [0.2, 0.8], [1, 0.8]) == ["support_truncated"] * 2


def test_a_fall_is_named_before_what_was_wrong_from_the_start():
    both = [finding("support_truncated"), finding("modes_missing")]
    said = verdicts(
        [1, 10], [both] * 2, [[]] * 2, [0.6, 0.2], [1.0, 1.0], [False, True], 0.1, STRENGTHS
    )
    assert said == ["support_truncated", "modes_missing"]


def test_without_a_kind_a_run_is_healthy_learning_or_imperfect():
    said = words(
        [""] * 4,
        [0.9] * 4,
        [0.8, 0.6, 0.6, 0.6],
        different=[[finding("imperfect")]] * 3 + [[]],
    )
    assert said == ["learning", "learning", "imperfect", "healthy"]


def test_a_stray_event_that_is_no_number_is_no_divergence():
    stray = TRUTH | {("non_finite", ""): Measured(0.0002, 0.0, math.inf)}
    assert findings(stray, STRENGTHS, 4) == []
