"""What a recipe's head can reach of the scaled events, before any training."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from collapse.figures import draw
from collapse.figures.axis import Extent, percent, set_axis
from collapse.figures.features import Feature
from collapse.figures.style import REAL, REAL_FILL, styled

_REACH = "#e3efe6"
_LOST = "#4d4d4d"
_BINS = 50


@dataclass(frozen=True)
class Group:
    """Recipes that see the same and reach the same.

    Args:
        recipes: Their names.
        scaler: Their scaler's name.
        head: Their head; None for one of their own.
        scaled: Real events in scaled units, shape (n, d).
        reach: For each feature `low` and `high` in scaled units, None for no edge; or None for a
            head that isn't known.
    """

    recipes: list[str]
    scaler: str
    head: str | None
    scaled: np.ndarray
    reach: Mapping[str, Mapping[str, Any]] | None


@styled
def reach(groups: Sequence[Group], features: Sequence[Feature], title: str) -> Figure:
    """Draw each feature as the networks see it, with what the head can put out shaded.

    Each group is a row. Real events that no training can reach are dark.
    """
    columns = min(len(features), 6)
    lines = -(-len(features) // columns)
    width, height, gap, left, top = 1.05, 0.75, 0.1, draw.MARGIN, 0.68
    row = height + 0.38
    page_width = max(2 * left + columns * (width + gap) - gap, 3.4)
    headings = [_heading(group, page_width) for group in groups]
    tops = top + np.cumsum([0, *(0.28 + 0.13 * len(text) + lines * row for text in headings)])
    figure = draw.page(page_width, tops[-1] + 0.02, title)
    entries = {"reach of the head": _REACH, "real": REAL_FILL, "real, out of reach": _LOST}
    handles = [Patch(fc=colour, ec="none", label=name) for name, colour in entries.items()]
    draw.legend(figure, handles, 3)
    for group, heading, y in zip(groups, headings, tops, strict=False):
        figure.text(
            left / page_width, 1 - y / tops[-1], "\n".join(heading), size=8, ha="left", va="top",
            linespacing=1.15,
        )  # fmt: skip
        y += 0.25 + 0.13 * len(heading)
        for column, feature in enumerate(features):
            x, line = left + column % columns * (width + gap), column // columns
            axes = draw.panel(figure, x, y + line * row, width, height)
            bounds = group.reach and group.reach[feature.name]
            _draw(axes, group.scaled[:, column], bounds)
            axes.set_title(feature.label or feature.name, size=8.5)
    return figure


def _heading(group: Group, width: float) -> list[str]:
    text = f"scaler {group.scaler}, head {group.head or 'of its own'}: "
    return textwrap.wrap(text + ", ".join(group.recipes), int((width - 0.3) / 0.06))


def _draw(axes: Axes, scaled: np.ndarray, bounds: Mapping[str, Any] | None) -> None:
    points = scaled[np.isfinite(scaled)]
    low, high = np.quantile(points, [0.001, 0.999]) if len(points) else (-1.0, 1.0)
    least, greatest = (bounds or {}).get("low"), (bounds or {}).get("high")
    low, least = (low, -np.inf) if least is None else (min(low, least), least)
    high, greatest = (high, np.inf) if greatest is None else (max(high, greatest), greatest)
    margin = 0.06 * (high - low) or 0.5
    extent = Extent(float(low - margin), float(high + margin))
    set_axis(axes.xaxis, extent, count=4)
    counts, bins = np.histogram(points, _BINS, extent.limits)
    axes.set(ylim=(0, 1.3 * max(counts.max(), 1)), yticks=[])
    if bounds is not None:
        shown = max(least, extent.low), min(greatest, extent.high)
        axes.axvspan(*shown, fc=_REACH, ec="none", zorder=0, gid="reach")
    centres = (bins[:-1] + bins[1:]) / 2
    inside = (centres >= least) & (centres <= greatest)
    filled: dict[str, Any] = {"lw": 0, "zorder": 1}
    reached = np.where(inside, counts, 0)
    draw.steps(axes, reached, bins, facecolor=REAL_FILL, gid="reached", **filled)
    draw.steps(axes, counts - reached, bins, facecolor=_LOST, gid="lost", **filled)
    draw.steps(axes, counts, bins, edgecolor=REAL, lw=0.5, zorder=2, gid="real")
    if bounds is None:
        note = "reach not known"
    else:
        share = float(np.mean((scaled < least) | (scaled > greatest) | ~np.isfinite(scaled)))
        note = percent(share) if share else ""
    axes.text(0.97, 0.95, note, transform=axes.transAxes, ha="right", va="top", size=7.5)
