"""Metrics, losses and modes against epochs, all recipes and seeds together."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collapse.figures import draw
from collapse.figures.axis import Extent, coordinate, set_axis
from collapse.figures.epochs import Epochs, Falls, onset_entry, onset_strip, strip_height
from collapse.figures.labels import METRICS
from collapse.figures.style import REAL, REAL_FILL, recipe_colours, recipe_dashes, styled
from collapse.figures.tables import Row

# What is drawn if it was measured, the first `_MOST` of them: coverage, quality, both, support,
# shape. All others are in the tables, and the modes in a figure of their own.
_DRAWN = [name for name in METRICS if name != "mode_tv"]
_COLUMNS, _MOST = 4, 8
# A metric and its feature; (recipe, seed) -> points; the mean and sd of a floor; a panel's title.
Key = tuple[str, str]
Series = dict[tuple[str, int], list[tuple[float, float]]]
Floor = tuple[float, float]
Panel = tuple[str, Series, Floor]
_TRAINING = {
    "discriminator_loss": "loss of D",
    "generator_loss": "loss of G",
    "discriminator_gradient_norm": "gradient norm of D",
    "generator_gradient_norm": "gradient norm of G",
}
_MODES = ("mode_fraction", "window_fraction")
# The key of a metric's value for all features together.
_ALL = {"", "all"}
# Beyond this ratio of largest to smallest a logarithmic axis shows more.
_LOG_ABOVE = 20
# Losses are drawn at so many epochs a decade, each the median of those around it.
_A_DECADE = 12
# Up to so many times the real share a mode's is shown; more leaves through the top.
_MODE_MAX = 2.5
# Of more modes the first are drawn.
_MOST_MODES = 50


@styled
def metrics_against_epochs(
    table: Sequence[Row], recipes: Sequence[str], title: str,
    labels: Mapping[str, str] | None = None, falls: Falls | None = None, history: Sequence[Row] = ()
) -> Figure:  # fmt: skip
    """Draw the telling metrics against the epochs, a panel each, and what the training says.

    A metric of single features is drawn for all features together where the table has that, and
    otherwise for its worst feature: the one with the greatest of the recipes' median distances
    from the floor, in the floor's standard deviations. The line is the median of the seeds, the
    band reaches from their least to their greatest, and the grey band is the floor, real against
    real, mean +- 2 sd. A cross at the top marks where a seed's value isn't finite: the run has
    diverged. Above each column are the onsets.

    Args:
        table: With `recipe`, `seed`, `epoch`, `metric`, `feature`, `value`, `floor_mean` and
            `floor_sd`; values may be NaN.
        recipes: The study's recipes in order, which gives them their colours.
        title: The figure's title.
        labels: Feature -> how to call it in a panel's title. By default as in the table.
        falls: Recipe -> the falls of its runs.
        history: With `recipe`, `seed`, `epoch`, losses and norms of gradients.
    """
    groups = _groups(table)
    floors = {key: _floor(rows) for key, rows in groups.items()}
    panels = [
        (_title(key, groups, labels or {}), _series(groups[key]), floors[key])
        for key in _chosen(groups, floors)
    ]
    panels += _training(history)
    return _panels(panels, recipes, title, table, falls, _COLUMNS, size=(1.27, 1.05))


@styled
def modes_against_epochs(
    table: Sequence[Row], recipes: Sequence[str], title: str,
    labels: Mapping[str, str] | None = None, falls: Falls | None = None
) -> Figure:  # fmt: skip
    """Draw the share of each mode against the epochs: which die first, and which return.

    The grey line is the real share, its band the floor. Shares of more than 2.5 times that are
    marked at the top.

    The arguments are those of `metrics_against_epochs`. Of the table's metrics `mode_fraction` is
    drawn or, without that, `window_fraction`.
    """
    groups = _groups(table)
    metric = next((name for name in _MODES if any(key[0] == name for key in groups)), None)
    keys = [key for key in groups if key[0] == metric]
    if len(keys) > _MOST_MODES:
        title = f"{title}: {_MOST_MODES} of {len(keys)}"
        keys = keys[:_MOST_MODES]
    names = [(labels or {}).get(mode, mode) for _, mode in keys]
    found = [(_series(groups[key]), _floor(groups[key])) for key in keys]
    panels = [(name, *one) for name, one in zip(names, found, strict=True)]
    columns, size = (3, (1.95, 1.35)) if len(keys) <= 9 else (5, (1.1, 0.75))
    return _panels(panels, recipes, title, table, falls, columns, size, shares=True)


def _panels(
    panels: Sequence[Panel], recipes: Sequence[str], title: str, table: Sequence[Row],
    falls: Falls | None, columns: int, size: tuple[float, float], shares: bool = False
) -> Figure:  # fmt: skip
    falls = {name: falls[name] for name in recipes if falls and falls.get(name)}
    colours, axis = recipe_colours(recipes), Epochs([row["epoch"] for row in table])
    columns = min(columns, max(1, len(panels)))
    rows = max(1, math.ceil(len(panels) / columns))
    (width, height), left = size, 0.66
    gap, row = (0.25, height + 0.27) if shares and columns > 3 else (0.5, height + 0.33)
    present = {recipe for _, series, _ in panels for recipe, _ in series}
    several = len({seed for _, series, _ in panels for _, seed in series}) > 1
    handles = _entries(panels, [name for name in recipes if name in present], colours, several)
    if falls:
        handles.append(onset_entry())
    page_width = max(left + columns * width + (columns - 1) * gap + 0.15, 3.4)
    in_line, lines = draw.legend_columns(handles, page_width)
    strip = strip_height(falls) + 0.2 if falls else 0
    top = 0.62 + 0.17 * lines
    figure = draw.page(page_width, top + strip + rows * row + 0.2, title)
    draw.legend(figure, handles, in_line)
    for index, (name, series, floor) in enumerate(panels):
        x = left + index % columns * (width + gap)
        axes = draw.panel(figure, x, top + strip + index // columns * row, width, height)
        axes.set_title(name, size=9 if width > 1.5 else 8)
        last = index + columns >= len(panels)
        axis.apply(axes, labels=last, count=5 if width > 1.5 else 3)
        limit = _vertical(axes, series, floor, shares)
        _draw(axes, series, floor, axis, colours, several, limit)
        if falls and index < columns:
            above = onset_strip(figure, x, top - 0.1, width, axis, falls, colours)
            if index == 0:
                place: dict[str, Any] = {"transform": above.transAxes, "ha": "right"}
                above.text(-0.06, 0.5, "onset", va="center", size=8, **place)
    return figure


def _entries(
    panels: Sequence[Panel], present: Sequence[str], colours: Mapping[str, str], several: bool
) -> list[Artist]:
    dashes = recipe_dashes(colours)
    handles: list[Artist] = [
        Line2D([], [], color=colours[name], ls=dashes[name], marker="o", ms=3, label=name)
        for name in present
    ]
    if several:
        first = colours[present[0]]
        handles.append(Patch(fc=first, alpha=0.25, ec="none", label="least to greatest seed"))
    handles.append(Patch(fc=REAL_FILL, ec="none", label=r"real against real $\mathrm{\pm 2\,sd}$"))
    values = (value for _, series, _ in panels for points in series.values() for _, value in points)
    if not all(np.isfinite(value) for value in values):
        handles.append(Line2D([], [], ls="", color="0.35", marker="x", ms=4, label="diverged"))
    return handles


def _groups(table: Iterable[Row]) -> dict[Key, list[Row]]:
    groups: dict[Key, list[Row]] = {}
    for row in table:
        groups.setdefault((row["metric"], row["feature"]), []).append(row)
    return groups


def _series(rows: Iterable[Row]) -> Series:
    """Return (recipe, seed) -> points of (epoch, value), in the order of the epochs."""
    series: Series = {}
    for row in sorted(rows, key=lambda row: row["epoch"]):
        series.setdefault((row["recipe"], row["seed"]), []).append((row["epoch"], row["value"]))
    return series


def _floor(rows: Sequence[Row]) -> Floor:
    mean, sd = (
        next((row[key] for row in rows if np.isfinite(row[key])), np.nan)
        for key in ("floor_mean", "floor_sd")
    )
    return mean, sd


def _chosen(groups: Mapping[Key, Sequence[Row]], floors: Mapping[Key, Floor]) -> list[Key]:
    keys: list[Key] = []
    for metric in _DRAWN:
        of_metric = [key for key in groups if key[0] == metric]
        if not of_metric:
            continue
        if metric == "non_finite" and not any(row["value"] for row in groups[of_metric[0]]):
            continue
        worst = max(of_metric, key=lambda key: _distance(groups[key], floors[key]))
        keys.append(next((key for key in of_metric if key[1] in _ALL), worst))
    return keys[:_MOST]


def _distance(rows: Iterable[Row], floor: Floor) -> float:
    mean, sd = floor
    unit = sd if np.isfinite(sd) and sd > 0 else 1.0
    distances: dict[str, list[float]] = {}
    for row in rows:
        if np.isfinite(row["value"]) and np.isfinite(mean):
            distances.setdefault(row["recipe"], []).append(abs(row["value"] - mean) / unit)
    return max((float(np.median(values)) for values in distances.values()), default=-1.0)


def _title(key: Key, groups: Iterable[Key], labels: Mapping[str, str]) -> str:
    metric, feature = key
    if feature in _ALL:
        return METRICS[metric]
    alone = sum(other == metric for other, _ in groups) == 1
    return f"{METRICS[metric]}, {'' if alone else 'worst: '}{labels.get(feature, feature)}"


def _training(history: Sequence[Row]) -> list[Panel]:
    """Return the panels of what the training recorded, thinned: medians of epochs and values."""
    slots: dict[tuple[str, int], dict[int, list[Row]]] = {}
    for row in history:
        slot = round(math.log10(max(row["epoch"], 1)) * _A_DECADE)
        slots.setdefault((row["recipe"], row["seed"]), {}).setdefault(slot, []).append(row)
    panels: list[Panel] = []
    for record, title in _TRAINING.items() if history else ():
        series: Series = {}
        for run, found in slots.items():
            points = [[(row["epoch"], row[record]) for row in rows] for rows in found.values()]
            series[run] = [tuple(np.median(near, axis=0).tolist()) for near in points]
        panels.append((title, series, (np.nan, np.nan)))
    return panels


def _vertical(axes: Axes, series: Series, floor: Floor, shares: bool) -> float | None:
    """Set the vertical axis; return up to where it shows values, or None for all."""
    mean, sd = floor
    values = np.array([value for points in series.values() for _, value in points], float)
    shown = values[np.isfinite(values)]
    band = np.array([mean - 2 * sd, mean, mean + 2 * sd])
    seen = np.concatenate([shown, band[np.isfinite(band)]])
    if shares:
        top = max(_MODE_MAX * mean if np.isfinite(mean) else 1.0, 1e-6)
        set_axis(axes.yaxis, Extent(-0.03 * top, top), count=4)
        return top
    if not seen.size:
        seen = np.array([0.0, 1.0])
    # The band may reach below 0 where the values don't.
    positive = seen[seen > 0]
    log = bool(shown.size and shown.min() > 0 and positive.max() > _LOG_ABOVE * shown.min())
    low, high = coordinate([(positive if log else seen).min(), seen.max()], log)
    if log and np.isfinite(mean) and mean > 0:
        # A floor whose band nearly reaches 0 would take most of a logarithmic axis.
        low = min(np.log10(shown.min()), np.log10(mean) - 0.3)
    span = max(high - low, 0.1 * max(abs(high), 1e-3))
    set_axis(axes.yaxis, Extent(low - 0.06 * span, high + 0.12 * span, log), count=4 if log else 5)
    return None


def _draw(
    axes: Axes, series: Series, floor: Floor, axis: Epochs, colours: Mapping[str, str],
    several: bool, limit: float | None
) -> None:  # fmt: skip
    mean, sd = floor
    dashes = recipe_dashes(colours)
    if np.isfinite(mean):
        spread = 2 * sd if np.isfinite(sd) else 0
        axes.axhspan(mean - spread, mean + spread, fc=REAL_FILL, ec="none", zorder=0, gid="floor")
        axes.axhline(mean, color=REAL, lw=0.7, zorder=1, gid="floor mean")
    of_recipes: dict[str, dict[float, list[float]]] = {}
    for (recipe, _), points in series.items():
        for epoch, value in points:
            of_recipes.setdefault(recipe, {}).setdefault(epoch, []).append(value)
    for recipe, colour in colours.items():
        epochs = of_recipes.get(recipe)
        if not epochs:
            continue
        counts = sorted(epochs)
        x = axis.place(counts)
        found = [[v for v in epochs[count] if np.isfinite(v)] or [np.nan] for count in counts]
        if several:
            low, high = ([end(values) for values in found] for end in (min, max))
            band: dict[str, Any] = {"alpha": 0.18, "lw": 0, "zorder": 2, "gid": f"{recipe} seeds"}
            axes.fill_between(x, low, high, color=colour, **band)
        medians = np.array([np.median(values) for values in found])
        marker = "o" if len(counts) <= _A_DECADE else ""
        line: dict[str, Any] = {"marker": marker, "ls": dashes[recipe], "ms": 3, "mew": 0}
        axes.plot(x, medians, color=colour, zorder=4, gid=recipe, **line)
        if limit is not None and (medians > limit).any():
            above = x[medians > limit]
            draw.marks(axes, above, 0.96, color=colour, ms=3.5, zorder=5, gid=f"{recipe} above")
        lost = [i for i, count in enumerate(counts) if not np.isfinite(epochs[count]).all()]
        if lost:
            at_top: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "zorder": 5}
            heights, gid = np.full(len(lost), 0.93), f"{recipe} diverged"
            axes.plot(x[lost], heights, "x", color=colour, ms=4, gid=gid, **at_top)
