"""What advice changes, and which recipe is best when."""

import math
from itertools import pairwise

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collapse.figures import draw
from collapse.figures.axis import Extent, set_axis
from collapse.figures.epochs import Epochs
from collapse.figures.style import REAL, recipe_colours, recipe_dashes, styled

_NAMES = {
    "covered": "share covered",
    "modes_share": "modes captured",
    "mode_tv": "mode total variation",
    "auc": "classifier AUC",
    "precision": "precision",
}
# Intervals are cut off at so many times the largest mean difference: of two seeds they are wide.
_ROOM = 1.6
_BETTER = "#e3efe6"
_OVERLAP = "0.82"


@styled
def forest(rows, recipes, better, title):
    """Draw what each piece of advice changes, with intervals, an outcome to a panel.

    The shaded side of zero is for the better. An interval that leaves its panel ends in an arrow,
    and p is that of the one outcome which was fixed beforehand.

    Args:
        rows: Rows of dicts with `recipe`, `base`, `metric`, `seeds`, `difference`, `low`, `high`,
            `primary` and `p_holm`, numbers as numbers; those of one epoch count.
        recipes: The study's recipes in order, which gives them their colours.
        better: Metric -> whether more of it is better, in the order of the panels.
        title: The figure's title.

    Returns:
        A Matplotlib figure.
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
        mine = [(place, found.get((name, metric))) for place, name in enumerate(pieces)]
        mine = [(place, row) for place, row in mine if row]
        limit = _ROOM * max((abs(row["difference"]) for _, row in mine), default=0) or 1.0
        axes.set(xlim=(-limit, limit), ylim=(len(pieces) - 0.4, -0.75))
        axes.axvspan(0, limit if better[metric] else -limit, fc=_BETTER, ec="none", zorder=0)
        axes.axvline(0, color=REAL, lw=0.7, zorder=1)
        set_axis(axes.xaxis, Extent(-limit, limit), count=4)
        axes.set_yticks(range(len(pieces)), labels=names if index == 0 else [])
        axes.tick_params(axis="y", length=0, labelsize=8)
        primary = any(row["primary"] for _, row in mine)
        axes.set_title(_NAMES.get(metric, metric) + (" (primary)" if primary else ""), size=8.5)
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


def _seeds(rows):
    few, many = (end(int(row["seeds"]) for row in rows) for end in (min, max))
    span = f"{few}" if few == many else f"{few} to {many}"
    return f"{span} seed{'s' * (many > 1)}"


def _interval(axes, place, row, limit, colour):
    low, high = row["low"], row["high"]
    if math.isfinite(low):
        ends = [max(low, -limit), min(high, limit)]
        axes.add_artist(
            Line2D(ends, [place, place], color=colour, lw=1.3, gid=f"{row['recipe']} interval")
        )
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
        axes.annotate(
            f"p = {row['p_holm']:.2g}", (1, place - 0.17), (-2, 0),
            xycoords=axes.get_yaxis_transform(), textcoords="offset points", ha="right",
            va="bottom", size=6.5, color="0.3",
        )  # fmt: skip


@styled
def ranks(table, recipes, better, title):
    """Draw the rank of each recipe against the epochs, an outcome to a panel.

    Recipes are ranked by the mean over their seeds. Grey bars join neighbours whose seeds overlap,
    so that their order may be chance; without several seeds there are none, and nothing is known.

    Args:
        table: Rows of dicts with `recipe`, `seed`, `epoch`, `metric`, `feature` and `value`.
        recipes: The study's recipes in order, which gives them their colours.
        better: Metric -> whether more of it is better, in the order of the panels.
        title: The figure's title.

    Returns:
        A Matplotlib figure.
    """
    colours = recipe_colours(recipes)
    values = {}
    for row in table:
        if row["metric"] in better and row["feature"] == "":
            key = row["metric"], row["epoch"]
            values.setdefault(key, {}).setdefault(row["recipe"], []).append(row["value"])
    metrics = [name for name in better if any(key[0] == name for key in values)]
    epochs = sorted({epoch for _, epoch in values})
    present = {name for found in values.values() for name in found}
    shown = [name for name in recipes if name in present]
    axis = Epochs(epochs)
    width, height, left, top = 2.9, max(0.9, 0.22 * len(shown)), 0.42, 0.84
    names = 0.061 * max((len(name) for name in shown), default=0) + 0.15
    page_width, row = max(left + width + names, 3.6), height + 0.42
    figure = draw.page(page_width, top + max(len(metrics), 1) * row + 0.1, title)
    bar = Patch(fc=_OVERLAP, ec="none", label="seeds overlap: the order may be chance")
    draw.legend(figure, [bar], 1)
    for index, metric in enumerate(metrics):
        axes = draw.panel(figure, left, top + index * row, width, height)
        axis.apply(axes, labels=index + 1 == len(metrics))
        axes.set(ylim=(len(shown) + 0.5, 0.5), yticks=range(1, len(shown) + 1))
        axes.tick_params(axis="y", length=0)
        axes.set_title(f"by {_NAMES.get(metric, metric)}")
        if index == 0:
            draw.ylabel(axes, "rank")
            axes.yaxis.set_label_coords(-0.22 / width, 1)
        _lines(axes, axis, epochs, values, metric, better[metric], colours)
    return figure


def _lines(axes, axis, epochs, values, metric, more, colours):
    sign = -1 if more else 1
    dashes, places = recipe_dashes(colours), {}
    for epoch in epochs:
        found = {
            name: [sign * value if math.isfinite(value) else math.inf for value in of_seeds]
            for name, of_seeds in values.get((metric, epoch), {}).items()
        }
        # Those that are equal share a rank; their names keep the order of the study.
        order = sorted(
            found, key=lambda name, f=found: (np.mean(f[name]), list(colours).index(name))
        )
        (x,) = axis.place([epoch])
        for name, rank in zip(
            order, _shared_ranks([np.mean(found[n]) for n in order]), strict=True
        ):
            places.setdefault(name, []).append((x, rank))
        for rank, (above, below) in enumerate(pairwise(order), start=1):
            if len(found[above]) > 1 and max(found[above]) >= min(found[below]):
                axes.add_artist(
                    Line2D([x, x], [rank, rank + 1], color=_OVERLAP, lw=7, solid_capstyle="round",
                           zorder=1, gid="overlap")
                )  # fmt: skip
    for name, points in places.items():
        x, rank = zip(*points, strict=True)
        axes.plot(
            x, rank, marker="o", ls=dashes[name], color=colours[name], ms=5, mew=0, zorder=3,
            gid=name,
        )  # fmt: skip
        axes.annotate(
            name, (1, order.index(name) + 1 if name in order else rank[-1]), (4, 0),
            xycoords=axes.get_yaxis_transform(), size=8.5,
            textcoords="offset points", va="center", color=colours[name],
        )  # fmt: skip


def _shared_ranks(values):
    """Return the rank of each of some increasing values, equal ones sharing their mean rank.

    >>> _shared_ranks([0.1, 0.2, 0.2, 0.3])
    [1.0, 2.5, 2.5, 4.0]
    """
    from scipy.stats import rankdata

    return rankdata(np.round(values, 12)).tolist()
