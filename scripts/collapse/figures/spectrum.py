"""A spectrum drawn finely enough to show its resonances."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collapse.figures import draw
from collapse.figures.axis import Extent, fit_extent, percent, set_axis, thousands
from collapse.figures.features import Feature, Windows
from collapse.figures.style import REAL, REAL_FILL, REAL_STEPS, recipe_colours, styled

# The drawn width of a bin in and near windows: relative where the axis is logarithmic, a share of
# the range elsewhere.
_RELATIVE = 0.018
_LINEAR = 1 / 200
# Elsewhere so many of them are one bin.
_COARSE = 3
_WINDOW = "#cfe3f2"
# Labels that touch: the sum of their wanted left ends, each less those before it, and their widths.
_Group = tuple[float, list[float]]


@styled
def mass_spectrum(
    real: np.ndarray, generated: Mapping[str, np.ndarray], feature: Feature, windows: Windows,
    title: str, colours: Mapping[str, str] | None = None
) -> Figure:  # fmt: skip
    """Draw the spectrum of a feature with windows around its resonances.

    Spectra are densities of the share of events: in the logarithm where the axis is logarithmic.

    Args:
        real: The real events' values, shape (n,).
        generated: Recipe -> the generated events' values, shape (m,); they may be anything.
        feature: What they are of.
        windows: The config's; those of other features are left out.
        title: The figure's title.
        colours: Recipe -> colour. By default in the order of `generated`.
    """
    colours = colours or recipe_colours(generated)
    extent = fit_extent(real, feature.log, tail=0.0005)
    shown = _visible(windows, feature, extent)
    bins = _bins(extent, [ends for _, ends in shown])
    edges, centres = extent.value(bins), extent.value((bins[:-1] + bins[1:]) / 2)
    density, _ = _density(real, extent, bins)
    found = {name: _density(values, extent, bins) for name, values in generated.items()}
    handles: list[Artist] = [Patch(fc=REAL_FILL, ec=REAL, label=f"real ({thousands(len(real))})")]
    for name, (_, note) in found.items():
        label = f"{name} ({note})" if note else name
        handles.append(Line2D([], [], color=colours[name], label=label))
    width, height, left = 6.75, 2.9, 0.7
    columns, lines = draw.legend_columns(handles, left + width + 0.15)
    top = 0.5 + 0.17 * lines + (0.31 if shown else 0)
    figure = draw.page(left + width + 0.15, top + height + 0.5, title)
    axes = draw.panel(figure, left, top, width, height)
    set_axis(axes.xaxis, extent, count=7)
    limit = _vertical(axes, density, [other for other, _ in found.values()])
    draw.steps(axes, density, edges, **REAL_STEPS, lw=0.6, zorder=1)
    for name, (other, _) in found.items():
        if other.any():
            draw.steps(axes, other, edges, edgecolor=colours[name], lw=1, zorder=3, gid=name)
        draw.marks(axes, centres[other > limit], 0.97, color=colours[name], zorder=4)
    _shade(axes, extent, shown, width)
    draw.xlabel(axes, feature.axis)
    symbol = feature.label or feature.name
    unit = f" [1/{feature.unit}]" if feature.unit and not extent.log else ""
    draw.ylabel(axes, rf"(1/N) dN / d ln {symbol}" if extent.log else f"(1/N) dN / d{symbol}{unit}")
    draw.legend(figure, handles, columns)
    return figure


def _visible(windows: Windows, feature: Feature, extent: Extent) -> list[tuple[str, np.ndarray]]:
    """Return (label, ends in coordinates) of the windows on the axis, in their order there."""
    shown = []
    for name, window in windows.items():
        low, high = extent.coordinate([window["low"], window["high"]])
        if window["feature"] == feature.name and low < extent.high and high > extent.low:
            ends = np.clip([low, high], extent.low, extent.high)
            shown.append((window.get("label") or name, ends))
    return sorted(shown, key=lambda window: window[1].sum())


def _bins(extent: Extent, windows: Iterable[np.ndarray]) -> np.ndarray:
    """Return the bins' edges, in coordinates: fine ones within half a width of windows."""
    step = math.log10(1 + _RELATIVE) if extent.log else _LINEAR * (extent.high - extent.low)
    count = int(np.clip((extent.high - extent.low) / step, 50, 600)) // _COARSE * _COARSE
    edges = np.linspace(extent.low, extent.high, count + 1)
    keep = np.arange(count + 1) % _COARSE == 0
    for low, high in windows:
        keep |= (edges >= 1.5 * low - 0.5 * high) & (edges <= 1.5 * high - 0.5 * low)
    return edges[keep]


def _density(values: np.ndarray, extent: Extent, bins: np.ndarray) -> tuple[np.ndarray, str]:
    points = extent.coordinate(values)
    points = points[~np.isnan(points)]
    if not len(points):
        return np.zeros(len(bins) - 1), "no finite events"
    counts, _ = np.histogram(points, bins)
    width = np.diff(bins) * (math.log(10) if extent.log else 1)
    outside = 1 - counts.sum() / len(points)
    note = f"outside: {percent(outside)}" if outside >= 0.0025 else ""
    return counts / (len(points) * width), note


def _vertical(axes: Axes, density: np.ndarray, others: Sequence[np.ndarray]) -> float:
    peak = density.max(initial=0) or 1.0
    top = max(peak, min(5 * peak, max((other.max() for other in others), default=0)))
    low = density[density > 0].min(initial=peak)
    vertical = Extent(math.log10(0.5 * low), math.log10(1.6 * top), log=True)
    set_axis(axes.yaxis, vertical)
    return vertical.limits[1]


def _shade(
    axes: Axes, extent: Extent, windows: Sequence[tuple[str, np.ndarray]], width: float
) -> None:
    for label, ends in windows:
        axes.axvspan(*extent.value(ends), fc=_WINDOW, ec="none", zorder=0, gid=f"window {label}")
    span = extent.high - extent.low
    centres = [float((ends.mean() - extent.low) / span * width) for _, ends in windows]
    sizes = [0.075 * draw.visible(label) + 0.1 for label, _ in windows]
    places = spread(centres, sizes, width)
    for (label, _), centre, place in zip(windows, centres, places, strict=True):
        draw.pointed(
            axes, label, (centre / width, 1), (place / width, 1.055), ha="center", va="bottom",
            size=8.5,
        )  # fmt: skip


def spread(centres: Sequence[float], sizes: Sequence[float], length: float) -> list[float]:
    """Move labels on a line of that length apart so that none overlap, each as little as can be.

    Args:
        centres: Where the labels want to be, ascending.
        sizes: Their widths.
        length: The line's.

    >>> spread([1.0, 1.0, 5.0], [1.0, 1.0, 1.0], 10)
    [0.5, 1.5, 5.0]
    """
    groups: list[_Group] = []
    for centre, size in zip(centres, sizes, strict=True):
        groups.append((centre - size / 2, [size]))
        while len(groups) > 1:
            (before, ahead), (wanted, behind) = groups[-2:]
            if _start(groups[-2], length) + sum(ahead) <= _start(groups[-1], length):
                break
            groups[-2:] = [(before + wanted - len(behind) * sum(ahead), ahead + behind)]
    places: list[float] = []
    for group in groups:
        left = _start(group, length)
        for size in group[1]:
            places.append(left + size / 2)
            left += size
    return places


def _start(group: _Group, length: float) -> float:
    return max(0.0, min(group[0] / len(group[1]), length - sum(group[1])))
