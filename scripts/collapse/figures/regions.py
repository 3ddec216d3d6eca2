"""Where the generated events are too few or too many: a panel of boxes in feature space."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from collapse.figures import draw
from collapse.figures.axis import percent
from collapse.figures.style import REAL
from collapse.figures.tables import Row
from collapse.metrics.boxes import in_words

# Inches of a region's line, and of what is around the panel: title, axis and its label.
_LINE, _AROUND = 0.2, 0.75
# The axis ends here; what lies beyond is drawn at the end.
_LEAST, _GREATEST = 0.01, 100.0


def height(regions: Sequence[Row]) -> float:
    """Return how high the panel is with its title and axis, in inches; 0 without regions."""
    return _LINE * len(regions) + _AROUND if regions else 0.0


def region_panel(
    figure: Figure, left: float, top: float, width: float, regions: Sequence[Row], colour: str
) -> Axes:
    """Draw the generated over the real share of each region, with its interval at 95 %.

    The panel's place is in inches; names and numbers take their part of its width. Regions have
    `box`, `real_share`, `generated_share`, `ratio`, `ratio_low` and `ratio_high`.
    """
    named = 0.52 * width
    axes = draw.panel(figure, left + named, top + 0.3, width - named - 0.95, _LINE * len(regions))
    axes.set(xscale="log", xlim=(_LEAST, _GREATEST), ylim=(len(regions) - 0.5, -0.5))
    axes.set_xticks([0.01, 0.1, 1, 10, 100], labels=["0.01", "0.1", "1", "10", "100"])
    axes.minorticks_off()
    axes.axvline(1, color=REAL, lw=0.6)
    axes.set_yticks(range(len(regions)), labels=[_named(r["box"], named) for r in regions])
    axes.tick_params(axis="y", length=0, labelsize=7.5)
    axes.set_title("where it is wrong", loc="left", size=8)
    for line, region in enumerate(regions):
        keys = "ratio_low", "ratio_high", "ratio"
        low, high, ratio = (min(max(region[key], _LEAST), _GREATEST) for key in keys)
        draw.line(axes, [low, high], [line, line], color=colour, lw=1.2)
        axes.plot([ratio], [line], "o", ms=4, mew=0, color=colour, gid="region")
        shares = " : ".join(percent(region[key]) for key in ("generated_share", "real_share"))
        beside = axes.get_yaxis_transform()
        draw.note(axes, shares, (1, line), (4, 0), xycoords=beside, va="center", size=7.5)
    draw.xlabel(axes, "gen. / real share of events")
    return axes


def _named(box: str, room: float) -> str:
    """Return a box in words, cut where it is longer than its room in inches."""
    words = in_words(box)
    most = math.floor(room / 0.058)
    return words if len(words) <= most else words[: most - 2] + " \N{HORIZONTAL ELLIPSIS}"
