import logging
from dataclasses import replace

from collapse.diagnosis.advice import Value
from collapse.diagnosis.claims import CLAIMS
from collapse.files import read_csv
from collapse.records import write_records

from scripts.measure_advice import measure_advice
from tests.diagnosis.runs import run
from tests.diagnosis.test_advice import table


def measure(folder, rows, bases, recipe="original"):
    write_records(folder / "metrics.csv", Value, rows)
    replace(run(1, 8), recipe=recipe).save(folder / "run.json")
    names = ("advice", "reversals", "claims")
    measure_advice(
        metrics=folder / "metrics.csv", diagnoses=[folder / "run.json"], bases=bases,
        changes={name: ["batches"] for name in bases}, **{name: folder / name for name in names},
    )  # fmt: skip
    return [read_csv(folder / name) for name in names]


def test_a_piece_of_advice_that_reverses(tmp_path):
    rows = table(effect_early=-0.1, effect_late=0.1)
    advice, reversals, claims = measure(tmp_path, rows, {"piece": "base"})
    [primary] = [row for row in advice if row["primary"] == "True"]
    assert (primary["metric"], primary["better"], primary["seeds"]) == ("covered", "True", "10")
    assert {row["p"] for row in advice if row["primary"] == "False"} == {""}
    found = {row["metric"]: (row["better_at"], row["worse_at"]) for row in reversals}
    assert found == {"covered": ("100", "10"), "auc": ("10", "100")}
    assert [row["claim"] for row in claims] == list(CLAIMS)
    assert claims[5]["outcome"] == "depends"


def test_a_study_without_advice_has_tables_with_columns_alone(tmp_path, caplog):
    """And without the GAN of the claims it says nothing of them, nor of no seeds."""
    with caplog.at_level(logging.INFO):
        advice, reversals, claims = measure(tmp_path, table(), {}, recipe="mine")
    assert advice == reversals == claims == []
    assert "seeds find a difference" not in caplog.text
    assert (tmp_path / "advice").read_text().startswith("dataset,recipe,base,metric,epoch,seeds,")
