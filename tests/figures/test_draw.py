import numpy as np
import pytest
from collapse.figures import draw
from matplotlib.lines import Line2D


@pytest.fixture
def page():
    return draw.page(4, 3, "a title")


def test_panels_are_placed_in_inches_from_the_upper_left_corner(page):
    box = draw.panel(page, 1, 0.5, 2, 1.5).get_position()
    assert (box.x0 * 4, (1 - box.y1) * 3) == pytest.approx((1, 0.5))
    assert (box.width * 4, box.height * 3) == pytest.approx((2, 1.5))


def test_labels_are_at_the_same_inches_whatever_the_panels_size(page):
    places = []
    for width, height in ((2, 1), (1, 2)):
        axes = draw.panel(page, 1, 0.5, width, height)
        draw.xlabel(axes, "x")
        draw.ylabel(axes, "y")
        (_, below), (beside, _) = (axis.label.get_position() for axis in (axes.xaxis, axes.yaxis))
        places.append((below * height, beside * width))
    assert places == [pytest.approx((-0.205, -0.4))] * 2


@pytest.mark.parametrize(("width", "expected"), [(9, (4, 1)), (3, (2, 2)), (0.5, (1, 4))])
def test_entries_that_do_not_fit_a_line_are_in_columns(width, expected):
    handles = [Line2D([], [], label="ten letter") for _ in range(4)]
    assert draw.legend_columns(handles, width) == expected


def test_a_histogram_and_its_bars_are_an_artist_each(page):
    axes = draw.panel(page, 1, 0.5, 2, 1)
    before = len(axes.get_children())
    steps = draw.steps(axes, np.array([1, 2]), np.array([0, 1, 3]), facecolor="red")
    draw.bars(axes, np.array([0.5, 2]), np.array([0, 1]), np.array([2, 3]))
    assert len(axes.get_children()) == before + 2
    assert steps.get_fill()
    assert not draw.steps(axes, np.ones(1), np.arange(2)).get_fill()


def test_a_colour_bar_is_one_picture(page):
    bar = draw.colour_bar(draw.panel(page, 1, 0.5, 0.1, 2), cmap="gray")
    assert bar.solids.get_rasterized()
    assert bar.extend == "max"
