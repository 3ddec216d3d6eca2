"""Which recipe is best when, drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from collapse.diagnosis.advice import OUTCOMES, PRIMARY
from collapse.diagnosis.ranking import Ranking, rank_recipes
from collapse.figures import draw
from collapse.figures.epochs import Epochs
from collapse.figures.labels import METRICS
from collapse.figures.style import recipe_colours, recipe_dashes, styled
from collapse.figures.tables import Row

_RANKED = {name: OUTCOMES[name] for name in (PRIMARY, "auc")}
_OVERLAP = "0.82"


@styled
def ranks_against_epochs(
    table: Sequence[Row], recipes: Sequence[str], title: str, better: Mapping[str, bool] = _RANKED
) -> Figure:
    """Draw the rank of each recipe against the epochs, an outcome to a panel.

    Recipes are ranked by the mean over their seeds. Grey bars join neighbours whose seeds overlap,
    so that their order may be chance; without several seeds there are none, and nothing is known.

    Args:
        table: With `recipe`, `seed`, `epoch`, `metric`, `feature` and `value`.
        recipes: The study's recipes in order, which gives them their colours.
        title: The figure's title.
        better: Metric -> whether more of it is better, in the order of the panels.
    """
    found = rank_recipes(table, recipes, better)
    metrics = list(dict.fromkeys(ranking.metric for ranking in found))
    present = {name for ranking in found for name in ranking.recipes}
    shown = [name for name in recipes if name in present]
    epochs = Epochs(sorted({ranking.epoch for ranking in found}))
    width, height, left, top = 2.9, max(0.9, 0.22 * len(shown)), 0.42, 0.84
    names = 0.061 * max((len(name) for name in shown), default=0) + 0.15
    page_width, row = max(left + width + names, 3.6), height + 0.42
    figure = draw.page(page_width, top + max(len(metrics), 1) * row + 0.1, title)
    bar = Patch(fc=_OVERLAP, ec="none", label="seeds overlap: the order may be chance")
    draw.legend(figure, [bar], 1)
    for index, metric in enumerate(metrics):
        axes = draw.panel(figure, left, top + index * row, width, height)
        epochs.apply(axes, labels=index + 1 == len(metrics))
        axes.set(ylim=(len(shown) + 0.5, 0.5), yticks=range(1, len(shown) + 1))
        axes.tick_params(axis="y", length=0)
        axes.set_title(f"by {METRICS.get(metric, metric)}")
        if index == 0:
            draw.ylabel(axes, "rank")
            axes.yaxis.set_label_coords(-0.22 / width, 1)
        _panel(axes, epochs, [ranking for ranking in found if ranking.metric == metric], recipes)
    return figure


def _panel(axes: Axes, epochs: Epochs, rankings: Sequence[Ranking], recipes: Sequence[str]) -> None:
    lines: dict[str, list[tuple[float, float]]] = {}
    for ranking in rankings:
        (x,) = epochs.place([ranking.epoch])
        for name, rank in zip(ranking.recipes, ranking.ranks, strict=True):
            lines.setdefault(name, []).append((x, rank))
        for rank, overlap in enumerate(ranking.overlaps, start=1):
            if overlap:
                shape: dict[str, Any] = {"solid_capstyle": "round", "zorder": 1, "gid": "overlap"}
                draw.line(axes, [x, x], [rank, rank + 1], color=_OVERLAP, lw=7, **shape)
    colours, dashes = recipe_colours(recipes), recipe_dashes(recipes)
    # Names are beside one another, where those of equal recipes would hide one another.
    ends = {name: place for place, name in enumerate(rankings[-1].recipes, start=1)}
    for name, points in lines.items():
        place, rank = np.transpose(points)
        axes.plot(
            place, rank, marker="o", ls=dashes[name], color=colours[name], ms=5, mew=0, zorder=3,
            gid=name,
        )  # fmt: skip
        draw.note(
            axes, name, (1, ends.get(name, rank[-1])), (4, 0), size=8.5, va="center",
            xycoords=axes.get_yaxis_transform(), color=colours[name],
        )  # fmt: skip
