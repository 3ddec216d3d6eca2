"""One-dimensional distributions of real and generated events over one another."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from collapse.figures import draw
from collapse.figures.axis import Extent, fit_extent, percent, set_axis, thousands
from collapse.figures.features import Feature
from collapse.figures.regions import height, region_panel
from collapse.figures.style import FLOOR_FILL, GENERATED, REAL, REAL_FILL, REAL_STEPS, styled
from collapse.figures.tables import Row

# The share of real events beyond the generated ones that is worth a remark, and how rarely as many
# may be there by chance.
NOTABLE = 0.001
_CHANCE = 0.001
# The same for generated events outside the axis, whose ends leave this share of its quantiles out.
_OUTSIDE = 0.0025
# Bins added at each end for generated events outside the real range, as a share of its bins.
_WIDEN = 0.25
_RATIO_MAX = 2


class BinnedFeature:
    """A feature's real values, shape (n,), and generated ones, (m,), as an overlay shows them.

    The real events choose the bins: evenly over their range, in the logarithm if `log`; integers
    get a bin each. The range is widened, by a quarter at most, to show generated events outside.

    Attributes:
        extent: The axis.
        edges: The bins' edges, in values.
        centres: The bins' centres as drawn, in values.
        counts: Real events in each bin.
        generated_counts: Generated events in each bin.
        real: Finite real events.
        generated: Finite generated events.
        below: Share of the generated events below the first edge.
        above: Share of the generated events above the last edge.
        lost: Share of the generated events that aren't finite.
        reach: The least and greatest generated value, NaN without any.
        beyond: Shares of the real events below and above them.
    """

    def __init__(self, real: ArrayLike, generated: ArrayLike, log: bool) -> None:
        extent = fit_extent(real, log)
        points, others = extent.coordinate(real), extent.coordinate(generated)
        points, finite = points[~np.isnan(points)], others[~np.isnan(others)]
        width, bins = _binning(extent, len(points))
        extent, bins = _widen(extent, width, bins, finite[np.isfinite(finite)])
        # Rounding mustn't put the extremes into a bin, or beyond an axis, of their own.
        extent = replace(extent, low=extent.low - 1e-6 * width, high=extent.high + 1e-6 * width)
        ends = extent.low, extent.high
        self.counts, edges = np.histogram(points, bins, ends)
        self.generated_counts, _ = np.histogram(finite, bins, ends)
        self.extent, self.edges = extent, extent.value(edges)
        self.centres = extent.value((edges[:-1] + edges[1:]) / 2)
        self.real, self.generated = len(points), len(finite)
        self.below, self.above = _share(finite < extent.low), _share(finite > extent.high)
        self.lost = 1 - len(finite) / max(len(others), 1)
        reach = (finite.min(), finite.max()) if len(finite) else (np.nan, np.nan)
        self.beyond = _share(points < reach[0]), _share(points > reach[1])
        self.reach: list[float] = extent.value(reach).tolist()

    @property
    def shares(self) -> np.ndarray:
        """Share of the finite real events in each bin."""
        return self.counts / max(self.real, 1)

    @property
    def generated_shares(self) -> np.ndarray:
        """Share of the finite generated events in each bin."""
        return self.generated_counts / max(self.generated, 1)

    @property
    def ratio(self) -> np.ndarray:
        """Generated over real shares; NaN without real events there or without generated ones."""
        ratio = np.full(len(self.counts), np.nan)
        if self.generated:
            np.divide(self.generated_shares, self.shares, out=ratio, where=self.counts > 0)
        return ratio

    @property
    def ratio_error(self) -> np.ndarray:
        """The ratio's statistical uncertainty from the generated events; one event's for none."""
        error = np.full(len(self.counts), np.nan)
        if self.generated:
            spread = np.sqrt(np.maximum(self.generated_counts, 1)) / self.generated
            np.divide(spread, self.shares, out=error, where=self.counts > 0)
        return error

    @property
    def cut(self) -> list[float]:
        """The least and greatest generated value, each where notable real events lie beyond.

        Of events from one source the k greatest are all real with the probability (n / (n + m))^k.
        Values off the axis are left out.
        """
        if not self.real or not self.generated:
            return []
        least = math.log(_CHANCE) / math.log(self.real / (self.real + self.generated))
        low, high = self.extent.limits
        return sorted(
            {
                value
                for value, share in zip(self.reach, self.beyond, strict=True)
                if share >= NOTABLE and share * self.real >= least and low <= value <= high
            }
        )

    @property
    def band(self) -> np.ndarray:
        """The real events' relative statistical uncertainty; 0 where there are none."""
        return np.where(self.counts > 0, 1 / np.sqrt(np.maximum(self.counts, 1)), 0)

    @property
    def floor(self) -> np.ndarray:
        """Within what a perfect generator's ratio is off 1: 2 sd of both samples; 0 if unknown."""
        more = self.real / self.generated if self.generated else -1
        return 2 * self.band * math.sqrt(1 + more)


