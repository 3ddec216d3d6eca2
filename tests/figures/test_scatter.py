import numpy as np
import pytest
from collapse.figures.scatter import scatter
from matplotlib.collections import QuadMesh


@pytest.fixture
def draw(toy):
    def draw(generated, columns=(0, 1), real=None):
        columns = list(columns)
        real = toy.real_events() if real is None else real
        x, y = (toy.FEATURES[i] for i in columns)
        return scatter(real[:, columns], generated[:, columns], x, y, "original, seed 1, epoch 300")

    return draw


def test_panels_share_axes(draw, toy):
    left, right, _ = draw(toy.cut_events()).axes
    assert left.get_xlim() == right.get_xlim()
    assert left.get_ylim() == right.get_ylim()
    assert (left.get_xscale(), left.get_yscale()) == ("log", "linear")
    assert left.get_xlabel() == right.get_xlabel() == toy.FEATURES[0].axis
    assert left.get_ylabel() == toy.FEATURES[1].axis


def test_the_generated_range_is_outlined_on_both_sides(draw, toy, by_gid):
    generated = toy.cut_events()
    for axes in draw(generated).axes[:2]:
        (box,) = by_gid(axes, "range")
        low, high = box.get_bbox().min, box.get_bbox().max
        np.testing.assert_allclose(low, generated[:, :2].min(axis=0), rtol=1e-5)
        np.testing.assert_allclose(high, generated[:, :2].max(axis=0), rtol=1e-5)


def test_real_events_beyond_are_counted(draw, toy):
    real, generated = toy.real_events()[:, :2], toy.cut_events()[:, :2]
    beyond = ((real < generated.min(0)) | (real > generated.max(0))).any(axis=1).mean()
    title = draw(toy.cut_events()).axes[0].get_title(loc="left")
    assert title.endswith(f"beyond generated range: {100 * beyond:.0f} %")


def test_each_event_is_a_point_or_in_a_cell(draw, toy, by_gid):
    real = toy.real_events()
    left = draw(toy.cut_events()).axes[0]
    (mesh,) = (artist for artist in left.get_children() if isinstance(artist, QuadMesh))
    cells = np.ma.filled(mesh.get_array(), 0) * len(real)
    (points,) = by_gid(left, "points")
    assert cells[cells > 0].min() >= 4 - 1e-9
    assert cells.sum() + len(points.get_xdata()) == pytest.approx(len(real))
    assert mesh.get_rasterized()
    assert points.get_rasterized()


def test_both_sides_have_the_same_colours(draw, toy):
    left, right, _ = draw(toy.cut_events()).axes
    norms = [
        artist.norm
        for axes in (left, right)
        for artist in axes.get_children()
        if isinstance(artist, QuadMesh)
    ]
    assert norms[0] is norms[1]


def test_a_point_mass_is_ringed(draw, toy, by_gid):
    generated = toy.broken_events()["point"]
    (ring,) = by_gid(draw(generated).axes[1], "range")
    assert ring.get_marker() == "o"
    assert ring.get_xdata()[0] == pytest.approx(generated[0, 0])


@pytest.mark.parametrize(
    "name",
    ["good", "point", "one", "empty", "nan", "infinite", "some lost", "negative", "huge", "tiny"],
)
def test_whatever_a_gan_gives_is_drawn(toy, name, draw, texts, overlaps):
    generated = toy.broken_events()[name]
    figure = draw(generated, (0, 2))
    lost = name in {"empty", "nan", "infinite", "negative"}
    assert ("no finite generated events" in texts(figure)) == lost
    assert overlaps(figure) == []


def test_constant_real_events_are_drawn(draw, drawn, toy):
    drawn(draw(toy.cut_events(), real=np.full((50, 3), 2.0)))
