from collapse.diagnosis.results import Checkpoint, Fall, Finding, Run
from collapse.files import read_csv

from scripts.tabulate_diagnosis import tabulate_diagnosis
from tests.diagnosis.runs import run

NAMES = ("verdicts", "outcomes", "onset", "survival", "text")


def test_the_tables_have_a_row_a_checkpoint_and_a_row_a_recipe(tmp_path):
    paths = []
    for seed, onset in ((1, 8), (2, None)):
        paths.append(tmp_path / f"{seed}.json")
        run(seed, onset).save(paths[-1])
    tabulate_diagnosis(diagnoses=paths, **{name: tmp_path / name for name in NAMES})
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
    tabulate_diagnosis(
        diagnoses=[tmp_path / "run.json"], **{name: tmp_path / f"{name}.csv" for name in NAMES}
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
    tabulate_diagnosis(
        diagnoses=[tmp_path / "run.json"], **{name: tmp_path / name for name in NAMES}
    )
    [row] = read_csv(tmp_path / "verdicts")
    assert (row["verdict"], row["metric"], row["feature"]) == (
        "modes_missing", "window_fraction", "z",
    )  # fmt: skip
    assert row["kinds"] == "modes_missing spread_shrunk"
