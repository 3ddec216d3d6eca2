import logging

import numpy as np
from collapse.events.split import hash_rows
from collapse.events.watch import Watch


def warnings_of(caplog, features, chunk=37):
    """What is logged of columns that pass in chunks, in the order of the warnings."""
    watch = Watch(list(features))
    rows = np.column_stack(list(features.values())).astype(np.float64)
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        finite = np.isfinite(part)
        watch.see_finite(finite)
        watch.see_rows(part[finite.all(axis=1)])
        watch.see_hashes(hash_rows(part[finite.all(axis=1)], 1))
    with caplog.at_level(logging.WARNING):
        watch.report()
    return [record.getMessage() for record in caplog.records]


RNG = np.random.default_rng(0)
X = RNG.normal(size=400)


def test_what_is_odd_is_named_in_order(caplog):
    features = {
        "x": X, "again": X + 0, "one": np.ones(400), "k": np.arange(400),
        "id": 2**53 - np.arange(400),  # float32 can't tell these apart
        "w": RNG.exponential(size=400),
    }  # fmt: skip
    messages = warnings_of(caplog, features)
    assert [message.split()[0] for message in messages] == [
        "features.one", "features.x", "features.k", "features.id", "features.id",
    ]  # fmt: skip
    assert messages[0] == "features.one is 1 in all events. Remove it."
    assert messages[1] == "features.x and features.again are equal. Remove one."
    assert "counts up or down" in messages[2]


def test_what_is_not_finite_is_counted(caplog):
    holes = np.where(np.arange(400) % 100 == 3, np.nan, X)
    (message,) = warnings_of(caplog, {"x": holes, "w": X**2})
    assert message.startswith("features.x was not finite in 4 events, which were dropped.")


def test_repeated_rows(caplog):
    (message,) = warnings_of(caplog, {"x": np.tile(X[:100], 5)})
    assert message.startswith("80.0 % of the rows repeat another one exactly.")


def test_nothing_to_warn_of(caplog):
    assert warnings_of(caplog, {"x": X, "w": X**2}) == []
    few = np.arange(9)
    assert warnings_of(caplog, {"count": few}) == [], "too few to tell"


def test_what_float32_rounds_is_told_with_its_size(caplog):
    n = 400
    features = {
        "run": RNG.integers(190_000, 210_000, n),  # exact in float32
        "event": RNG.integers(0, 2_000_000_000, n),
        "time": 1.7e9 + RNG.uniform(0, 1000, n),
        "pt": RNG.exponential(20, n),
    }
    messages = warnings_of(caplog, features)
    assert [message.split()[0] for message in messages] == ["features.event", "features.time"]
    assert "which float32 rounds by up to 6" in messages[0]
    assert "values up to 1700000" in messages[1]
    assert "subtract its least value, 17000000" in messages[1]
