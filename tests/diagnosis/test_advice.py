import math
from itertools import product

import numpy as np
import pytest
from collapse.diagnosis.advice import (
    Value,
    compare,
    find_reversals,
    holm,
    interval,
    outcome,
    sign_flip,
    smallest_effect,
)
from scipy import stats


@pytest.mark.parametrize("seed", range(3))
def test_sign_flip_is_scipys_exact_permutation_test(seed):
    differences = np.random.default_rng(seed).normal(0.4, 1, size=9)
    expected = stats.permutation_test(
        (differences,), lambda x: x.mean(), permutation_type="samples", n_resamples=math.inf
    ).pvalue
    assert sign_flip(differences) == pytest.approx(expected, abs=1e-12)


def test_ten_seeds_that_agree_are_one_in_512():
    assert sign_flip(np.linspace(1, 2, 10)) == 2 / 1024


def test_sign_flip_of_nothing_is_not_a_number_and_of_many_is_drawn():
    assert math.isnan(sign_flip([]))
    assert sign_flip(np.full(30, 1.0)) < 1e-5
    assert 0.3 < sign_flip(np.tile([1.0, -1.0], 15) + 0.1) < 1


def test_under_the_null_one_in_twenty_is_significant():
    rng = np.random.default_rng(0)
    found = np.mean([sign_flip(rng.normal(size=8)) <= 0.05 for _ in range(2000)])
    assert abs(found - 0.05) < 0.015


def test_holm_never_lets_a_larger_p_pass_a_smaller():
    p = [0.001, 0.02, 0.02, 0.5]
    assert holm(p) == pytest.approx([0.004, 0.06, 0.06, 0.5])
    assert holm([]) == []


def test_the_interval_is_students():
    values = [0.1, 0.3, 0.2, 0.6]
    mean, low, high = interval(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (low, high) == pytest.approx((expected.low, expected.high))
    assert mean == pytest.approx(0.3)


def test_the_smallest_effect_is_found_with_the_power_that_it_says():
    effect = smallest_effect(8)
    rng = np.random.default_rng(5)
    power = np.mean([sign_flip(rng.normal(effect, 1, 8)) <= 0.05 for _ in range(500)])
    assert abs(power - 0.8) < 0.06
    assert smallest_effect(10) < effect < smallest_effect(6)


def table(effect_early=0.0, effect_late=0.0, seeds=10, pieces=("piece",)):
    rng = np.random.default_rng(1)
    rows = []
    for seed, epoch in product(range(seeds), (10, 100)):
        base = 0.5 + 0.05 * rng.normal()
        effect = effect_early if epoch == 10 else effect_late
        for recipe in ("base", *pieces):
            value = base + 0.01 * rng.normal() + (effect if recipe != "base" else 0)
            rows += [
                Value("d", recipe, seed, epoch, metric, "", value) for metric in ("covered", "auc")
            ]
    return rows


def primary_of(rows):
    return [row for row in rows if row.primary]


def test_only_the_primary_outcome_has_a_p_value():
    rows = compare(table(effect_late=0.1), {"piece": "base"})
    [primary] = primary_of(rows)
    assert (primary.metric, primary.epoch, primary.seeds) == ("covered", 100, 10)
    assert primary.p == primary.p_holm == 2 / 1024
    assert primary.low < 0.1 < primary.high
    assert all(math.isnan(row.p) for row in rows if not row.primary)
    assert outcome(primary, set()) == "holds"


def test_more_auc_is_worse():
    rows = compare(table(effect_late=0.1), {"piece": "base"})
    better = {row.metric: row.better for row in rows if row.epoch == 100}
    assert better == {"covered": True, "auc": False}


@pytest.mark.parametrize(("effect", "word"), [(-0.1, "fails"), (0.0, "not decidable")])
def test_advice_that_harms_fails_and_no_effect_is_not_decidable(effect, word):
    [primary] = primary_of(compare(table(effect_late=effect), {"piece": "base"}))
    assert outcome(primary, set()) == word


def test_seeds_are_matched():
    rows = [row for row in table() if row.recipe == "base" or row.seed < 4]
    assert {row.seeds for row in compare(rows, {"piece": "base"})} == {4}


def test_holm_is_over_the_pieces():
    rows = compare(
        table(effect_late=0.1, pieces=("a", "b", "c")), {"a": "base", "b": "base", "c": "base"}
    )
    assert [row.p_holm for row in primary_of(rows)] == [3 * 2 / 1024] * 3


def test_a_ranking_that_reverses_is_found():
    rows = compare(table(effect_early=-0.1, effect_late=0.1), {"piece": "base"})
    found = {row.metric: row for row in find_reversals(rows)}
    assert (found["covered"].better_at, found["covered"].worse_at) == ((100,), (10,))
    assert find_reversals(compare(table(effect_late=0.1), {"piece": "base"})) == []
    [primary] = primary_of(rows)
    assert outcome(primary, {("d", "piece")}) == "depends"
