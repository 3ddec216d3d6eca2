import math

import numpy as np
import pytest
from collapse.figures.advice import forest, ranks
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
    return forest(ROWS, RECIPES, BETTER, "dimuon")


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


def values(recipe, epoch, of_seeds, metric="covered"):
    return [
        {"recipe": recipe, "seed": seed, "epoch": epoch, "metric": metric, "feature": ""}
        | {"value": value}
        for seed, value in enumerate(of_seeds)
    ]


TABLE = [
    *values("original", 1, [0.5, 0.6]), *values("capable", 1, [0.2, 0.3]),
    *values("original", 10, [0.4, 0.6]), *values("capable", 10, [0.5, 0.7]),
    *values("original", 100, [0.1, math.nan]), *values("capable", 100, [0.8, 0.9]),
    *values("original", 1, [0.9, 0.9], "auc"), *values("capable", 1, [0.8, 0.8], "auc"),
]  # fmt: skip


def test_ranks_cross_where_the_means_do(by_gid):
    by_recall, by_auc = ranks(TABLE, RECIPES, BETTER, "").axes
    for name, places in {"original": [1, 2, 2], "capable": [2, 1, 1]}.items():
        (line,) = by_gid(by_recall, name)
        np.testing.assert_array_equal(line.get_xdata(), [1, 10, 100])
        np.testing.assert_array_equal(line.get_ydata(), places)
    # Less of it is better.
    assert by_gid(by_auc, "capable")[0].get_ydata()[0] == 1


def test_neighbours_whose_seeds_overlap_are_joined(by_gid):
    axes = ranks(TABLE, RECIPES, BETTER, "").axes[0]
    (bar,) = by_gid(axes, "overlap")
    assert set(bar.get_xdata()) == {10}


def test_texts_of_the_ranks_do_not_overlap(overlaps):
    assert overlaps(ranks(TABLE, RECIPES, BETTER, "")) == []


def test_nothing_is_drawn(drawn):
    drawn(ranks([], [], BETTER, "nothing"))
    drawn(forest([], [], BETTER, "nothing"))
