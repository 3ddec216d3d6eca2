import math

import pytest
from collapse.diagnosis.results import Checkpoint, Fall, Finding, Run
from collapse.report import sentences
from collapse.report.sentences import RegionOfRun


def finding(kind, metric, feature="", value=0.0, effect=0.5, floor=0.0):
    return Finding(kind, metric, feature, value, floor, 9.0, effect, 0.1)


def run(
    *checkpoints, outcome="collapsed", recipe="original", seed=1, falls=(), dataset="dimuon",
    certainty=1.0,
):  # fmt: skip
    """A diagnosis of (epoch, verdict, findings, AUC)."""
    points = [
        Checkpoint(e, e, word, 1.0, "steady", 0.9, math.nan if auc is None else auc, list(found))
        for e, word, found, auc in checkpoints
    ]
    return Run(dataset, recipe, seed, 5000, outcome, certainty, points, list(falls))


def fall(onset, low, high, recovery=None):
    return Fall(onset, low, high, "trace", "covered", 0.9, 0.1, recovery, 1.0)


CUT = finding("support_truncated", "unreachable", "eta1", 0.37, 0.37)
POINT = finding("point_collapse", "spread_ratio", "mass", 0.02, 0.98)


def test_the_questions_gan():
    seeds = [
        run(
            (1, "support_truncated", [CUT], 0.99), (10, "point_collapse", [POINT, CUT], 1.0),
            (300, "point_collapse", [POINT, CUT], 1.0), seed=seed, falls=[fall(5 + seed, 1, 10)],
        )
        for seed in (1, 2)
    ]  # fmt: skip
    assert sentences.sentence(seeds) == (
        "**original** collapsed in 2 of 2 seeds. 2 of 2: truncated support from the start (eta1: "
        "37 % of events out of reach) and point collapse by epoch 10 (widest spread 2.0 % of the "
        "real one). The onset of collapse is at epoch 6 to 7 in 2 of them; no recovery by 300. At "
        "epoch 300 the AUC is 1.00 to 1.00."
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (finding("diverged", "diverged_step", value=870), "divergence by epoch 10 (step 870)"),
        (finding("repeated", "repeated", value=0.86, effect=0.86),
         "repeated events by epoch 10 (86 % of the events have another at the same place)"),
        (finding("region_missing", "region_ratio", "mass [81, 101); pt [38, inf)", 0.0, 1.0),
         "missing regions by epoch 10 (81 <= mass < 101, pt >= 38: 100 % of its share is gone)"),
        (finding("outside_support", "outside_support", "mass", 0.03, 0.03),
         "events where no real one lies by epoch 10 "
         "(mass: 3.0 % of the generated events outside the real range)"),
        (finding("non_finite", "non_finite", value=0.005, effect=0.005),
         "events that are not numbers by epoch 10 (0.5 % of the events)"),
        (finding("scaled_units", "units_factor", "pt", 20.0, 3.0, floor=-1.5),
         "events in other units by epoch 10 (pt = 20 x the generated one -1.5)"),
        (finding("support_truncated", "pile_up", "eta1", 0.2, 0.2),
         "truncated support by epoch 10 (eta1: 20 % of events piled up at the edges)"),
        (finding("modes_missing", "window_fraction", "z", 0.001, 0.995),
         "missing modes by epoch 10 (z: 99.5 % of its share is gone)"),
        (finding("spread_shrunk", "spread_ratio", "mass", 0.4, 0.6),
         "shrunk spread by epoch 10 (mass: 60 % of the spread is gone)"),
        (finding("tail_cut", "tail_ratio_q99", "pt1", 0.5, 0.5),
         "cut tails by epoch 10 (pt1: 50 % of the tail is gone)"),
        (finding("modes_reweighted", "mode_tv", value=0.213, effect=0.2),
         "reweighted modes by epoch 10 (total variation 0.21)"),
        (finding("correlation_lost", "correlation_distance", value=0.45),
         "lost correlations by epoch 10 (a coefficient is off by 0.45)"),
        (finding("memorised", "memorisation", value=0.9),
         "memorised training events by epoch 10 "
         "(90 % are nearer to a training event than to a test event)"),
    ],
)  # fmt: skip
def test_each_kind_has_its_words(found, said):
    runs = [run((1, "imperfect", [], 0.9), (10, found.kind, [found], 0.8))]
    text = f"**original** collapsed in 1 of 1 seeds. 1 of 1: {said}. At epoch 10 the AUC is 0.80."
    assert sentences.sentence(runs) == text


def test_the_cause_of_a_truncated_support_is_told_not_its_effect():
    piled = finding("support_truncated", "pile_up", "pt1", 0.999, 0.999)
    reach = finding("support_truncated", "unreachable", "pt1", 0.2, 0.2)
    said = sentences.sentence(
        [
            run(
                (1, "support_truncated", [CUT, reach], 0.9),
                (9, "support_truncated", [piled, CUT], 1),
            )
        ]
    )
    assert "(eta1: 37 % of events out of reach, pt1: 20 %)" in said


def test_words_that_do_not_begin_with_the_number_are_said_again():
    off = [finding("modes_reweighted", "window_fraction", name, 0.5, 0.051) for name in "ab"]
    said = sentences.sentence([run((1, "imperfect", [], 0.9), (9, "modes_reweighted", off, 0.9))])
    assert "(a: its share is off by 5.1 %, b: its share is off by 5.1 %)" in said


