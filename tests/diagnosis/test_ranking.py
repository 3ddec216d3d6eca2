import math

from collapse.diagnosis.ranking import Ranking, rank_recipes

RECIPES = ["original", "capable", "stable"]


def rows(metric, epoch, **of_recipes):
    return [
        {"recipe": recipe, "epoch": epoch, "metric": metric, "feature": "", "value": value}
        for recipe, values in of_recipes.items()
        for value in values
    ]


def test_the_best_mean_is_first_by_each_metric_and_epoch():
    table = [
        *rows("auc", 1, capable=[0.6], original=[0.9]), *rows("covered", 10, original=[0.1]),
        *rows("covered", 1, capable=[0.9, 0.9], original=[0.7, 0.8]), *rows("ks", 1, stable=[1.0]),
    ]  # fmt: skip
    assert rank_recipes(table, RECIPES, {"covered": True, "auc": False}) == [
        Ranking("covered", 1, ("capable", "original"), (1.0, 2.0), (False,)),
        Ranking("covered", 10, ("original",), (1.0,), ()),
        Ranking("auc", 1, ("capable", "original"), (1.0, 2.0), (False,)),
    ]


def test_equal_recipes_share_their_rank_in_the_order_of_the_study():
    table = rows("auc", 1, stable=[0.5], capable=[0.5], original=[0.7])
    [found] = rank_recipes(table, RECIPES, {"auc": False})
    assert found.recipes == ("capable", "stable", "original")
    assert found.ranks == (1.5, 1.5, 3.0)


def test_what_is_not_finite_comes_last():
    table = rows("covered", 1, original=[0.9, math.nan], capable=[0.1, 0.2], stable=[math.nan])
    [found] = rank_recipes(table, RECIPES, {"covered": True})
    assert found.recipes == ("capable", "original", "stable")
    assert found.ranks == (1.0, 2.5, 2.5)


def test_overlaps_are_of_seeds_and_none_of_one():
    table = rows("auc", 1, original=[0.5, 0.7], capable=[0.6, 0.8], stable=[0.9, 0.95])
    assert rank_recipes(table, RECIPES, {"auc": False})[0].overlaps == (True, False)
    table = rows("auc", 1, original=[0.5], capable=[0.5])
    assert rank_recipes(table, RECIPES, {"auc": False})[0].overlaps == (False,)
