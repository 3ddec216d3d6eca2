"""What advice changes."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from collapse.diagnosis.advice import OUTCOMES
from collapse.figures import draw
from collapse.figures.axis import Extent, set_axis
from collapse.figures.labels import METRICS
from collapse.figures.style import REAL, recipe_colours, styled
from collapse.figures.tables import Row

# Intervals are cut off at so many times the largest mean difference: of two seeds they are wide.
_ROOM = 1.6
_BETTER = "#e3efe6"


@styled
def forest(
    rows: Sequence[Row], recipes: Sequence[str], title: str, better: Mapping[str, bool] = OUTCOMES
) -> Figure:
    """Draw what each piece of advice changes, with intervals, an outcome to a panel.

    The shaded side of zero is for the better. An interval that leaves its panel ends in an arrow,
    and p is that of the one outcome which was fixed beforehand.

    Args:
        rows: With `recipe`, `base`, `metric`, `seeds`, `difference`, `low`, `high`, `primary` and
            `p_holm`; those of one epoch count.
        recipes: The study's recipes in order, which gives them their colours.
        title: The figure's title.
        better: Metric -> whether more of it is better, in the order of the panels.
    """
    colours = recipe_colours(recipes)
    pieces = [name for name in recipes if any(row["recipe"] == name for row in rows)]
    metrics = [name for name in better if any(row["metric"] == name for row in rows)]
    found = {(row["recipe"], row["metric"]): row for row in rows}
    base = {row["recipe"]: row["base"] for row in rows}
    width, gap, top = 1.25, 0.22, 0.62
    height = max(0.6, 0.34 * len(pieces))
    names = [f"{name}\nagainst {base[name]}" for name in pieces]
    longest = max((len(line) for name in names for line in name.splitlines()), default=0)
    left = 0.25 + 0.064 * longest
    page_width = max(left + len(metrics) * (width + gap), 3.4)
    figure = draw.page(page_width, top + height + 0.5, title)
    for index, metric in enumerate(metrics):
        axes = draw.panel(figure, left + index * (width + gap), top, width, height)
        each = ((place, found.get((name, metric))) for place, name in enumerate(pieces))
        mine = [(place, row) for place, row in each if row]
        limit = _ROOM * max((abs(row["difference"]) for _, row in mine), default=0) or 1.0
        axes.set(xlim=(-limit, limit), ylim=(len(pieces) - 0.4, -0.75))
        axes.axvspan(0, limit if better[metric] else -limit, fc=_BETTER, ec="none", zorder=0)
        axes.axvline(0, color=REAL, lw=0.7, zorder=1)
        set_axis(axes.xaxis, Extent(-limit, limit), count=4)
        axes.set_yticks(range(len(pieces)), labels=names if index == 0 else [])
        axes.tick_params(axis="y", length=0, labelsize=8)
        primary = any(row["primary"] for _, row in mine)
        axes.set_title(METRICS.get(metric, metric) + (" (primary)" if primary else ""), size=8.5)
        for place, row in mine:
            _interval(axes, place, row, limit, colours[row["recipe"]])
        if index == 0:
            draw.xlabel(axes, "difference")
    if metrics:
        figure.text(
            1 - draw.MARGIN / page_width, 0.06 / (top + height + 0.5),
            f"{_seeds(rows)}, 95 % intervals; shaded: for the better", ha="right", va="bottom",
            size=7.5, color="0.35",
        )  # fmt: skip
    return figure


def _seeds(rows: Sequence[Row]) -> str:
    few, many = (end(int(row["seeds"]) for row in rows) for end in (min, max))
    span = f"{few}" if few == many else f"{few} to {many}"
    return f"{span} seed{'s' * (many > 1)}"


def _interval(axes: Axes, place: int, row: Row, limit: float, colour: str) -> None:
    low, high = row["low"], row["high"]
    if math.isfinite(low):
        ends, gid = [max(low, -limit), min(high, limit)], f"{row['recipe']} interval"
        draw.line(axes, ends, [place, place], color=colour, lw=1.3, gid=gid)
        for beyond, x, marker in ((low < -limit, 0.02, "<"), (high > limit, 0.98, ">")):
            if beyond:
                axes.plot(
                    [x], [place], marker, ms=4, mew=0, color=colour, gid="beyond",
                    transform=axes.get_yaxis_transform(),
                )  # fmt: skip
    axes.plot(
        [row["difference"]], [place], "o", ms=5, mec="white", mew=0.6, color=colour, zorder=4,
        gid=row["recipe"],
    )  # fmt: skip
    if row["primary"] and math.isfinite(row["p_holm"]):
        draw.note(
            axes, f"p = {row['p_holm']:.2g}", (1, place - 0.17), (-2, 0), ha="right", va="bottom",
            xycoords=axes.get_yaxis_transform(), size=6.5, color="0.3",
        )  # fmt: skip
