import numpy as np
import pytest
from collapse.errors import InputError
from collapse.metrics.comparison import draw_events, sizes_of

SETTINGS = {"events": 150, "sample_events": None}


def test_events_are_drawn_the_same_each_time_and_not_cut_off():
    values = np.arange(200)[:, None]
    found = draw_events(values, 150)
    assert np.array_equal(found, draw_events(values, 150))
    assert (np.diff(found[:, 0]) > 0).all()
    assert found[-1] > 150
    assert np.array_equal(draw_events(values, 999), values)


@pytest.mark.parametrize(
    ("changes", "counts", "expected"),
    [
        # The config's number, the test split, a third of all events, the samples.
        ({}, (400, 50, 200), (150, 150)),
        ({"events": 5000}, (1000, 50, 200), (200, 200)),
        ({"events": 5000}, (100, 0, 500), (200, 100)),
        ({"sample_events": 120}, (400, 50, 200), (120, 120)),
    ],
)
def test_sizes_leave_events_for_disjoint_draws(changes, counts, expected):
    sizes = sizes_of(sum(counts), counts[0], counts[2], SETTINGS | changes)
    assert (sizes.events, sizes.memory) == expected
    assert sizes.memory <= sizes.training
    assert 2 * sizes.events + sizes.training <= sum(counts)


def test_too_few_events_are_refused():
    with pytest.raises(InputError, match="The test split has 99 events; at least 100"):
        sizes_of(549, 400, 99, SETTINGS)
