"""Metrics against epochs, all recipes and seeds together."""

import math

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collapse.figures import draw
from collapse.figures import scale as scales
from collapse.figures.style import REAL, REAL_FILL, recipe_colours, styled

_NAMES = {
    "ks": "KS distance",
    "w1": "$W_1$ distance",
    "w1_relative": "relative $W_1$",
    "spread_ratio": "spread, gen. / real",
    "out_of_range": "real beyond generated range",
    "auc": "classifier AUC",
    "non_finite": "share not finite",
    "window_fraction": "share in",
}
# A metric whose features are each a quantity of its own gets a panel for each.
_EACH = "window_fraction"
# The key of a metric's value for all features together.
_ALL = {"", "all"}
# Beyond this ratio of largest to smallest a logarithmic axis shows more.
_LOG_ABOVE = 20


@styled
def metrics_against_epochs(table, recipes, title, labels=None):
    """Draw each metric against the epochs, a panel each.

    A metric of single features is drawn for all features together where the table has that, and
    otherwise for its worst feature: the one with the greatest of the recipes' median distances
    from the floor, in the floor's standard deviations. The thick line is the median of the seeds,
    each seed a thin one, and the grey band the floor, real against real, mean +- 2 sd. A cross at
    the top marks where a seed's value isn't finite: the run has diverged.

    Args:
        table: A sequence of dicts with `recipe`, `seed`, `epoch`, `metric`, `feature`, `value`,
            `floor_mean` and `floor_sd`; numbers as numbers, values may be NaN.
        recipes: The study's recipes in order, which gives them their colours.
        title: The figure's title.
        labels: Feature or window -> how to call it in a panel's title. By default as in the table.

    Returns:
        A Matplotlib figure.
    """
    groups = _groups(table)
    floors = {key: _floor(rows) for key, rows in groups.items()}
    keys = _panels(groups, floors)
    colours = recipe_colours(recipes)
    positions = _positions(table)
    columns = min(3, max(1, len(keys)))
    count = math.ceil(len(keys) / columns)
    width, height, gap, row, left = 1.95, 1.5, 0.5, 2.0, 0.66
    present = {line["recipe"] for line in table}
    several = len({line["seed"] for line in table}) > 1
    handles = [
        Line2D([], [], color=colours[name], marker="o", ms=3, label=name)
        for name in recipes
        if name in present
    ]
    if several:
        handles.append(Line2D([], [], color="0.35", lw=0.6, alpha=0.7, label="each seed"))
    handles.append(Patch(fc=REAL_FILL, ec="none", label=r"real against real $\mathrm{\pm 2\,sd}$"))
    if any(not np.isfinite(line["value"]) for line in table):
        handles.append(Line2D([], [], ls="", color="0.35", marker="x", ms=4, label="diverged"))
    page_width = left + columns * width + (columns - 1) * gap + 0.15
    in_line, lines = draw.legend_columns(handles, page_width)
    top = 0.62 + 0.17 * lines
    figure = draw.page(page_width, top + max(count, 1) * row, title)
    for index, key in enumerate(keys):
        axes = draw.panel(
            figure, left + index % columns * (width + gap), top + index // columns * row, width,
            height,
        )  # fmt: skip
        axes.set_title(_title(key, groups, labels or {}))
        _horizontal(axes, positions, labels=index + columns >= len(keys))
        _vertical(axes, groups[key], floors[key])
        _draw(axes, groups[key], floors[key], positions, colours, several)
    draw.legend(figure, handles, in_line)
    return figure


def _groups(table):
    groups = {}
    for row in table:
        groups.setdefault((row["metric"], row["feature"]), []).append(row)
    return groups


def _floor(rows):
    means = [row["floor_mean"] for row in rows if np.isfinite(row["floor_mean"])]
    sds = [row["floor_sd"] for row in rows if np.isfinite(row["floor_sd"])]
    return (means[0] if means else np.nan, sds[0] if sds else np.nan)


def _panels(groups, floors):
    keys = []
    for metric in dict.fromkeys(metric for metric, _ in groups):
        features = [feature for name, feature in groups if name == metric]
        together = [feature for feature in features if feature in _ALL]
        if metric == "non_finite" and not any(row["value"] for row in groups[metric, features[0]]):
            continue
        if metric == _EACH:
            keys += [(metric, feature) for feature in features]
        elif together:
            keys.append((metric, together[0]))
        else:
            worst = max(features, key=lambda f, m=metric: _distance(groups[m, f], floors[m, f]))
            keys.append((metric, worst))
    return keys


