"""Columns derived from the features."""

import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events import derived as module
from collapse.events.derived import append_derived, derive, derived_names, parse_over_features
from collapse.events.store import create_events, open_events

DERIVED = {"total": {"expression": "x + y"}, "double": {"expression": "2 * total"}}


@pytest.fixture
def table(tmp_path):
    with create_events(tmp_path / "events.h5", ["x", "y"], [6, 2, 2], [("read", 10)]) as matrix:
        matrix[:] = np.arange(20).reshape(10, 2)
    return open_events(tmp_path / "events.h5")


def test_columns_follow_the_features():
    values = np.array([[1, 2], [3, 4]], np.float32)
    found = append_derived(values, ["x", "y"], DERIVED)
    np.testing.assert_array_equal(found, [[1, 2, 3, 6], [3, 4, 7, 14]])
    assert found.dtype == np.float32
    assert derived_names(DERIVED, ["x", "y"]) == ["x", "y", "total", "double"]


def test_nothing_derived_is_nothing_copied(table):
    values = np.ones((2, 1), np.float32)
    assert append_derived(values, ["x"], DERIVED) is values
    assert append_derived(values, ["x"], {}) is values
    assert derive(table, {}) is table


@pytest.mark.parametrize("held", [module._HELD, 3])
def test_a_table_has_them_at_once_or_as_they_are_taken(table, held, monkeypatch):
    monkeypatch.setattr(module, "_HELD", held)
    found = derive(table, DERIVED)
    assert found.names == ["x", "y", "total", "double"]
    assert len(found.values) == 10
    assert found.values.shape == (10, 4)
    x = np.arange(0, 20, 2)
    whole = np.column_stack([x, x + 1, 2 * x + 1, 4 * x + 2])
    np.testing.assert_array_equal(np.asarray(found.values), whole)
    np.testing.assert_array_equal(np.asarray(found.values[::3]), whole[::3])
    np.testing.assert_array_equal(np.asarray(found.split("test")), whole[8:])
    np.testing.assert_array_equal(found.values[np.array([3, 1])], whole[[3, 1]])
    np.testing.assert_array_equal(found.values[:, 2], whole[:, 2])
    np.testing.assert_array_equal(np.sort(found.values, axis=0), whole)


def test_a_real_event_without_a_number_is_the_users_matter(table):
    with pytest.raises(InputError, match=r"^evaluation\.derived\.root: 'sqrt\(x - 4\)' gives no "):
        derive(table, {"root": {"expression": "sqrt(x - 4)"}})


def test_a_generated_one_is_not_finite():
    found = append_derived(np.array([[-1.0]], np.float32), ["x"], {"r": {"expression": "sqrt(x)"}})
    assert np.isnan(found[0, 1])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("xx + y", "uses 'xx', which is no feature. Did you mean x"),
        ("muon[0].pt", "asks for a property of 'muon', which is no object"),
        ("sqrt(", "can't be parsed"),
        ("3", "uses no branch"),
    ],
)
def test_refused(text, hint):
    with pytest.raises(InputError, match=r"^evaluation\.derived\.z: ") as caught:
        parse_over_features(text, "evaluation.derived.z", ["x", "y"])
    assert hint in str(caught.value)
