"""Two features against each other, real and generated events side by side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from collapse.figures import axis, draw
from collapse.figures.axis import Extent, fit_extent, percent, set_axis, thousands
from collapse.figures.features import Feature
from collapse.figures.style import COLOURS, GENERATED, styled

# Cells with fewer events than this show each as a point.
_DENSE = 4
_POINTS = 50_000
# The axes' range grows by at most this share of the real events' for generated ones outside.
_WIDEN = 0.15
# The share of generated events outside the axes that is worth a remark.
_OUTSIDE = 0.0025


@styled
def scatter(
    real: np.ndarray, generated: np.ndarray, x: Feature, y: Feature, title: str,
    colour: str = GENERATED
) -> Figure:  # fmt: skip
    """Draw two features of the real and of the generated events, on the same axes.

    Where points would hide one another, the share of events in a cell is drawn instead, on one
    scale of colours. The range of the generated events is outlined on both sides, so that the
    real events which it cuts off show.

    Args:
        real: The real events' two features, shape (n, 2).
        generated: The generated events', shape (m, 2); m may be 0 and values needn't be finite.
        x: The first column.
        y: The second one.
        title: The figure's title.
        colour: The outline's colour.
    """
    fits = [fit_extent(real[:, i], feature.log, tail=0.0005) for i, feature in enumerate((x, y))]
    points, others = (_coordinates(events, fits) for events in (real, generated))
    window = [_widen(extent, others[:, column]) for column, extent in enumerate(fits)]
    box = np.stack([others.min(0), others.max(0)]) if len(others) else None
    side, left, top, gap, bar = 2.85, 0.66, 0.56, 0.3, 0.12
    width, height = left + 2 * side + gap + bar + 0.86, top + side + 0.5
    figure = draw.page(width, height, title)
    # As many points on each side, so that equal tails look equal.
    shown = min(_POINTS, len(points) or _POINTS, len(others) or _POINTS)
    real_mesh = _count(points, window, shown)
    meshes = [real_mesh, _count(others, window, shown)]
    least = _DENSE / max(max(len(points), len(others)), 1)
    norm = LogNorm(least, max(real_mesh.max(initial=0), 2 * least), clip=True)
    panels = zip(("real", "generated"), (points, others), meshes, strict=True)
    for index, (name, events, shares) in enumerate(panels):
        axes = draw.panel(figure, left + index * (side + gap), top, side, side)
        set_axis(axes.xaxis, window[0])
        set_axis(axes.yaxis, window[1], labels=index == 0)
        mesh = _paint(axes, events, shares, window, norm, shown)
        draw.xlabel(axes, x.axis)
        if index == 0:
            draw.ylabel(axes, y.axis)
        if box is not None:
            outline = _outline(axes, box, window, colour)
            if name == "generated":  # Its cells would reach over its edges.
                mesh.set_clip_path(outline)
        given = (real, generated)[index]
        axes.set_title(_caption(len(given), name, events, window, box))
    if not len(others):
        draw.nothing(axes, "no finite generated events", colour)
    _colour_bar(figure, left + 2 * side + gap + 0.12, top, bar, side, norm)
    return figure


def _coordinates(events: np.ndarray, fits: Sequence[Extent]) -> np.ndarray:
    columns = [extent.coordinate(events[:, column]) for column, extent in enumerate(fits)]
    points = np.stack(columns, axis=1)
    return points[np.isfinite(points).all(axis=1)]


def _widen(extent: Extent, generated: np.ndarray) -> Extent:
    span = extent.high - extent.low
    low, high = extent.low, extent.high
    if len(generated):
        tails = np.quantile(generated, [0.001, 0.999])
        low = np.clip(tails[0], low - _WIDEN * span, low)
        high = np.clip(tails[1], high, high + _WIDEN * span)
    margin = 0.02 * span
    return replace(extent, low=float(low - margin), high=float(high + margin))


def _count(points: np.ndarray, window: Sequence[Extent], shown: int) -> np.ndarray:
    bins = int(np.clip(np.sqrt(shown) / 2, 15, 80))
    ranges = [(extent.low, extent.high) for extent in window]
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins, ranges)
    return np.where(counts >= _DENSE, counts, 0) / max(len(points), 1)


def _paint(
    axes: Axes, points: np.ndarray, shares: np.ndarray, window: Sequence[Extent], norm: LogNorm,
    shown: int
) -> QuadMesh:  # fmt: skip
    cells = len(shares)
    mesh = axes.pcolormesh(
        *(extent.edges(cells) for extent in window), np.ma.masked_equal(shares.T, 0),
        cmap=COLOURS, norm=norm, rasterized=True, zorder=2,
    )  # fmt: skip
    points = points[:: max(1, round(len(points) / shown))]
    points = points[_inside(points, window)]
    low, high = np.transpose([(extent.low, extent.high) for extent in window])
    rows, columns = np.minimum((points - low) / (high - low) * cells, cells - 1).astype(int).T
    alone = points[shares[rows, columns] == 0]
    axes.plot(
        *(extent.value(alone[:, i]) for i, extent in enumerate(window)), "o", ms=1.3, mew=0,
        color=COLOURS(0.25), rasterized=True, zorder=1, gid="points",
    )  # fmt: skip
    return mesh


def _outline(axes: Axes, box: np.ndarray, window: Sequence[Extent], colour: str) -> Any:
    low, high = (
        np.array([extent.value(end) for extent, end in zip(window, corner, strict=True)])
        for corner in box
    )
    spans = np.array([extent.high - extent.low for extent in window])
    if np.all(box[1] - box[0] < 0.02 * spans):  # A point mass would hide its outline.
        axes.plot(*low, "o", ms=10, mfc="none", mec=colour, mew=1, zorder=4, gid="range")
        return None
    shape: dict[str, Any] = {"fill": False, "ec": colour, "lw": 1, "ls": "--", "zorder": 4}
    return axes.add_artist(Rectangle((low[0], low[1]), *(high - low), gid="range", **shape))


def _inside(points: np.ndarray, window: Sequence[Extent]) -> np.ndarray:
    return window[0].inside(points[:, 0]) & window[1].inside(points[:, 1])


def _caption(
    given: int, name: str, points: np.ndarray, window: Sequence[Extent], box: np.ndarray | None
) -> str:
    notes = [f"{name} ({thousands(given)})"]
    if 0 < len(points) < given:
        notes.append(f"not drawable: {percent(1 - len(points) / given)}")
    if name == "real" and box is not None:
        beyond = np.mean(((points < box[0]) | (points > box[1])).any(axis=1))
        notes.append(f"beyond generated range: {percent(beyond)}")
    if name == "generated" and len(points):
        outside = np.mean(~_inside(points, window))
        if outside >= _OUTSIDE:
            notes.append(f"outside: {percent(outside)}")
    return ", ".join(notes)


def _colour_bar(
    figure: Figure, left: float, top: float, width: float, height: float, norm: Any
) -> None:
    axes = draw.panel(figure, left, top, width, height)
    bar = draw.colour_bar(axes, cmap=COLOURS, norm=norm, extendfrac=0.03)
    ticks, _ = axis.log_ticks(norm.vmin, norm.vmax, 5)
    bar.set_ticks(ticks, labels=axis.tick_labels(ticks))
    bar.minorticks_off()
    bar.set_label("share of events / cell", loc="top")
