import math

import numpy as np
from collapse.diagnosis.course import Trace
from collapse.diagnosis.evidence import Evidence, Measured
from collapse.diagnosis.kinds import KINDS
from collapse.diagnosis.run import diagnose_run

STRENGTHS = {kind.name: kind.strength for kind in KINDS if kind.strength} | {"imperfect": 0.05}


def evidence(covered=1.0, spread=1.0, lost=0.0, auc=0.5):
    return Evidence(
        {
            ("non_finite", ""): Measured(lost, 0.01, 0.0, 0.0, math.inf if lost else 0.0),
            ("covered", ""): Measured(covered, 0.01, 1.0, 0.01, (covered - 1) / 0.01),
            ("recall", ""): Measured(0.97 * covered, 0.01, 0.97, 0.01, (covered - 1) / 0.01),
            ("distinct", ""): Measured(1.0, 0.001, 1.0, 0.001, 0.0),
            ("spread_ratio", "x"): Measured(spread, 0.01, 1.0, 0.02, (spread - 1) / 0.02),
            ("auc", ""): Measured(auc, 0.01, 0.5, 0.01, (auc - 0.5) / 0.01),
        }
    )


def diagnose(counts, points, trace=None):
    return diagnose_run(
        counts, [0] * len(counts), points, STRENGTHS, 0.25, trace, dataset="d", recipe="r",
        seed=1, events=1000,
    )  # fmt: skip


POINTS = {
    1: evidence(0.5, 0.6, auc=0.95),
    3: evidence(0.8, 0.9, auc=0.8),
    10: evidence(0.95, 1.0, auc=0.6),
    30: evidence(0.1, 0.4, auc=0.99),
    100: evidence(0.96, 1.0, auc=0.55),
}


def told(run):
    return {c.epoch: (c.verdict, c.trend, c.certainty, c.findings) for c in run.checkpoints}


def test_counts_added_later_or_between_change_no_verdict():
    whole = told(diagnose(list(POINTS), list(POINTS.values())))
    early = told(diagnose([1, 3, 10], [POINTS[c] for c in (1, 3, 10)]))
    assert early == {count: whole[count] for count in early}
    sparse = told(diagnose([1, 10, 100], [POINTS[c] for c in (1, 10, 100)]))
    for count, (verdict, _, certainty, findings) in sparse.items():
        assert (verdict, certainty, findings) == (whole[count][0], *whole[count][2:])


def test_a_run_that_falls_and_comes_back():
    run = diagnose(list(POINTS), list(POINTS.values()))
    [fall] = run.falls
    assert (fall.low, fall.high, fall.recovery, fall.placed_by) == (10, 30, 100, "counts")
    assert run.outcome == "recovered"
    assert fall.certainty > 0.9
    assert diagnose([1, 3, 10, 30], list(POINTS.values())[:4]).outcome == "collapsed"


def test_the_trace_places_a_fall_and_shows_one_before_the_first_count():
    epochs = [0, 1, 2, 4, 7, 10, 12, 15, 20, 30]
    full = {"distinct": 1.0, "finite": 1.0}
    parts = [
        full | dict.fromkeys(("covered", "shares", "captured", "spread"), c)
        for c in (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.9, 0.2, 0.1, 0.1)
    ]
    run = diagnose([1, 3, 10, 30], list(POINTS.values())[:4], Trace(epochs, parts, 0.02))
    assert (run.fall.onset, run.fall.placed_by) == (15, "trace")
    low = [evidence(0.1, 0.5, auc=1.0)] * 2
    run = diagnose([30, 100], low, Trace(epochs, parts, 0.02))
    assert (run.fall.low, run.fall.high, run.fall.onset) == (0, 30, 15)
    assert run.outcome == "collapsed"


def test_a_run_that_ends_as_no_numbers():
    run = diagnose([1, 3], [POINTS[10], evidence(math.nan, math.nan, 1.0, math.nan)])
    assert (run.outcome, run.fall.low, run.fall.high) == ("diverged", 1, 3)
    assert [c.verdict for c in run.checkpoints] == ["imperfect", "diverged"]
    assert math.isnan(run.last.coverage)
    always = diagnose([1, 3], [evidence(math.nan, math.nan, 1.0, math.nan)] * 2)
    assert (always.outcome, always.fall.low, always.fall.high) == ("diverged", 0, 1)


def test_a_single_count_is_enough():
    run = diagnose([10], [POINTS[100]])
    assert (run.outcome, run.falls) == ("imperfect", [])
    assert 0 <= run.certainty <= 1
    assert np.isfinite(run.last.auc)
