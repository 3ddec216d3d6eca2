import subprocess
import sys
from pathlib import Path

import pytest
from collapse.figures.listed import COMPARISON_FIGURES, ComparedRecipes

ROOT = Path(__file__).resolve().parents[2]
METRICS = [
    {"recipe": recipe, "seed": seed, "epoch": epoch, "metric": metric, "feature": feature}
    | {"value": 1 / epoch, "floor_mean": 0.1, "floor_sd": 0.01}
    for recipe in ("original", "capable")
    for seed in (1, 2)
    for epoch in (1, 10, 100)
    for metric, feature in (("covered", ""), ("auc", ""), ("window_fraction", "z"))
]
ADVICE = [
    {"recipe": "capable", "base": "original", "metric": "covered", "epoch": epoch, "seeds": 2}
    | {"difference": 0.1, "low": 0.0, "high": 0.2, "primary": epoch == 100, "p_holm": 0.5}
    for epoch in (1, 10, 100)
]


@pytest.fixture(scope="module")
def compared(study):
    tables = {"metrics": METRICS, "advice": ADVICE}
    return ComparedRecipes(
        dataset="dimuon", recipes=study.RECIPES, labels={"z": "$Z$"}, runs=study.RUNS, history=[],
        tables=tables | {"survival": study.SURVIVAL, "onset": study.ONSET},
    )  # fmt: skip


@pytest.mark.parametrize("listed", COMPARISON_FIGURES, ids=lambda listed: listed.name)
def test_each_is_drawn_from_the_tables_that_it_names(listed, compared, drawn, texts):
    of = ComparedRecipes(
        **vars(compared) | {"tables": {name: compared.tables[name] for name in listed.tables}}
    )
    figure = listed.draw(of)
    assert any(text.endswith(", dimuon") for text in texts(figure))
    drawn(figure)


@pytest.mark.parametrize("listed", COMPARISON_FIGURES, ids=lambda listed: listed.name)
def test_each_has_a_caption_if_it_is_in_the_report(listed):
    assert (ROOT / f"report/{listed.name}.rst").is_file() == bool(listed.category)


def test_names_are_different():
    assert len({listed.name for listed in COMPARISON_FIGURES}) == len(COMPARISON_FIGURES)


def test_advice_is_that_of_the_last_count(compared, texts):
    [listed] = [listed for listed in COMPARISON_FIGURES if listed.name == "advice"]
    assert "What a change does by epoch 100, dimuon" in texts(listed.draw(compared))


def test_falls_are_of_each_recipe_in_order(compared):
    assert {name: len(falls) for name, falls in compared.falls.items()} == {
        "original": 2, "slow_discriminator": 0, "capable": 0,
    }  # fmt: skip


def test_the_list_costs_no_import():
    code = (
        "import sys; import collapse.figures.listed; "
        "print({'numpy', 'matplotlib', 'h5py'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", text=True, capture_output=True,
        check=True,
    )  # fmt: skip
    assert done.stdout == "set()\n"
