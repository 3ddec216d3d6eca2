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