def _share(chosen: np.ndarray) -> float:
    return int(np.count_nonzero(chosen)) / max(len(chosen), 1)


def _binning(extent: Extent, events: int) -> tuple[float, int]:
    if extent.step:
        return extent.step, round((extent.high - extent.low) / extent.step)
    bins = int(np.clip(2 * np.cbrt(events), 10, 50))
    return (extent.high - extent.low) / bins, bins


def _widen(extent: Extent, width: float, bins: int, generated: np.ndarray) -> tuple[Extent, int]:
    if not len(generated):
        return extent, bins
    low, high = np.quantile(generated, [NOTABLE, 1 - NOTABLE])
    most = math.ceil(_WIDEN * bins)
    left = math.ceil(np.clip((extent.low - low) / width, 0, most))
    right = math.ceil(np.clip((high - extent.high) / width, 0, most))
    wider = replace(extent, low=extent.low - left * width, high=extent.high + right * width)
    return wider, bins + left + right


@styled
def overlay(
    real: np.ndarray, generated: np.ndarray, features: Sequence[Feature], title: str,
    colour: str = GENERATED, regions: Sequence[Row] = ()
) -> Figure:  # fmt: skip
    """Draw each feature's distribution, real and generated, and their ratio.

    Histograms are shares of events, so that unequal numbers of events compare. The real events
    have Poisson bars; in the ratio the dark band is theirs, the light one the floor. Dotted lines
    mark the least and greatest generated value where real events lie beyond; notes say how many of
    either lie where the other doesn't.

    Args:
        real: The real events, shape (n, d).
        generated: The generated events, shape (m, d); m may be 0 and values needn't be finite.
        features: The columns.
        title: The figure's title.
        colour: The generated events' colour.
        regions: Where the events are too few or too many, as `region_panel` takes them.
    """
    columns, width, gap = _columns(len(features))
    main, lower, row, left, top = 1.4, 0.55, 2.75, 0.66, 0.82
    rows = math.ceil(len(features) / columns)
    page_width = left + columns * width + (columns - 1) * gap + 0.15
    columns_of = zip(real.T, generated.T, features, strict=True)
    binned = [BinnedFeature(values, others, feature.log) for values, others, feature in columns_of]
    handles = [
        Patch(facecolor=REAL_FILL, edgecolor=REAL, label=f"real ({thousands(len(real))})"),
        Line2D([], [], color=colour, label=f"generated ({thousands(len(generated))})"),
    ]
    if any(one.generated for one in binned):
        label = r"real against real $\mathrm{\pm 2\,sd}$"
        handles.append(Patch(facecolor=FLOOR_FILL, edgecolor="none", label=label))
    if any(one.cut for one in binned):
        handles.append(Line2D([], [], color=colour, ls=":", lw=1, label="edge of generated"))
    legend_columns, lines = draw.legend_columns(handles, page_width)
    top += 0.17 * (lines - 1)
    end = top + rows * row - 0.28
    figure = draw.page(page_width, end + height(regions), title)
    if regions:
        region_panel(figure, draw.MARGIN, end, page_width - draw.MARGIN, regions, colour)
    for index, feature in enumerate(features):
        x = left + index % columns * (width + gap)
        y = top + index // columns * row
        upper = draw.panel(figure, x, y, width, main)
        below = draw.panel(figure, x, y + main + 0.09, width, lower)
        _draw(upper, below, binned[index], colour)
        draw.xlabel(below, feature.axis)
        if index % columns == 0:
            draw.ylabel(upper, "share of events / bin")
            draw.ylabel(below, "gen. / real", centre=True, size=7.5)
    draw.legend(figure, handles, legend_columns)
    return figure


