import numpy as np
from collapse.preflight.summary import HEADER, rows_of, summarise

from tests.preflight.studies import N, columns, find, make_study


def test_a_long_cure_is_told_in_full_below_the_table(root):
    report = make_study(root, columns(**{f"constant{i}": np.full(N, i) for i in range(14)})).report(
        "capable"
    )
    text = summarise([report])
    assert max(map(len, text.splitlines())) <= 130
    assert "remove datasets.toy.features.constant0, ...\n" in text
    found = find(report, "constant")
    assert found["cure"].endswith("datasets.toy.features.constant13")
    assert found["cure"] in " ".join(text.split())


def test_a_recipe_without_findings_has_a_row(root):
    report = make_study(root, columns()).report("capable")
    assert rows_of(report) == [["toy", "capable", 0, 0.5, "", "", "", "", ""]]
    rows = rows_of(make_study(root, columns()).report("original"))
    assert dict(zip(HEADER, rows[0], strict=True))["kind"] == "support_truncated"
