"""The collapse map: what became of each recipe at each epoch count, a study in one picture."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collapse.diagnosis.kinds import KINDS, OTHERS
from collapse.diagnosis.results import Run
from collapse.figures import draw
from collapse.figures.style import styled

# Collapses, then faults, then what ends a run.
_GROUPS = ("collapse", "fault", "input", "end")
_LEGEND = sorted(KINDS, key=lambda kind: _GROUPS.index(kind.group))
# In the order of the legend: what is good first.
VERDICTS = dict(reversed(OTHERS.items())) | {kind.name: kind.colour for kind in _LEGEND}
# Below this certainty a verdict is drawn pale, mixed with so much white.
SURE, _PALE = 0.9, 0.45
# Onset and recovery.
_MARK: dict[str, Any] = {"ls": "", "mfc": "white", "mec": "black"}
# Of the outcomes, in points.
_OUTCOME = 6.5
# Where a map without an epoch 0 begins, as an epoch.
_BEGIN = 0.25


@styled
def collapse_map(runs: Sequence[Run], title: str) -> Figure:
    """Draw the verdict of each checkpoint: recipes by epoch counts, seeds as parts of a cell.

    A triangle that points down marks where a run fell, between the counts in proportion to the
    logarithm of the epoch, on a line from the last count before to the first one after; one that
    points up marks the count at which it had recovered. A small arrow in a cell's corner says that
    the run was rising or falling. A verdict that other samples of the same size might change is
    pale. On the right is the outcome.
    """
    recipes: dict[str, list[Run]] = {}
    for run in runs:
        recipes.setdefault(run.recipe, []).append(run)
    counts = sorted({c.epoch for run in runs for c in run.checkpoints})
    names = {recipe: _wrap(recipe) for recipe in recipes}
    seeds = max((len(group) for group in recipes.values()), default=1)
    strip = float(np.clip(0.36 / seeds, 0.07, 0.2))
    cell = float(np.clip(3.2 / max(len(counts), 1), 0.1, 0.5))
    several = seeds > 1 and strip > 0.1
    lines = max((len(name.splitlines()) for name in names.values()), default=1)
    row = max(seeds * strip, 0.14 * lines) + 0.07
    longest = max((len(line) for name in names.values() for line in name.splitlines()), default=1)
    left = draw.MARGIN + 0.068 * longest + (0.22 if several else 0.1)
    width, height = cell * len(counts), row * len(recipes)
    handles = _entries(runs)
    ends = max((len(run.outcome) for run in runs), default=0) * _OUTCOME / 72 * 0.55 + 0.08
    page_width = max(left + width + ends + draw.MARGIN, 3.5)
    columns, legend_lines = draw.legend_columns(handles, page_width)
    top = 0.44 + 0.17 * legend_lines
    figure = draw.page(page_width, top + height + 0.45, title, dpi=200)
    draw.legend(figure, handles, columns)
    axes = draw.panel(figure, left, top, page_width - ends - draw.MARGIN - left, height)
    axes.set(xlim=(-0.5, len(counts) - 0.5), ylim=(height, 0))
    for place, group in enumerate(recipes.values()):
        middle = (place + 0.5) * row
        first = middle - len(group) * strip / 2
        for index, run in enumerate(group):
            _run(axes, run, counts, first + index * strip, strip)
            centre = first + (index + 0.5) * strip
            beside: dict[str, Any] = {"xycoords": axes.get_yaxis_transform(), "va": "center"}
            draw.note(
                axes, run.outcome.replace("_", " "), (1, centre), (4, 0), **beside, ha="left",
                size=min(_OUTCOME, 60 * strip), gid=f"{run.recipe} outcome",
                color="black" if run.certainty >= SURE else "0.55",
            )  # fmt: skip
            if several:
                shape: dict[str, Any] = {"ha": "right", "size": 6, "color": "0.45"}
                draw.note(axes, str(run.seed), (0, centre), (-3, 0), **beside, **shape)
    _axes(axes, counts, names, row, cell, several)
    return figure


def _wrap(name: str, width: int = 20) -> str:
    r"""Break a name after underscores into lines of at most about `width` letters.

    >>> _wrap("discriminator_every_second_epoch")
    'discriminator_every_\nsecond_epoch'
    """
    lines = [""]
    for part in name.replace("_", "_\0").split("\0"):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _entries(runs: Sequence[Run]) -> list[Artist]:
    points = [checkpoint for run in runs for checkpoint in run.checkpoints]
    present = {checkpoint.verdict for checkpoint in points}
    handles: list[Artist] = [
        Patch(fc=colour, ec="none", label=verdict.replace("_", " "))
        for verdict, colour in VERDICTS.items()
        if verdict in present
    ]
    falls = [fall for run in runs for fall in run.falls]
    shape = _MARK | {"ms": 5, "mew": 0.8}
    if falls:
        handles.append(Line2D([], [], marker="v", label="onset", **shape))
    if any(fall.recovery is not None for fall in falls):
        handles.append(Line2D([], [], marker="^", label="recovery", **shape))
    for trend, marker in _TRENDS.items():
        if any(checkpoint.trend == trend for checkpoint in points):
            small: dict[str, Any] = {"ls": "", "color": "black", "ms": 4, "mew": 0}
            handles.append(Line2D([], [], marker=marker, label=trend, **small))
    if any(checkpoint.certainty < SURE for checkpoint in points):
        handles.append(Patch(fc=_paled("#5b9bd5"), ec="none", label=f"pale: certainty < {SURE}"))
    return handles


# Small arrows: half a plus sign would be read as a number.
_TRENDS = {"rising": "$\\nearrow$", "falling": "$\\searrow$"}


def _paled(colour: str) -> tuple[float, ...]:
    return tuple(_PALE + (1 - _PALE) * part for part in to_rgb(colour))


def _run(axes: Axes, run: Run, counts: list[int], top: float, strip: float) -> None:
    name, middle, bottom = f"{run.recipe} seed {run.seed}", top + strip / 2, top + strip
    colours, cells = [], []
    for c in run.checkpoints:
        x, colour, sure = counts.index(c.epoch), VERDICTS[c.verdict], c.certainty >= SURE
        colours.append(to_rgb(colour) if sure else _paled(colour))
        cells.append([(x - 0.5, top), (x + 0.5, top), (x + 0.5, bottom), (x - 0.5, bottom)])
        if c.trend in _TRENDS and strip > 0.1:
            axes.plot(
                [x + 0.38], [top + 0.3 * strip], marker=_TRENDS[c.trend], ms=min(4.5, 30 * strip),
                mew=0, ls="", color="white" if sum(to_rgb(colour)) < 1.5 and sure else "black",
                gid=f"{name} {c.trend}", zorder=2,
            )  # fmt: skip
    painted = PolyCollection(cells, facecolors=colours, edgecolors="white", lw=0.9, gid=name)
    axes.add_collection(painted, autolim=False)
    shape = _MARK | {"ms": min(5.5, 55 * strip), "mew": 0.7, "zorder": 4}
    for fall in run.falls:
        ends, width = _place([fall.low, fall.high], counts), min(1.1, 9 * strip)
        both: dict[str, Any] = {"solid_capstyle": "butt", "zorder": 3}
        draw.line(axes, ends, [middle, middle], color="black", lw=2 * width, **both)
        gid = f"{name} interval"
        draw.line(axes, ends, [middle, middle], color="white", lw=width, gid=gid, **both)
        axes.plot(_place([fall.onset], counts), [middle], "v", gid=f"{name} onset", **shape)
        if fall.recovery is not None:
            place = _place([fall.recovery], counts)
            axes.plot(place, [middle], "^", gid=f"{name} recovery", **shape)


def _place(epochs: Sequence[float], counts: Sequence[int]) -> np.ndarray:
    """Return where epochs lie between the counts, whose cells have the centres 0, 1, 2, ..."""
    known = np.log([_BEGIN, *(count or 2 * _BEGIN for count in counts)])
    wanted = np.log(np.maximum(epochs, _BEGIN))
    return np.interp(wanted, known, [-0.5, *range(len(counts))])


def _axes(
    axes: Axes, counts: Sequence[int], names: Mapping[str, str], row: float, cell: float,
    several: bool
) -> None:  # fmt: skip
    room = max(1, int(np.ceil((0.075 * len(f"{counts[-1]:,}") + 0.08) / cell))) if counts else 1
    shown = range(len(counts) - 1, -1, -room)
    axes.set_xticks(list(shown), labels=[f"{counts[i]}" for i in shown])
    axes.set_yticks([(i + 0.5) * row for i in range(len(names))], labels=names.values())
    axes.tick_params(which="both", length=0)
    axes.tick_params(axis="y", labelsize=8.5, pad=13 if several else 4)
    for spine in axes.spines.values():
        spine.set_visible(False)
    draw.xlabel(axes, "epochs")