def _columns(panels: int) -> tuple[int, float, float]:
    if panels == 1:
        return 1, 3.6, 0
    if panels in {2, 4}:
        return 2, 2.9, 0.62
    return 3, 1.95, 0.5


def _draw(upper: Axes, lower: Axes, c: BinnedFeature, colour: str) -> None:
    set_axis(upper.xaxis, c.extent, labels=False)
    set_axis(lower.xaxis, c.extent)
    top = _vertical(upper, c)
    draw.steps(upper, c.shares, c.edges, **REAL_STEPS, lw=0.6, zorder=1)
    error = np.sqrt(c.counts) / max(c.real, 1)
    draw.bars(upper, c.centres, c.shares - error, c.shares + error, color=REAL, lw=0.6, zorder=3)
    lower.set(ylim=(-0.1, _RATIO_MAX + 0.1), yticks=[0, 1, 2])
    bands = (c.floor, FLOOR_FILL, "floor"), (c.band, REAL_FILL, "band")
    for zorder, (off, fill, gid) in enumerate(bands):
        shape: dict[str, Any] = {"facecolor": fill, "lw": 0, "zorder": zorder, "gid": gid}
        draw.steps(lower, 1 + off, c.edges, baseline=1 - off, **shape)
    lower.axhline(1, color=REAL, lw=0.6, zorder=2)
    if not c.generated:
        draw.nothing(upper, "no finite\ngenerated events", colour)
        return
    shape = {"edgecolor": colour, "lw": 1.2, "zorder": 4, "gid": "generated"}
    draw.steps(upper, c.generated_shares, c.edges, **shape)
    ratio, error = c.ratio, c.ratio_error
    draw.bars(lower, c.centres, ratio - error, ratio + error, color=colour, lw=0.7, zorder=3)
    lower.plot(c.centres, ratio, "o", ms=2, mew=0, color=colour, zorder=4, gid="ratio")
    ratios = np.where(c.counts > 0, ratio > _RATIO_MAX, c.generated_counts > 0)
    for axes, high, place in ((upper, c.generated_shares > top, 0.95), (lower, ratios, 0.92)):
        if high.any():
            draw.marks(axes, c.centres[high], place, color=colour, zorder=6)
        for value in c.cut:
            axes.axvline(value, color=colour, ls=":", lw=1, zorder=5, gid="edge")
    _notes(upper, c, colour)


def _vertical(axes: Axes, c: BinnedFeature) -> float:
    peak, other = c.shares.max() or 1.0, c.generated_shares.max()
    # A point mass would flatten the real events: let it leave through the top.
    if c.extent.log:
        floor = 0.5 / max(c.real, 1)
        top = max(peak, min(other, 5 * peak))
        vertical = Extent(math.log10(floor), math.log10(2 * top), log=True)
    else:
        vertical = Extent(0, 1.15 * max(peak, min(other, 2.5 * peak)))
    set_axis(axes.yaxis, vertical, count=4 if c.extent.log else 5)
    return vertical.limits[1]


def _notes(axes: Axes, c: BinnedFeature, colour: str) -> None:
    outside = c.below + c.above
    notes = []
    if outside >= _OUTSIDE:
        notes.append(f"outside: {percent(outside)}")
    if c.lost > 0:
        notes.append(f"not finite: {percent(c.lost)}")
    lines = [("gen. " + ", ".join(notes), colour)] if notes else []
    if c.cut:
        lines.insert(0, (f"real beyond edge: {percent(sum(c.beyond))}", REAL))
    for index, (text, shade) in enumerate(lines):
        draw.note(
            axes, text, (1, 1), (0, 3 + 9 * index), xycoords="axes fraction", ha="right",
            va="bottom", size=7.5, color=shade,
        )  # fmt: skip
    shape: dict[str, Any] = {"ms": 5, "mew": 0, "color": colour, "zorder": 6}
    for share, x, marker in ((c.below, 0.025, "<"), (c.above, 0.975, ">")):
        if share >= _OUTSIDE:
            axes.plot([x], [0.5], marker, transform=axes.transAxes, **shape)
