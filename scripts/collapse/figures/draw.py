"""Pieces that the figures are made of, placed in inches and drawn with few artists.

Places are given and not computed by a layout engine, and a histogram or all its error bars are one
artist each: a study draws thousands of figures, and artists are what they cost.
"""

import re
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

MARGIN = 0.12
Point = tuple[float, float]


def page(width: float, height: float, title: str, dpi: float | None = None) -> Figure:
    """Return an empty figure, in inches, with its title in the upper left corner.

    `dpi` is that of a PNG; by default the style's.
    """
    figure = Figure(figsize=(width, height), dpi=dpi)
    figure.text(
        MARGIN / width, 1 - 0.09 / height, title, size=10, weight="bold", ha="left", va="top"
    )
    return figure


def panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes whose upper left corner is at (`left`, `top`) inches from the figure's."""
    wide, high = figure.get_size_inches()
    axes = figure.add_axes((left / wide, 1 - (top + height) / high, width / wide, height / high))
    axes.autoscale(False)
    return axes


def legend_columns(handles: Sequence[Artist], width: float) -> tuple[int, int]:
    """Return in how many columns, and lines, a legend's entries fit so many inches."""
    sizes = [0.47 + 0.066 * visible(str(handle.get_label())) for handle in handles]
    room = width - 2 * MARGIN
    columns = len(handles) if sum(sizes) < room else max(1, int(room / max(sizes)))
    return columns, -(-len(handles) // columns)


def legend(figure: Figure, handles: Sequence[Artist], columns: int) -> None:
    """Add a legend of that many columns under the title."""
    width, height = figure.get_size_inches()
    place = MARGIN / width, 1 - 0.34 / height
    figure.legend(handles=handles, ncols=columns, loc="upper left", bbox_to_anchor=place)


def visible(text: str) -> int:
    r"""Count about how many letters of a text are seen.

    >>> visible(r"$\Upsilon(2S)$")
    5
    """
    return len(re.sub(r"[${}^_]", "", re.sub(r"\\[a-zA-Z]+", "x", text)))


def xlabel(axes: Axes, text: str) -> None:
    """Label the horizontal axis, at the right, one line below its numbers."""
    axes.set_xlabel(text, va="top")
    axes.xaxis.set_label_coords(1, -0.205 / _inches(axes)[1])


def ylabel(axes: Axes, text: str, centre: bool = False, size: float | None = None) -> None:
    """Label the vertical axis, at the top unless `centre`, at the same place for all panels."""
    axes.set_ylabel(text, loc="center" if centre else "top", size=size, va="bottom")
    axes.yaxis.set_label_coords(-0.4 / _inches(axes)[0], 0.5 if centre else 1)


def _inches(axes: Axes) -> tuple[float, float]:
    box, figure = axes.get_position(), cast(Figure, axes.figure)
    width, height = figure.get_size_inches()
    return box.width * width, box.height * height


def steps(
    axes: Axes, heights: np.ndarray, edges: np.ndarray, baseline: Any = 0, **kwargs: Any
) -> StepPatch:
    """Draw a histogram as one patch, filled if `facecolor` is given."""
    fill = "facecolor" in kwargs
    patch = StepPatch(heights, edges, baseline=baseline, fill=fill, **kwargs)
    patch.set_transform(axes.transData)
    axes.add_artist(patch)
    return patch


def line(axes: Axes, x: ArrayLike, y: ArrayLike, **kwargs: Any) -> None:
    """Draw a line as one artist, without what `Axes.plot` does about styles and limits."""
    axes.add_artist(Line2D(x, y, **kwargs))


def bars(axes: Axes, x: np.ndarray, low: np.ndarray, high: np.ndarray, **kwargs: Any) -> None:
    """Draw vertical error bars, from `low` to `high` at each `x`, as one line."""
    heights = np.stack([low, high, np.full(len(x), np.nan)], axis=1).ravel()
    line(axes, np.repeat(x, 3), heights, **kwargs)


def note(axes: Axes, text: str, place: Point, offset: Point, **kwargs: Any) -> Annotation:
    """Write a text so many points from a place; `xycoords` says in which coordinates that is."""
    return axes.annotate(text, place, offset, textcoords="offset points", **kwargs)


def pointed(axes: Axes, text: str, place: Point, beside: Point, **kwargs: Any) -> None:
    """Write a text beside a place, both in shares of the panel, with a thin line between them."""
    thin = {"arrowstyle": "-", "lw": 0.5, "color": "0.4", "shrinkA": 0, "shrinkB": 0}
    axes.annotate(text, place, beside, xycoords="axes fraction", arrowprops=thin, **kwargs)


def nothing(axes: Axes, text: str, colour: str) -> None:
    """Say in the middle of a panel that there is nothing to draw."""
    centred: dict[str, Any] = {"ha": "center", "va": "center", "transform": axes.transAxes}
    axes.text(0.5, 0.5, text, color=colour, weight="bold", **centred)


def marks(axes: Axes, x: np.ndarray, height: float, ms: float = 3, **kwargs: Any) -> None:
    """Mark what leaves a panel through its top, at this share of its height."""
    transform = axes.get_xaxis_transform()
    axes.plot(x, np.full(len(x), height), "^", ms=ms, mew=0, transform=transform, **kwargs)


def colour_bar(axes: Axes, **kwargs: Any) -> Colorbar:
    """Draw a scale of colours that ends in an arrow, as one picture."""
    bar = Colorbar(axes, extend="max", **kwargs)
    cast(Artist, bar.solids).set_rasterized(True)
    return bar
