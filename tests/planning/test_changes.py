import pytest
from collapse.planning.changes import changed_params, summary

RECIPE = "{'loss': 'hinge', 'generator': {'head': 'tanh'}}"


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ([RECIPE], [RECIPE.replace("tanh", "linear")], ["generator.head: tanh, now linear"]),
        ([RECIPE], [RECIPE[:-1] + ", 'top_k': 3}"], ["top_k: 3 is new"]),
        ([RECIPE[:-1] + ", 'top_k': 3}"], [RECIPE], ["top_k: 3 is gone"]),
        (["[1, 2]"], ["[1, 2, 4]"], ["[1, 2], now [1, 2, 4]"]),
        (["None"], ["5"], ["None, now 5"]),
        (
            ["'0123456789abcdef'", RECIPE],
            ["'fedcba9876543210'", RECIPE.replace("hinge", "saturating")],
            ["the code", "loss: hinge, now saturating"],
        ),
        ([], ["5"], ["5 is new"]),
    ],
)
def test_the_key_that_differs_is_named(before, now, said):
    assert changed_params(before, now) == said


def test_jobs_are_counted():
    change = [RECIPE], [RECIPE.replace("tanh", "linear")]
    assert summary([("train", *change), ("train", *change), ("sample", *change)]) == [
        "train (2 jobs) runs again: generator.head: tanh, now linear",
        "sample (1 job) runs again: generator.head: tanh, now linear",
    ]
