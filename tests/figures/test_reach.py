import numpy as np
import pytest
from collapse.figures.reach import Group, reach


@pytest.fixture(scope="module")
def figure(toy):
    values = toy.real_events()
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)

    def bounds(low, high):
        return {feature.name: {"low": low, "high": high} for feature in toy.FEATURES}

    groups = [
        Group(["original", "slow"], "standard", "tanh", scaled, bounds(-1.0, 1.0)),
        Group(["capable"], "quantile", "linear", scaled, bounds(None, None)),
        Group(["mine"], "quantile", None, scaled, None),
    ]
    return reach(groups, toy.FEATURES, "dimuon")


def test_a_row_for_each_group_and_a_column_for_each_feature(figure, toy):
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == 3 * [feature.label or feature.name for feature in toy.FEATURES]


def test_the_reach_is_shaded(figure, by_gid):
    (shade,) = by_gid(figure.axes[0], "reach")
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == pytest.approx((-1, 1))
    # A head without edges reaches all, and of one that isn't known nothing can be said.
    (shade,) = by_gid(figure.axes[3], "reach")
    low, high = figure.axes[3].get_xlim()
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == pytest.approx((low, high))
    assert not by_gid(figure.axes[6], "reach")


def test_what_is_out_of_reach_is_dark_and_counted(figure, toy, by_gid):
    values = toy.real_events()[:, 1]
    scaled = (values - values.mean()) / values.std()
    counts = {
        gid: by_gid(figure.axes[1], gid)[0].get_data().values.sum() for gid in ("reached", "lost")
    }
    beyond = np.mean(np.abs(scaled) > 1)
    assert counts["lost"] / sum(counts.values()) == pytest.approx(beyond, abs=0.03)
    (note,) = figure.axes[1].texts
    assert note.get_text() == f"{100 * beyond:.0f} %"
    assert figure.axes[4].texts[0].get_text() == ""
    assert figure.axes[7].texts[0].get_text() == "reach not known"


def test_recipes_are_named(figure, texts):
    assert "scaler standard, head tanh: original, slow" in texts(figure)
    assert "scaler quantile, head of its own: mine" in texts(figure)


def test_texts_do_not_overlap(figure, overlaps):
    assert overlaps(figure) == []
