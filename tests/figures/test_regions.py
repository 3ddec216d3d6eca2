import pytest
from collapse.figures import draw
from collapse.figures.overlay import overlay
from collapse.figures.regions import height, region_panel

REGIONS = [
    {"box": "mass [81, 101); pt1 [38, inf)", "real_share": 0.12, "generated_share": 0.001,
     "ratio": 0.008, "ratio_low": 0.001, "ratio_high": 0.02},
    {"box": "eta [-inf, 0.5)", "real_share": 0.1, "generated_share": 0.3, "ratio": 3.0,
     "ratio_low": 2.5, "ratio_high": 3.6},
]  # fmt: skip


def test_regions_are_a_panel_of_their_own(toy, by_gid, texts, overlaps):
    figure = overlay(
        toy.real_events(), toy.cut_events(), toy.FEATURES, "original, seed 1", regions=REGIONS
    )
    panel = next(axes for axes in figure.axes if by_gid(axes, "region"))
    # The least ratios are drawn at the end of the axis.
    assert [mark.get_xdata()[0] for mark in by_gid(panel, "region")] == [0.01, 3.0]
    said = texts(figure)
    assert {"81 <= mass < 101, pt1 >= 38", "eta < 0.5", "where it is wrong"} <= said
    assert overlaps(figure) == []
    plain = overlay(toy.real_events(), toy.cut_events(), toy.FEATURES, "original, seed 1")
    assert len(plain.axes) == len(figure.axes) - 1


def test_the_panel_is_as_high_as_it_has_regions():
    assert height([]) == 0
    assert height(REGIONS) - height(REGIONS[:1]) == pytest.approx(0.2)


def test_long_boxes_are_cut_to_their_room(by_gid):
    region = REGIONS[0] | {"box": "; ".join(f"feature{i} [1, 2)" for i in range(9))}
    panel = region_panel(draw.page(4, 2, ""), 0.1, 0.3, 3.8, [region], "red")
    (label,) = [text.get_text() for text in panel.get_yticklabels()]
    assert label.startswith("1 <= feature0 < 2, ")
    assert label.endswith(" \N{HORIZONTAL ELLIPSIS}")
    assert len(label) < 0.52 * 3.8 / 0.058