def test_events_in_other_units_are_told_the_way_back_and_no_region():
    """Whatever their number: each feature has a line of its own to paste."""
    ways = [finding("scaled_units", "units_factor", f"f{i}", 0.5, 0.7, floor=2e5) for i in range(5)]
    scaled = run((9, "scaled_units", ways, 1.0), outcome="scaled_units")
    row = RegionOfRun("dimuon", "original", 1, 9, "f1 [0, 1)", 0.1, 0.0)
    assert sentences.where_wrong([scaled], [row]) == []
    [said] = sentences.ways_back([scaled])
    assert said.count("x the generated one +200000") == 5
    assert sentences.ways_back([run((9, "healthy", [], 0.5), outcome="healthy")]) == []


def test_many_features_are_counted():
    cut = [finding("spread_shrunk", "spread_ratio", f"f{i}", 0.1, 0.9 - i / 10) for i in range(5)]
    said = sentences.sentence([run((1, "imperfect", [], 0.9), (9, "spread_shrunk", cut, 0.9))])
    assert "(f0: 90 % of the spread is gone, f1: 80 %, f2: 70 %, 2 more)" in said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("healthy", "ended healthy, indistinguishable at n = 5,000"),
        ("imperfect", "ended imperfect"),
    ],
)
def test_no_kind_at_all(word, said):
    runs = [
        run((1, "imperfect", [], 0.9), (300, word, [], auc), recipe="capable", seed=seed,
            outcome=word)
        for seed, auc in ((1, 0.61), (2, 0.64))
    ]  # fmt: skip
    assert sentences.sentence(runs) == (
        f"**capable** {said} in 2 of 2 seeds. At epoch 300 the AUC is 0.61 to 0.64."
    )


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("growing", "is still growing"),
        ("diverged", "diverged"),
        ("collapsed from the start", "collapsed from the start"),
        ("recovered", "collapsed and recovered"),
        ("tail_cut", "ended with cut tails"),
        ("region_missing", "ended with missing regions"),
        ("scaled_units", "is in other units than the real events"),
    ],
)
def test_each_outcome_has_its_words(outcome, said):
    runs = [run((1, "imperfect", [], 0.9), (9, "imperfect", [], 0.9), outcome=outcome)]
    assert sentences.sentence(runs).startswith(f"**original** {said} in 1 of 1 seeds.")


def test_an_outcome_that_is_about_even_is_said_to_be():
    runs = [
        run((1, "imperfect", [], 0.9), (9, "imperfect", [], 0.9), outcome="imperfect",
            certainty=certainty, seed=seed)
        for seed, certainty in ((1, 0.5), (2, 0.95))
    ]  # fmt: skip
    assert "imperfect in 2 of 2 seeds, about even in 1 of them" in sentences.sentence(runs)


def test_seeds_that_differ_and_a_recovery():
    early = (1, "imperfect", [], 0.9)
    said = sentences.sentence(
        [
            run(early, (10, "point_collapse", [POINT], 1), (30, "imperfect", [], 0.8),
                falls=[fall(8, 1, 10, 30)], outcome="recovered"),
            run(early, (10, "imperfect", [], 0.8), (30, "imperfect", [], None), seed=2,
                outcome="imperfect"),
        ]
    )  # fmt: skip
    assert "recovered in 1 of 2 seeds and ended imperfect in 1 of 2 seeds" in said
    assert "1 of 2: point collapse by epoch 10, not after epoch 10" in said
    assert "is at epoch 8 in 1 of them; 1 recovered, the first by epoch 30." in said
    assert said.endswith("At epoch 30 the AUC is 0.80.")


def test_a_collapse_before_the_first_count():
    runs = [run((10, "point_collapse", [POINT], 1), falls=[fall(4, 0, 10)])]
    said = sentences.sentence(runs)
    assert "is at epoch 4 in 1 of them, 1 before the first count; no recovery by 10." in said
    assert said.endswith("There is only one count, 10: when is not known.")


def test_a_collapse_from_the_start_has_no_onset():
    start = Fall(1, 0, 1, "start", "covered", 0.1, 0.0, None, 1.0)
    runs = [
        run((1, "point_collapse", [POINT], 1), (9, "point_collapse", [POINT], 1), falls=[start],
            outcome="collapsed from the start")
    ]  # fmt: skip
    assert "onset" not in sentences.sentence(runs)


def test_the_worst_regions_of_a_recipe_are_told():
    regions = [
        RegionOfRun("dimuon", "original", 1, epoch, f"mass [81, {high})", 0.12, 0.001)
        for epoch, high in ((1, 99), (9, 101), (9, "inf"), (9, 102))
    ]
    [said] = sentences.where_wrong([run((1, "a", [], 1), (9, "b", [], 1))], regions)
    assert said == (
        "**original**, seed 1: 81 <= mass < 101: 12 % of the real events, 0.1 % of the generated; "
        "mass >= 81: 12 % of the real events, 0.1 % of the generated."
    )


def test_a_cure_is_told_once():
    cure = {"kind": "support_truncated", "cure": "generator: {head: linear}"}
    cure["change"] = {"recipes": {"a": {"generator": {"head": "linear"}}}}
    found = [{"recipe": name, "findings": [cure, cure]} for name in ("a", "b")]
    assert sentences.cures([*found, {"recipe": "c", "findings": []}]) == [
        "``generator: {head: linear}`` in **a** and **b**, against truncated support."
    ]


def test_a_cure_of_the_data_is_no_recipes_and_words_are_no_config():
    remove = {"kind": "constant", "cure": "remove datasets.d.features.x"}
    remove["change"] = {"datasets": {"d": {"features": {"x": None}}}}
    words = {"kind": "rare_mode", "cure": "more events of z", "change": None}
    found = [{"recipe": "a", "findings": [f]} for f in (remove, words)]
    assert sentences.cures(found) == [
        "``remove datasets.d.features.x``, against constant.",
        "more events of z in **a**, against rare mode.",
    ]
