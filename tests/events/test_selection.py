import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events.dataset import Columns
from collapse.events.expressions import parse
from collapse.events.selection import Selection, draw_rows
from collapse.events.watch import Watch

from .layouts import write_ttree


@pytest.fixture
def select(tmp_path):
    """Build a selection of a file with the given columns, by expressions."""

    def build(columns, features, selection=None, weight=None, **options):
        path = str(write_ttree(tmp_path / "a.root", columns))
        parsed = Columns(
            {name: parse(text, name, {}) for name, text in features.items()},
            {name: parse(text, name, {}) for name, text in (selection or {}).items()},
            parse(weight, "weight", {}) if weight else None,
            {},
        )
        return Selection(parsed, [(path, "", path)], **options)

    return build


def rows_of(selection, sentinels=()):
    watch = Watch(list(selection.columns.features))
    return np.concatenate(list(selection.rows(sentinels, 1, watch)))


@pytest.mark.parametrize("chunk_bytes", [100, 1 << 20])
def test_each_step_is_counted(select, chunk_bytes):
    x = np.arange(100.0)
    x[[1, 2, 3]] = np.nan, np.inf, 1e300  # the last is beyond float32
    selection = select(
        {"x": x, "k": np.arange(100)}, {"x": "x"}, {"low": "k < 50", "even": "k % 2 == 0"},
        chunk_bytes=chunk_bytes, limit=90,
    )  # fmt: skip
    kept = rows_of(selection, sentinels=[4.0, 10.0])
    assert kept.dtype == np.float32
    assert kept[:, 0].tolist() == [0, *(k for k in range(6, 50, 2) if k != 10)]
    assert selection.cutflow == {
        "read": 90, "low": 50, "even": 25, "non_finite": 24, "sentinel": 22,
    }  # fmt: skip


def test_events_are_kept_in_proportion_to_their_weight(select):
    x = np.random.default_rng(3).uniform(size=40_000)
    selection = select({"x": x, "w": 5 * x}, {"x": "x"}, weight="w")
    kept = rows_of(selection)[:, 0]
    assert list(selection.cutflow) == ["read", "weight", "non_finite", "sentinel"]
    assert len(kept) == pytest.approx(20_000, abs=400)  # mean over maximum of the weights
    expected = np.diff(np.linspace(0, 1, 11) ** 2) * len(kept)  # density 2x
    assert (np.abs(np.histogram(kept, 10, (0, 1))[0] - expected) < 5 * np.sqrt(expected)).all()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -1.0, 1.0, 1.0], r"25\.00% negative ones \(1 of 4 selected events\)"),
        ([1.0, np.nan, 1.0, 1.0], "1 of 4 selected events with none that is finite"),
        ([0.0] * 4, "only zeros"),
    ],
)
def test_weights_refused(select, weights, message):
    columns = {"w": np.tile(weights, 2), "x": np.arange(8.0)}
    with pytest.raises(InputError, match=message):
        rows_of(select(columns, {"x": "x"}, {"first": "x < 4"}, weight="w"))


def test_a_draw_is_the_same_for_any_chunks(select):
    x = np.arange(3000.0)
    x[7] = np.nan
    drawn = [
        draw_rows(select({"x": x}, {"x": "x"}, {"even": "x % 2 == 0"}, chunk_bytes=b), 200)
        for b in (500, 1 << 20)
    ]
    for rows, total in drawn:
        assert (rows.shape, total) == ((200, 1), 1500)
        np.testing.assert_array_equal(rows, drawn[0][0])
    rows, total = draw_rows(select({"x": x}, {"x": "x"}), 5000)
    assert total == len(rows) == 3000
    assert np.isnan(rows[7])
