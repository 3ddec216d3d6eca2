import base64
import csv
import json

import docutils.core
import pytest
from collapse import report


def finding(kind, metric, feature="", value=0.0, effect=0.5):
    return {"kind": kind, "metric": metric, "feature": feature, "value": value, "effect": effect}


def run(*checkpoints, recipe="original", seed=1, falls=(), dataset="dimuon"):
    """A diagnosis of (epoch, verdict, findings, AUC)."""
    described = [
        {"epoch": e, "updates": e, "verdict": word, "findings": list(found), "auc": auc}
        for e, word, found, auc in checkpoints
    ]
    return {
        "dataset": dataset, "recipe": recipe, "seed": seed, "checkpoints": described,
        "falls": list(falls),
    }  # fmt: skip


def fall(onset, low, high, recovery=None):
    return {"onset": onset, "low": low, "high": high, "recovery": recovery, "placed_by": "trace"}


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
    assert report.sentence(seeds) == (
        "**original**, 2 of 2 seeds: truncated support from the start (eta1: 37 % of events out of "
        "reach) and point collapse by epoch 10 (widest spread 2.0 % of the real one). The coverage "
        "fell at epoch 6 to 7 in 2 of 2; no recovery by 300. At epoch 300 the AUC is 1.00 to 1.00."
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (finding("diverged", "diverged_step", value=870), "divergence by epoch 10 (step 870)"),
        (finding("point_collapse", "birthday_support", value=12),
         "point collapse by epoch 10 (about 12 distinct events)"),
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
    runs = [run((1, "learning", [], 0.9), (10, found["kind"], [found], 0.8))]
    text = f"**original**, 1 of 1 seeds: {said}. At epoch 10 the AUC is 0.80."
    assert report.sentence(runs) == text


def test_the_cause_of_a_truncated_support_is_told_not_its_effect():
    piled = finding("support_truncated", "pile_up", "pt1", 0.999, 0.999)
    reach = finding("support_truncated", "unreachable", "pt1", 0.2, 0.2)
    said = report.sentence(
        [
            run(
                (1, "support_truncated", [CUT, reach], 0.9),
                (9, "support_truncated", [piled, CUT], 1),
            )
        ]
    )
    assert "(eta1: 37 % of events out of reach, pt1: 20 %)" in said


def test_many_features_are_counted():
    cut = [finding("spread_shrunk", "spread_ratio", f"f{i}", 0.1, 0.9 - i / 10) for i in range(5)]
    said = report.sentence([run((1, "learning", [], 0.9), (9, "spread_shrunk", cut, 0.9))])
    assert "(f0: 90 % of the spread is gone, f1: 80 %, f2: 70 %, 2 more)" in said


@pytest.mark.parametrize("word", ["healthy", "imperfect", "learning"])
def test_no_kind_at_all(word):
    runs = [
        run((1, "learning", [], 0.9), (300, word, [], auc), recipe="capable", seed=seed)
        for seed, auc in ((1, 0.61), (2, 0.64))
    ]
    assert report.sentence(runs) == (
        f"**capable**, no collapse and no fault in 2 of 2 seeds; {word} in 2 of 2 at epoch 300. "
        "At epoch 300 the AUC is 0.61 to 0.64."
    )


def test_seeds_that_differ_and_a_recovery():
    learning = (1, "learning", [], 0.9)
    said = report.sentence(
        [
            run(learning, (10, "point_collapse", [POINT], 1), (30, "learning", [], 0.8),
                falls=[fall(8, 1, 10, 30)]),
            run(learning, (10, "imperfect", [], 0.8), (30, "imperfect", [], None), seed=2),
        ]
    )  # fmt: skip
    assert "1 of 2 seeds: point collapse by epoch 10, not after epoch 10" in said
    assert "fell at epoch 8 in 1 of 2; 1 recovered, the first by epoch 30." in said
    assert said.endswith("At epoch 30 the AUC is 0.80.")


def test_a_collapse_before_the_first_count():
    runs = [run((10, "point_collapse", [POINT], 1), falls=[fall(4, 0, 10)])]
    said = report.sentence(runs)
    assert "fell at epoch 4 in 1 of 1, 1 of them before the first count; no recovery by 10." in said
    assert said.endswith("There is only one count, 10: when is not known.")


def test_a_cure_is_told_once():
    cure = {"kind": "support_truncated", "cure": "generator: {head: linear}"}
    found = [{"recipe": name, "findings": [cure, cure]} for name in ("a", "b")]
    assert report.cures([*found, {"recipe": "c", "findings": []}]) == [
        "``generator: {head: linear}`` in **a** and **b**, against truncated support."
    ]


@pytest.fixture
def front(tmp_path):
    """The page of a small study, as docutils makes it."""
    runs = [
        run((1, "support_truncated", [CUT], 0.99), (9, "point_collapse", [POINT], 1)),
        run((1, "learning", [], 0.9), (9, "healthy", [], 0.5), recipe="capable_2"),
    ]
    paths = []
    for i, content in enumerate(runs):
        paths.append(tmp_path / f"{i}.json")
        paths[-1].write_text(json.dumps(content))
    (tmp_path / "reach.json").write_text(json.dumps({"recipe": "original", "findings": []}))
    tests = [
        {
            "recipe": "capable_2",
            "base": "original",
            "primary": "True",
            "p_holm": "0.5",
            "seeds": "1",
        }
    ]
    claims = [{"claim": 'It is "mode collapse", x.', "outcome": "holds", "why": "1 of 1, so"}]
    for name, rows in (("advice", tests), ("claims", claims)):
        with (tmp_path / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    (tmp_path / "map.png").write_bytes(bytes(20_000))
    report.write_front(
        diagnoses=paths, reports=[tmp_path / "reach.json"], advice=tmp_path / "advice.csv",
        claims=tmp_path / "claims.csv", maps=[tmp_path / "map.png"],
        front=tmp_path / "front.rst", latex=tmp_path / "verdicts.tex",
    )  # fmt: skip
    return tmp_path


def test_the_page_is_valid_and_says_all(front):
    settings = {"halt_level": 2, "report_level": 2}
    html = docutils.core.publish_parts(
        "Title\n=====\n\n" + (front / "front.rst").read_text(), writer="html",
        settings_overrides=settings,
    )["html_body"]  # fmt: skip
    assert "<strong>original</strong>, 1 of 1 seeds: truncated support" in html
    assert "<strong>capable_2</strong>, no collapse" in html
    data = base64.b64encode(bytes(20_000)).decode()
    assert f'src="data:image/png;base64,{data}"' in html
    assert "None of 1 comparisons of recipes is significant" in html
    assert "It is &quot;mode collapse&quot;, x." in html


def test_the_key_table_is_latex(front):
    lines = (front / "verdicts.tex").read_text().splitlines()
    assert lines[1] == r"\toprule"
    assert lines[-2:] == [r"\bottomrule", r"\end{tabular}"]
    assert lines[5] == r"dimuon & capable\_2 & 1 & 0 of 1 & none & none & healthy & 0.500 \\"
