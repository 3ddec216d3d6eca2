import base64
import json
import math

import docutils.core
import pytest
from collapse.diagnosis.advice import Comparison
from collapse.diagnosis.claims import Claim
from collapse.records import write_records
from collapse.report.sentences import RegionOfRun

from scripts.write_front import write_front
from tests.report.test_sentences import CUT, POINT, fall, run


@pytest.fixture
def front(tmp_path):
    """The page of a small study, as docutils makes it."""
    runs = [
        run(
            (1, "support_truncated", [CUT], 0.99),
            (9, "point_collapse", [POINT], 1),
            falls=[fall(4, 1, 9)],
        ),
        run(
            (1, "imperfect", [], 0.9),
            (9, "healthy", [], 0.5),
            recipe="capable_2",
            outcome="healthy",
        ),
    ]
    paths = []
    for i, content in enumerate(runs):
        paths.append(tmp_path / f"{i}.json")
        content.save(paths[-1])
    (tmp_path / "reach.json").write_text(json.dumps({"recipe": "original", "findings": []}))
    numbers = dict.fromkeys(("mean_base", "mean", "difference", "low", "high"), math.nan)
    compared = Comparison(
        "dimuon", "capable_2", "original", "covered", 9, 1, **numbers, better=True, primary=True,
        p=0.5, p_holm=0.5,
    )  # fmt: skip
    claim = Claim(1, 'It is "mode collapse", x.', "holds", "1 of 1, so")
    box = RegionOfRun("dimuon", "original", 1, 9, "mass [81, 101)", 0.5, 0.0)
    for name, record in (("advice", compared), ("claims", claim), ("regions", box)):
        write_records(tmp_path / f"{name}.csv", type(record), [record])
    (tmp_path / "map.png").write_bytes(bytes(20_000))
    write_front(
        diagnoses=paths, reports=[tmp_path / "reach.json"], advice=tmp_path / "advice.csv",
        claims=tmp_path / "claims.csv", regions=tmp_path / "regions.csv",
        maps=[tmp_path / "map.png"],
        front=tmp_path / "front.rst", latex=tmp_path / "verdicts.tex",
    )  # fmt: skip
    return tmp_path


def test_the_page_is_valid_and_says_all(front):
    settings = {"halt_level": 2, "report_level": 2}
    html = docutils.core.publish_parts(
        "Title\n=====\n\n" + (front / "front.rst").read_text(), writer="html",
        settings_overrides=settings,
    )["html_body"]  # fmt: skip
    assert "<strong>original</strong> collapsed in 1 of 1 seeds" in html
    assert "81 &lt;= mass &lt; 101: 50 % of the real events" in html
    assert "<strong>capable_2</strong> ended healthy" in html
    data = base64.b64encode(bytes(20_000)).decode()
    assert f'src="data:image/png;base64,{data}"' in html
    assert "None of 1 comparisons of recipes is significant" in html
    assert "It is &quot;mode collapse&quot;, x." in html


def test_the_key_table_is_latex(front):
    lines = (front / "verdicts.tex").read_text().splitlines()
    assert lines[1] == r"\toprule"
    assert lines[-2:] == [r"\bottomrule", r"\end{tabular}"]
    assert lines[5] == r"dimuon & capable\_2 & 1 & 0 of 1 & none & none & healthy (1) & 0.500 \\"
