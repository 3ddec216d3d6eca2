import math

import numpy as np
from collapse.figures.ranks import ranks_against_epochs

BETTER = {"covered": True, "auc": False}
RECIPES = ["original", "capable", "stable"]


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
    by_recall, by_auc = ranks_against_epochs(TABLE, RECIPES, "", BETTER).axes
    for name, places in {"original": [1, 2, 2], "capable": [2, 1, 1]}.items():
        (line,) = by_gid(by_recall, name)
        np.testing.assert_array_equal(line.get_xdata(), [1, 10, 100])
        np.testing.assert_array_equal(line.get_ydata(), places)
    # Less of it is better.
    assert by_gid(by_auc, "capable")[0].get_ydata()[0] == 1


def test_neighbours_whose_seeds_overlap_are_joined(by_gid):
    axes = ranks_against_epochs(TABLE, RECIPES, "", BETTER).axes[0]
    (bar,) = by_gid(axes, "overlap")
    assert set(bar.get_xdata()) == {10}


def test_texts_of_the_ranks_do_not_overlap(overlaps):
    assert overlaps(ranks_against_epochs(TABLE, RECIPES, "", BETTER)) == []


def test_nothing_is_drawn(drawn):
    drawn(ranks_against_epochs([], [], "nothing"))
