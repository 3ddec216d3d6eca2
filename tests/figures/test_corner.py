import numpy as np
import pytest
from collapse.figures.corner import corner
from matplotlib.contour import QuadContourSet


@pytest.fixture(scope="module")
def figure(toy):
    return corner(toy.real_events(), toy.cut_events(), toy.FEATURES, "original, seed 1, epoch 3")


def test_every_pair_once_and_every_feature_alone(figure, toy, by_gid):
    pairs = [
        axes for axes in figure.axes if any(type(a) is QuadContourSet for a in axes.get_children())
    ]
    assert (len(figure.axes), len(pairs)) == (6, 3)
    bottom = figure.axes[-3:]
    assert [axes.get_xlabel() for axes in bottom] == [feature.axis for feature in toy.FEATURES]
    for axes in (figure.axes[0], figure.axes[2], figure.axes[5]):
        assert by_gid(axes, "real")
        assert by_gid(axes, "generated")


def test_densities_count_the_generated_events(figure, toy, by_gid):
    (mesh,) = by_gid(figure.axes[1], "generated")
    assert np.ma.filled(mesh.get_array(), 0).sum() == pytest.approx(len(toy.cut_events()), rel=0.01)
    assert mesh.get_rasterized()


def test_contours_hold_half_and_nine_tenths_of_the_real_events(figure, toy):
    axes = figure.axes[1]
    (lines,) = (artist for artist in axes.get_children() if type(artist) is QuadContourSet)
    outer, inner = lines.levels
    assert outer < inner
    assert lines.get_linewidths()[0] < lines.get_linewidths()[1]


@pytest.mark.parametrize("name", ["good", "point", "empty", "nan", "some lost", "huge"])
def test_whatever_a_gan_gives_is_drawn(toy, name, drawn):
    drawn(corner(toy.real_events(), toy.broken_events()[name], toy.FEATURES, name))


def test_texts_do_not_overlap(figure, overlaps):
    assert overlaps(figure) == []
