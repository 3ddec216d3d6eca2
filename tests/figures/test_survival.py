import numpy as np
import pytest
from collapse.figures.style import recipe_colours
from collapse.figures.survival import survival_curves


@pytest.fixture(scope="module")
def figure(study):
    return survival_curves(study.SURVIVAL, study.ONSET, study.RECIPES, "dimuon")


def test_a_curve_falls_at_each_onset_and_goes_on_to_the_last_count(figure, study, by_gid):
    (line,) = by_gid(figure.axes[0], "original")
    np.testing.assert_allclose(line.get_xdata(), [0.5, 1, 3, 100])
    np.testing.assert_allclose(line.get_ydata(), [1, 0.5, 0, 0], atol=0.03)
    assert line.get_drawstyle() == "steps-post"
    assert line.get_color() == recipe_colours(study.RECIPES)["original"]


def test_equal_curves_lie_beside_one_another(figure, by_gid):
    ends = [by_gid(figure.axes[0], n)[0].get_ydata()[-1] for n in ("capable", "slow_discriminator")]
    assert 0 < abs(ends[0] - ends[1]) < 0.05


def test_the_end_has_its_interval(figure, by_gid):
    (end,) = by_gid(figure.axes[1], "original end")
    assert end.get_xdata()[0] == 0
    (interval,) = by_gid(figure.axes[1], "original interval")
    np.testing.assert_allclose(interval.get_xdata(), [0, 0.66])


def test_the_end_counts_the_runs(figure, texts):
    assert {"original  0 of 2", "capable  2 of 2", "at epoch 100"} <= texts(figure)


def test_texts_do_not_overlap(figure, overlaps):
    assert overlaps(figure) == []
