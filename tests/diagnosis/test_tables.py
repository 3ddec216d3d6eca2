from collapse.diagnosis.results import Checkpoint, Fall, Finding, Run
from collapse.diagnosis.tables import outcomes_of, verdicts_of
from collapse.report.tables import readable

from tests.diagnosis.runs import run


def test_all_falls_are_told():
    falls = [Fall(8, 3, 10, "trace", "covered", 0.9, 0.1, 30, 0.99),
             Fall(90, 30, 100, "counts", "z", 0.9, 0.1, None, 0.7)]  # fmt: skip
    twice = Run(**vars(run(1)) | {"falls": falls, "outcome": "collapsed"})
    rows = list(outcomes_of(twice))
    assert [(row.fall, row.onset, row.recovery) for row in rows] == [(1, 8, 30), (2, 90, None)]
    assert {row.outcome for row in rows} == {"collapsed"}
    assert "8 (3-10), 90 (30-100)" in readable([twice])


def test_a_run_without_a_fall_has_a_row():
    [row] = outcomes_of(run(1))
    assert (row.outcome, row.fall, row.onset) == ("healthy", None, None)


def test_the_metric_of_a_row_is_that_of_its_verdict():
    found = [
        Finding("modes_missing", "window_fraction", "z", 0.0, 0.19, -20.0, 1.0, 0.75),
        Finding("spread_shrunk", "spread_ratio", "mass", 0.5, 1.0, -9.0, 0.5, 0.2),
    ]
    point = Checkpoint(3, 30, "modes_missing", 1.0, "steady", 0.9, 0.9, found)
    [row] = verdicts_of(Run("d", "r", 1, 5000, "modes_missing", 1.0, [point], []))
    assert (row.verdict, row.metric, row.feature) == ("modes_missing", "window_fraction", "z")
    assert row.kinds == "modes_missing spread_shrunk"
