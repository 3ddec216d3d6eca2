import numpy as np
import pytest
from collapse.errors import InputError
from collapse.mixture import centres_of, check_mixture, draw, grid, ring
from scipy.spatial.distance import pdist


@pytest.mark.parametrize("modes", [1, 2, 8])
def test_a_ring_has_each_mode_once(modes):
    """Two reference codes divide the circle with both ends, so that 8 modes are 7."""
    centres = ring(modes, 2.0)
    assert len(np.unique(centres.round(9), axis=0)) == modes
    assert np.hypot(*centres.T) == pytest.approx(np.full(modes, 2))
    steps = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    assert steps == pytest.approx(np.full(modes, 4 * np.sin(np.pi / modes)), abs=1e-12)


def test_the_grid_of_pacgan():
    centres = grid(5, 2.0)
    assert sorted(set(centres.ravel())) == [-4, -2, 0, 2, 4]
    assert len(centres) == 25
    assert pdist(centres).min() == 2


def test_a_draw_has_every_mode_and_its_spread():
    centres = grid(3, 2.0)
    points, modes = draw(centres, 0.05, 9000, seed=0)
    assert (points.dtype, points.shape) == (np.float32, (9000, 2))
    # Four standard deviations of a binomial share.
    assert np.bincount(modes) == pytest.approx(np.full(9, 1000), abs=4 * (1000 * 8 / 9) ** 0.5)
    assert (points - centres[modes]).std(axis=0) == pytest.approx([0.05] * 2, rel=0.04)
    assert np.array_equal(points, draw(centres, 0.05, 9000, seed=0)[0])
    assert not np.array_equal(points, draw(centres, 0.05, 9000, seed=1)[0])


def test_centres_may_be_listed():
    listed = {"centres": [[0, 1, 2], [3, 4, 5]], "layout": None}
    assert centres_of(listed).tolist() == listed["centres"]
    layout = {"grid": {"side": 2, "spacing": 1.0}}
    assert np.array_equal(centres_of({"layout": layout}), grid(2, 1.0))


RING = {"ring": {"modes": 8, "radius": 2}}


@pytest.mark.parametrize(
    ("mixture", "dimensions", "message"),
    [
        ({}, 2, "either `centres` or `layout`"),
        ({"centres": [[0.0, 0.0]], "layout": RING}, 2, "either `centres` or `layout`"),
        ({"layout": {}}, 2, "expected one of ring, grid"),
        ({"layout": RING | {"grid": {"side": 2, "spacing": 1}}}, 2, "expected one of ring, grid"),
        ({"layout": RING}, 3, "centres of 3 numbers. Received some of 2"),
        ({"centres": [[0.0], [0.0, 1.0]]}, 2, "centres of 2 numbers. Received some of 1, 2"),
    ],
)
def test_a_mixture_without_sense_is_refused(mixture, dimensions, message):
    with pytest.raises(InputError, match=message) as error:
        check_mixture("evaluation.modes", mixture, dimensions)
    assert "evaluation.modes" in str(error.value)


def test_a_mixture_with_sense_is_accepted():
    check_mixture("modes", {"layout": RING}, 2)
    check_mixture("modes", {"centres": [[0.0, 0.0, 0.0]]}, 3)