def _distance(rows, floor):
    mean, sd = floor
    unit = sd if np.isfinite(sd) and sd > 0 else 1.0
    distances = {}
    for row in rows:
        if np.isfinite(row["value"]) and np.isfinite(mean):
            distances.setdefault(row["recipe"], []).append(abs(row["value"] - mean) / unit)
    return max((float(np.median(values)) for values in distances.values()), default=-1.0)


def _title(key, groups, labels):
    metric, feature = key
    name = _NAMES.get(metric, metric.replace("_", " "))
    label = labels.get(feature, feature)
    if metric == _EACH:
        return f"{name} {label}"
    if feature in _ALL:
        return name
    alone = sum(other == metric for other, _ in groups) == 1
    return f"{name}, {label}" if alone else f"{name}, worst: {label}"


def _positions(table):
    # Before training is epoch 0, for which a logarithmic axis has no place: half of the first.
    epochs = sorted({row["epoch"] for row in table})
    first = next((epoch for epoch in epochs if epoch > 0), 1)
    return {epoch: epoch if epoch > 0 else first / 2 for epoch in epochs}


def _horizontal(axes, positions, labels):
    ends = np.log10([min(positions.values()), max(positions.values())])
    margin = 0.05 * (ends[1] - ends[0]) or 0.3
    scale = scales.Scale(ends[0] - margin, ends[1] + margin, log=True)
    scales.apply(axes.xaxis, scale, labels=labels)
    if labels and 0 in positions:
        ticks = [tick for tick in axes.get_xticks() if tick > 1.5 * positions[0]]
        axes.set_xticks([positions[0], *ticks], labels=["0", *scales.numbers(ticks)])
    if labels:
        draw.xlabel(axes, "epochs")


def _vertical(axes, rows, floor):
    mean, sd = floor
    values = np.array([row["value"] for row in rows], np.float64)
    band = np.array([mean - 2 * sd, mean, mean + 2 * sd])
    seen = np.concatenate([values, band])
    seen = seen[np.isfinite(seen)]
    if not seen.size:
        seen = np.array([0.0, 1.0])
    # The band may reach below 0 where the values don't.
    positive = seen[seen > 0]
    shown = values[np.isfinite(values)]
    wide = shown.size and shown.min() > 0 and positive.max() > _LOG_ABOVE * shown.min()
    log = bool(wide and rows[0]["metric"] != _EACH)
    low, high = scales.coordinate([(positive if log else seen).min(), seen.max()], log)
    if log and np.isfinite(mean) and mean > 0:
        # A floor whose band nearly reaches 0 would take most of a logarithmic axis.
        low = min(np.log10(shown.min()), np.log10(mean) - 0.3)
    span = max(high - low, 1e-6 * max(abs(high), 1e-3))
    scales.apply(
        axes.yaxis, scales.Scale(low - 0.06 * span, high + 0.12 * span, log), count=4 if log else 5
    )


def _draw(axes, rows, floor, positions, colours, several):
    mean, sd = floor
    if np.isfinite(mean):
        spread = 2 * sd if np.isfinite(sd) else 0
        axes.axhspan(mean - spread, mean + spread, fc=REAL_FILL, ec="none", zorder=0, gid="floor")
        axes.axhline(mean, color=REAL, lw=0.7, zorder=1, gid="floor mean")
    for recipe, colour in colours.items():
        mine = [row for row in rows if row["recipe"] == recipe]
        seeds, epochs = {}, {}
        for row in sorted(mine, key=lambda row: row["epoch"]):
            value = row["value"] if np.isfinite(row["value"]) else np.nan
            seeds.setdefault(row["seed"], []).append((positions[row["epoch"]], value))
            epochs.setdefault(positions[row["epoch"]], []).append(value)
        if several:
            for seed, points in seeds.items():
                axes.plot(
                    *np.transpose(points), color=colour, lw=0.6, alpha=0.7, zorder=3,
                    gid=f"{recipe} seed {seed}",
                )  # fmt: skip
        medians = [
            float(np.median(finite)) if (finite := [v for v in values if v == v]) else np.nan
            for values in epochs.values()
        ]
        axes.plot(list(epochs), medians, "o-", color=colour, ms=3, mew=0, zorder=4, gid=recipe)
        lost = [x for x, values in epochs.items() if np.isnan(values).any()]
        if lost:
            axes.plot(
                lost, np.full(len(lost), 0.95), "x", color=colour, ms=4, zorder=5,
                transform=axes.get_xaxis_transform(), gid=f"{recipe} diverged",
            )  # fmt: skip
