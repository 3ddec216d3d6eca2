import math

import pytest
from collapse.diagnosis.results import Checkpoint, Fall, Finding, Run
from collapse.diagnosis.tables import onset_of, survival_curve, tabulate_diagnosis
from collapse.files import read_csv


def run(seed, onset=None, recovery=None, last=300, outcome=None):
    falls = []
    if onset:
        falls = [Fall(onset, 3, 10, "trace", "covered", 0.9, 0.1, recovery, 0.99)]
    outcome = outcome or ("healthy" if not onset else "recovered" if recovery else "collapsed")
    points = [
        Checkpoint(epoch, 10 * epoch, "imperfect", 0.8, "steady", 0.9, 0.6, [])
        for epoch in (3, last)
    ]
    return Run("d", "r", seed, 5000, outcome, 0.97, points, falls)


def test_runs_without_an_onset_are_censored():
    # By hand: 4 at risk at 8, 3 at 20; the others leave at 300 without an onset.
    rows = survival_curve([8, 20, 300, 300], [True, True, False, False])
    assert [row[:2] for row in rows] == [(0, 1.0), (8, 0.75), (20, 0.5), (300, 0.5)]
    assert all(low <= share <= high for _, share, low, high in rows)
    # A run that ended early says nothing of what came after its end.
    rows = survival_curve([8, 10, 20, 300], [True, False, True, False])
    assert dict(row[:2] for row in rows)[20] == pytest.approx(0.75 * 0.5)


@pytest.mark.parametrize("observed", [True, False])
def test_all_or_none_collapsed(observed):
    rows = survival_curve([10, 10, 10], [observed] * 3)
    assert rows[-1][1] == (0.0 if observed else 1.0)
    assert all(0 <= low <= high <= 1 for _, _, low, high in rows)


def test_the_fraction_has_wilsons_interval():
    n, k, fraction, low, high, recovered, median, *_ = onset_of(
        [run(1, 8), run(2, 9, recovery=300), run(3), run(4, 5)]
    )
    assert (n, k, fraction, recovered, median) == (4, 3, 0.75, 1, 8)
    # Wilson's for 3 of 4, from its formula.
    z, p = 1.959964, 0.75
    middle = (p + z**2 / 8) / (1 + z**2 / 4)
    half = z / (1 + z**2 / 4) * (p * (1 - p) / 4 + z**2 / 64) ** 0.5
    assert (low, high) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_the_tables_have_a_row_a_checkpoint_and_a_row_a_recipe(tmp_path):
    paths = []
    for seed, onset in ((1, 8), (2, None)):
        paths.append(tmp_path / f"{seed}.json")
        run(seed, onset).save(paths[-1])
    names = ("verdicts", "outcomes", "onset", "survival", "text")
    tabulate_diagnosis(diagnoses=paths, **{name: tmp_path / name for name in names})
    assert [row["epoch"] for row in read_csv(tmp_path / "verdicts")] == ["3", "300"] * 2
    [row] = read_csv(tmp_path / "onset")
    assert (row["runs"], row["collapsed"], row["median_onset"]) == ("2", "1", "8")
    assert "8 (3-10)" in (tmp_path / "text").read_text()
    first, second = read_csv(tmp_path / "outcomes")
    assert (first["outcome"], first["onset"], first["low"], first["high"]) == (
        "collapsed", "8", "3", "10",
    )  # fmt: skip
    assert (second["outcome"], second["onset"]) == ("healthy", "")
    assert row["outcomes"] == "collapsed 1, healthy 1"


def test_all_falls_are_told(tmp_path):
    falls = [Fall(8, 3, 10, "trace", "covered", 0.9, 0.1, 30, 0.99),
             Fall(90, 30, 100, "counts", "z", 0.9, 0.1, None, 0.7)]  # fmt: skip
    twice = run(1)
    Run(**vars(twice) | {"falls": falls, "outcome": "collapsed"}).save(tmp_path / "run.json")
    names = ("verdicts", "outcomes", "onset", "survival", "text")
    tabulate_diagnosis(
        diagnoses=[tmp_path / "run.json"], **{name: tmp_path / f"{name}.csv" for name in names}
    )
    assert [row["fall"] for row in read_csv(tmp_path / "outcomes.csv")] == ["1", "2"]
    assert "8 (3-10), 90 (30-100)" in (tmp_path / "text.csv").read_text()


def test_the_metric_of_a_row_is_that_of_its_verdict(tmp_path):
    found = [
        Finding("modes_missing", "window_fraction", "z", 0.0, 0.19, -20.0, 1.0, 0.75),
        Finding("spread_shrunk", "spread_ratio", "mass", 0.5, 1.0, -9.0, 0.5, 0.2),
    ]
    point = Checkpoint(3, 30, "modes_missing", 1.0, "steady", 0.9, 0.9, found)
    whole = Run("d", "r", 1, 5000, "modes_missing", 1.0, [point], [])
    whole.save(tmp_path / "run.json")
    names = ("verdicts", "outcomes", "onset", "survival", "text")
    tabulate_diagnosis(
        diagnoses=[tmp_path / "run.json"], **{name: tmp_path / name for name in names}
    )
    [row] = read_csv(tmp_path / "verdicts")
    assert (row["verdict"], row["metric"], row["feature"]) == (
        "modes_missing", "window_fraction", "z",
    )  # fmt: skip
    assert row["kinds"] == "modes_missing spread_shrunk"


def test_a_run_is_read_as_it_was_written(tmp_path):
    found = [Finding("diverged", "diverged_step", "", 870.0, math.nan, math.inf, 870.0, 0)]
    point = Checkpoint(3, 30, "diverged", 1.0, "steady", math.nan, math.nan, found)
    whole = Run("d", "r", 1, 5000, "diverged", 1.0, [point], run(1, 8).falls)
    whole.save(tmp_path / "run.json")
    read = Run.load(tmp_path / "run.json")
    assert read.falls == whole.falls
    assert read.last.verdict == "diverged"
    assert math.isnan(read.last.auc)
    assert read.last.findings[0].value == 870
    read.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "run.json").read_bytes()
