"""All pairs of features at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collapse.figures import draw
from collapse.figures.axis import Extent, fit_extent, set_axis
from collapse.figures.features import Feature
from collapse.figures.style import GENERATED, REAL, REAL_FILL, REAL_STEPS, styled

_BINS, _FINE = 26, 40
Pair = tuple[Extent, Extent]
# The shares of the real events that the contours hold.
_HELD = (0.9, 0.5)


@styled
def corner(
    real: np.ndarray, generated: np.ndarray, features: Sequence[Feature], title: str,
    colour: str = GENERATED
) -> Figure:  # fmt: skip
    """Draw every pair of features: generated events as densities, real ones as contours.

    The contours hold 50 % and 90 % of the real events. On the diagonal is each feature alone.

    Args:
        real: The real events, shape (n, d).
        generated: The generated events, shape (m, d); m may be 0 and values needn't be finite.
        features: The columns.
        title: The figure's title.
        colour: The generated events' colour.
    """
    count = len(features)
    side, gap, left, top = 1.05, 0.07, 0.66, 0.62
    width = max(left + count * (side + gap) + 0.1, 3.4)
    figure = draw.page(width, top + count * (side + gap) + 0.4, title)
    handles: list[Artist] = [
        Patch(fc=REAL_FILL, ec=REAL, label="real"),
        Line2D([], [], color=REAL, lw=0.8, label="real: 50 %, 90 %"),
        Patch(fc=colour, ec="none", label="generated"),
    ]
    draw.legend(figure, handles, 3)
    shades = LinearSegmentedColormap.from_list("of recipe", ["#ffffff", colour])
    axis = [fit_extent(real[:, i], feature.log) for i, feature in enumerate(features)]
    points = [extent.coordinate(real[:, i]) for i, extent in enumerate(axis)]
    others = [extent.coordinate(generated[:, i]) for i, extent in enumerate(axis)]
    for row in range(count):
        for column in range(row + 1):
            x, y = left + column * (side + gap), top + row * (side + gap)
            axes = draw.panel(figure, x, y, side, side)
            set_axis(axes.xaxis, axis[column], count=3, labels=row == count - 1)
            if row == count - 1:
                draw.xlabel(axes, features[column].axis)
            if row == column:
                _alone(axes, points[row], others[row], axis[row], colour)
                continue
            set_axis(axes.yaxis, axis[row], count=3, labels=column == 0)
            if column == 0:
                draw.ylabel(axes, features[row].axis, size=8)
            pair = axis[column], axis[row]
            _density(axes, others[column], others[row], pair, shades)
            _contours(axes, points[column], points[row], pair)
    return figure


def _alone(
    axes: Axes, real: np.ndarray, generated: np.ndarray, extent: Extent, colour: str
) -> None:
    bins = round(extent.high - extent.low) if extent.step else _FINE
    shares = [
        np.histogram(values, bins, (extent.low, extent.high))[0] / max(len(values), 1)
        for values in (real, generated)
    ]
    top = max(shares[0].max(), min(shares[1].max(), 2 * shares[0].max()))
    axes.set(ylim=(0, 1.12 * top or 1), yticks=[])
    edges = extent.edges(bins)
    draw.steps(axes, shares[0], edges, **REAL_STEPS, lw=0.5)
    draw.steps(axes, shares[1], edges, edgecolor=colour, lw=1.1, gid="generated")


def _density(axes: Axes, x: np.ndarray, y: np.ndarray, pair: Pair, shades: Colormap) -> None:
    counts, edges = _counts(x, y, pair, _FINE), [extent.edges(_FINE) for extent in pair]
    # A point mass would make all other cells white.
    norm = PowerNorm(0.5, 0, max(np.quantile(counts[counts > 0], 0.98) if counts.any() else 1, 1))
    axes.pcolormesh(
        *edges, np.ma.masked_equal(counts.T, 0), cmap=shades, norm=norm, rasterized=True, zorder=1,
        gid="generated",
    )  # fmt: skip


def _contours(axes: Axes, x: np.ndarray, y: np.ndarray, pair: Pair) -> None:
    counts = _counts(x, y, pair, _BINS)
    if not counts.any():
        return
    edges = [np.linspace(extent.low, extent.high, _BINS + 1) for extent in pair]
    centres = [e.value((x[:-1] + x[1:]) / 2) for e, x in zip(pair, edges, strict=True)]
    smooth = _smoothed(counts)
    heights = np.sort(smooth.ravel())[::-1]
    held = np.cumsum(heights) / heights.sum()
    levels = [heights[min(int(np.searchsorted(held, share)), len(heights) - 1)] for share in _HELD]
    if levels[0] < levels[1]:
        shape: dict[str, Any] = {"colors": REAL, "linewidths": [0.5, 0.9], "zorder": 3}
        axes.contour(*centres, smooth.T, levels=levels, **shape)


def _counts(x: np.ndarray, y: np.ndarray, pair: Pair, bins: int) -> np.ndarray:
    finite = np.isfinite(x) & np.isfinite(y)
    ranges = [(extent.low, extent.high) for extent in pair]
    return np.histogram2d(x[finite], y[finite], bins, ranges)[0]


def _smoothed(counts: np.ndarray) -> np.ndarray:
    """Return counts averaged with their neighbours, 1-2-1 each way, edges kept."""
    for _ in range(2):
        padded = np.pad(counts, [(1, 1), (0, 0)], mode="edge")
        counts = ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4).T
    return counts
