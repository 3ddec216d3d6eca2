import math

import numpy as np
import pytest
from collapse.figures.advice import forest
from collapse.figures.style import recipe_colours

BETTER = {"covered": True, "auc": False}
RECIPES = ["original", "capable", "stable"]


def row(recipe, metric, difference, low, high, primary=False):
    numbers = {"difference": difference, "low": low, "high": high, "seeds": 4}
    about = {"recipe": recipe, "base": "original", "metric": metric, "primary": primary}
    return about | numbers | {"p_holm": 0.125 if primary else math.nan}


ROWS = [
    row("capable", "covered", 0.4, 0.3, 0.5, primary=True),
    row("stable", "covered", -0.1, -9.0, 8.8, primary=True),
    row("capable", "auc", -0.2, -0.3, -0.1),
    row("stable", "auc", 0.1, math.nan, math.nan),
]


@pytest.fixture(scope="module")
def figure():
    return forest(ROWS, RECIPES, "dimuon", BETTER)


def test_each_outcome_is_a_panel_and_each_piece_a_line(figure, by_gid):
    recall, auc = figure.axes
    assert recall.get_title(loc="left") == "share covered (primary)"
    assert auc.get_title(loc="left") == "classifier AUC"
    assert [label.get_text() for label in recall.get_yticklabels()] == [
        "capable\nagainst original",
        "stable\nagainst original",
    ]
    (point,) = by_gid(recall, "capable")
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (0.4, 0)
    assert point.get_color() == recipe_colours(RECIPES)["capable"]
    (interval,) = by_gid(recall, "capable interval")
    np.testing.assert_allclose(interval.get_xdata(), [0.3, 0.5])


def test_a_wide_interval_leaves_its_panel(figure, by_gid):
    recall = figure.axes[0]
    (interval,) = by_gid(recall, "stable interval")
    np.testing.assert_allclose(interval.get_xdata(), recall.get_xlim())
    assert sorted(mark.get_marker() for mark in by_gid(recall, "beyond")) == ["<", ">"]


def test_without_an_interval_there_is_a_point_alone(figure, by_gid):
    assert by_gid(figure.axes[1], "stable")
    assert not by_gid(figure.axes[1], "stable interval")


def test_the_better_side_is_shaded(figure):
    for axes, side in zip(figure.axes, (1, -1), strict=True):
        (shade,) = axes.patches
        assert sorted([shade.get_x(), shade.get_x() + shade.get_width()]) == pytest.approx(
            sorted([0, side * axes.get_xlim()[1]])
        )


def test_only_the_primary_outcome_has_a_p_value(figure):
    counts = [sum(text.get_text() == "p = 0.12" for text in axes.texts) for axes in figure.axes]
    assert counts == [2, 0]


def test_texts_of_the_forest_do_not_overlap(figure, overlaps):
    assert overlaps(figure) == []


def test_nothing_is_drawn(drawn):
    drawn(forest([], [], "nothing"))
