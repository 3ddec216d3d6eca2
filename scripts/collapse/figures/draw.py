"""Pieces that the figures are made of, placed in inches and drawn with few artists.

Places are given and not computed by a layout engine, and a histogram or all its error bars are one
artist each: a study draws thousands of figures, and artists are what they cost.
"""

import re

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch

MARGIN = 0.12


def page(width, height, title, dpi=None):
    """Return an empty figure, in inches, with its title in the upper left corner.

    `dpi` is that of a PNG; by default the style's.
    """
    figure = Figure(figsize=(width, height), dpi=dpi)
    figure.text(
        MARGIN / width, 1 - 0.09 / height, title, size=10, weight="bold", ha="left", va="top"
    )
    return figure


def panel(figure, left, top, width, height):
    """Add axes whose upper left corner is at (`left`, `top`) inches from the figure's."""
    page_width, page_height = figure.get_size_inches()
    place = (
        left / page_width,
        1 - (top + height) / page_height,
        width / page_width,
        height / page_height,
    )
    axes = figure.add_axes(place)
    axes.autoscale(False)
    return axes


def legend_columns(handles, width):
    """Return in how many columns, and lines, a legend's entries fit a page of that width.

    Args:
        handles: The entries, artists with labels.
        width: The page's, in inches.
    """
    sizes = [0.47 + 0.066 * visible(handle.get_label()) for handle in handles]
    room = width - 2 * MARGIN
    columns = len(handles) if sum(sizes) < room else max(1, int(room / max(sizes)))
    return columns, -(-len(handles) // columns)


def legend(figure, handles, columns):
    """Add a legend of that many columns under the title."""
    width, height = figure.get_size_inches()
    figure.legend(
        handles=handles,
        ncols=columns,
        loc="upper left",
        bbox_to_anchor=(MARGIN / width, 1 - 0.34 / height),
    )


def visible(text):
    r"""Count about how many letters of a text are seen.

    >>> visible(r"$\Upsilon(2S)$")
    5
    """
    return len(re.sub(r"[${}^_]", "", re.sub(r"\\[a-zA-Z]+", "x", text)))


def xlabel(axes, text):
    """Label the horizontal axis, at the right, one line below its numbers."""
    axes.set_xlabel(text, va="top")
    axes.xaxis.set_label_coords(1, -0.205 / _inches(axes)[1])


def ylabel(axes, text, centre=False, size=None):
    """Label the vertical axis, at the top unless `centre`, at the same place for all panels."""
    axes.set_ylabel(text, loc="center" if centre else "top", size=size, va="bottom")
    axes.yaxis.set_label_coords(-0.4 / _inches(axes)[0], 0.5 if centre else 1)


def _inches(axes):
    box, size = axes.get_position(), axes.figure.get_size_inches()
    return box.width * size[0], box.height * size[1]


def steps(axes, heights, edges, baseline=0, **kwargs):
    """Draw a histogram as one patch, filled if `facecolor` is given."""
    fill = "facecolor" in kwargs
    patch = StepPatch(heights, edges, baseline=baseline, fill=fill, **kwargs)
    patch.set_transform(axes.transData)
    return axes.add_artist(patch)


def bars(axes, x, low, high, **kwargs):
    """Draw vertical error bars, from `low` to `high` at each `x`, as one line."""
    gap = np.full(len(x), np.nan)
    places = np.repeat(x, 3)
    heights = np.stack([low, high, gap], axis=1).ravel()
    return axes.add_artist(Line2D(places, heights, **kwargs))
