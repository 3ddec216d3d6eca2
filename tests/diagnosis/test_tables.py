import json

import pytest
from collapse.diagnosis.tables import onset_of, survival_curve, tabulate
from collapse.files import read_csv


def run(seed, onset=None, recovery=None, last=300):
    fall = {
        "onset": onset, "low": 3, "high": 10, "placed_by": "trace", "best": 0.9, "worst": 0.1,
        "recovery": recovery, "censored": False,
    }  # fmt: skip
    return {
        "dataset": "d",
        "recipe": "r",
        "seed": seed,
        "coverage": "recall",
        "checkpoints": [
            {
                "epoch": epoch, "updates": 10 * epoch, "verdict": "imperfect", "coverage": 0.9,
                "auc": 0.6, "findings": [],
            }
            for epoch in (3, last)
        ],
        "falls": [fall] if onset else [],
    }  # fmt: skip


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
        paths[-1].write_text(json.dumps(run(seed, onset)))
    names = ("verdicts", "onset", "survival", "text")
    tabulate(diagnoses=paths, **{name: tmp_path / name for name in names})
    assert [row["epoch"] for row in read_csv(tmp_path / "verdicts")] == ["3", "300"] * 2
    [row] = read_csv(tmp_path / "onset")
    assert (row["runs"], row["collapsed"], row["median_onset"]) == ("2", "1", "8")
    assert "8 (3-10)" in (tmp_path / "text").read_text()
