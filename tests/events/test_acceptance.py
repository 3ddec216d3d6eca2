"""Cuts that generated events must pass."""

import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events.acceptance import MOST, Acceptance, read_counts, take_passing

DERIVED = {"twice": {"expression": "2 * x"}}


def stream(size=100, low=0.0):
    """Pieces of one stream, however much is asked for."""
    for seed in range(10_000):
        yield np.random.default_rng(seed).uniform(low, 1, (size, 1)).astype(np.float32)


def test_the_first_that_pass_are_taken():
    cuts = Acceptance({"high": "x > 0.5", "low": "twice < 1.8"}, DERIVED, ["x"])
    few, many = (take_passing(stream(), cuts, n) for n in (50, 500))
    np.testing.assert_array_equal(few.events, many.events[:50])
    assert ((many.events > 0.5) & (many.events < 0.9)).all()
    assert many.drawn == pytest.approx(500 / 0.4, rel=0.1)
    assert many.failed["all"] == many.drawn - 500
    assert many.failed["high"] == pytest.approx(many.drawn / 2, rel=0.1)
    assert many.failed["low"] == pytest.approx(many.drawn / 10, rel=0.3)


def test_a_generator_that_never_passes_ends():
    passed = take_passing(stream(), Acceptance("x > 2", {}, ["x"]), 300)
    assert (passed.drawn, passed.failed) == (MOST * 300, {"select": MOST * 300, "all": MOST * 300})
    np.testing.assert_array_equal(passed.events[:100], next(stream()))
    assert passed.events.shape == (300, 1)


def test_what_is_no_number_fails_no_cut():
    cuts = Acceptance("x > 0.5", {}, ["x"])
    values = np.array([[np.nan], [0.1], [0.9], [np.inf]], np.float32)
    assert cuts.failing(values)["all"].tolist() == [False, True, False, False]


def test_a_column_that_can_not_be_computed_fails():
    cuts = Acceptance("root > 0.5", {"root": {"expression": "sqrt(x)"}}, ["x"])
    assert cuts.failing(np.array([[-1.0], [1.0]]))["all"].tolist() == [True, False]


def test_counts_are_read_as_they_were_noted():
    passed, attributes = take_passing(stream(), Acceptance("x > 0.5", {}, ["x"]), 100), {}
    assert read_counts(attributes) is None
    passed.note(attributes)
    assert read_counts(attributes) == (passed.drawn, passed.failed)


def test_cuts_are_over_columns_alone():
    with pytest.raises(InputError, match=r"^generated\.select\.fast: 'pt > 3' uses 'pt', which"):
        Acceptance({"fast": "pt > 3"}, {}, ["x"])
