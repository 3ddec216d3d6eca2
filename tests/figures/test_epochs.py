import numpy as np
import pytest
from collapse.diagnosis.results import Fall
from collapse.figures import draw
from collapse.figures.epochs import Epochs, onset_entry, onset_strip, strip_height


def fall(onset, low, high):
    return Fall(onset, low, high, "trace", "covered", 0.9, 0.1, None, 1.0)


FALLS = {"a": [fall(3, 0, 10), fall(5, 1, 10)], "b": []}


@pytest.fixture
def page():
    return draw.page(3, 2, "")


def test_epoch_zero_takes_half_the_place_of_the_first(page):
    axes = draw.panel(page, 0.5, 0.5, 2, 1)
    Epochs([0, 2, 200]).apply(axes)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert dict(zip(axes.get_xticks(), labels, strict=True)) == {1: "0", 10: "10", 100: "100"}
    low, high = axes.get_xlim()
    assert low < 1 < 200 < high


@pytest.mark.parametrize("counts", [[], [3], [0], np.array([1, 10])])
def test_any_counts_have_an_axis(counts, page, drawn):
    Epochs(counts).apply(draw.panel(page, 0.5, 0.5, 2, 1))
    drawn(page)


def test_only_the_last_row_is_labelled(page):
    axes = draw.panel(page, 0.5, 0.5, 2, 1)
    Epochs([1, 10]).apply(axes, labels=False)
    assert axes.get_xlabel() == ""


def test_onsets_are_ticks_on_their_intervals(page, by_gid):
    epochs = Epochs([0, 1, 10])
    axes = onset_strip(page, 0.5, 0.5, 2, epochs, FALLS, {"a": "red", "b": "blue"})
    assert [line.get_xdata()[0] for line in by_gid(axes, "a onset")] == [3, 5]
    assert not by_gid(axes, "b onset")
    assert [list(line.get_xdata()) for line in by_gid(axes, "interval")] == [[0.5, 10], [1, 10]]
    assert axes.get_xlim() == pytest.approx(epochs.extent.limits)


def test_a_strip_has_a_line_for_each_recipe():
    assert strip_height(FALLS) - strip_height({"a": []}) == pytest.approx(0.085)
    assert onset_entry().get_label() == "onset, its interval"
