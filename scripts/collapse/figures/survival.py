"""When recipes collapse, over all seeds: survival curves."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from collapse.figures import draw
from collapse.figures.epochs import Epochs
from collapse.figures.style import recipe_colours, recipe_dashes, styled
from collapse.figures.tables import Row

# Curves that lie on one another are drawn so far apart.
_APART = 0.016


@styled
def survival_curves(
    survival: Sequence[Row], onset: Sequence[Row], recipes: Sequence[str], title: str
) -> Figure:
    """Draw the share of runs that have not collapsed yet against the epochs.

    Kaplan and Meier's estimate; on the right its end with Wilson's interval at 95 %. Curves of
    several recipes that agree are drawn beside one another.

    Args:
        survival: With `recipe`, `epoch` and `survival`, by recipe in the order of the epochs, the
            first at epoch 0.
        onset: With `recipe`, `runs`, `collapsed`, `fraction`, `fraction_low` and `fraction_high` of
            the runs that collapsed, and `last_epoch`.
        recipes: The study's recipes in order, which gives them their colours.
        title: The figure's title.
    """
    colours, dashes = recipe_colours(recipes), recipe_dashes(recipes)
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in survival:
        curves.setdefault(row["recipe"], []).append((row["epoch"], row["survival"]))
    ends = {row["recipe"]: row for row in onset}
    shown = [name for name in recipes if name in curves]
    width, beside, left = 3.0, 1.25, 0.55
    height = max(1.6, 0.19 * len(shown))
    longest = max((len(name) for name in shown), default=0)
    page_width = left + width + 0.25 + beside + 0.2 + 0.06 * longest + 0.5
    figure = draw.page(page_width, 0.5 + height + 0.5, title)
    last = max((row["last_epoch"] for row in onset), default=1)
    axis = Epochs([0, 1, last])
    axes = draw.panel(figure, left, 0.5, width, height)
    axis.apply(axes)
    axes.set(ylim=(-0.07, 1.07), yticks=[0, 0.5, 1])
    draw.ylabel(axes, "share of runs not collapsed")
    other = draw.panel(figure, left + width + 0.25, 0.5, beside, height)
    other.set(xlim=(-0.05, 1.05), xticks=[0, 0.5, 1], ylim=(len(shown) - 0.5, -0.5))
    other.set_yticks(range(len(shown)), labels=[_named(name, ends[name]) for name in shown])
    other.tick_params(axis="y", length=0, labelleft=False, labelright=True)
    other.set_title(f"at epoch {last:,}", size=8)
    draw.xlabel(other, "share of runs")
    for place, name in enumerate(shown):
        shift = (place - (len(shown) - 1) / 2) * _APART
        points = [*curves[name], (last, curves[name][-1][1])]
        axes.step(
            axis.place([epoch for epoch, _ in points]), [share - shift for _, share in points],
            where="post", color=colours[name], ls=dashes[name], gid=name, solid_joinstyle="miter",
        )  # fmt: skip
        end, colour = ends[name], colours[name]
        interval = [1 - end["fraction_high"], 1 - end["fraction_low"]]
        draw.line(other, interval, [place] * 2, color=colour, lw=1.2, gid=f"{name} interval")
        point = [1 - end["fraction"]], [place]
        other.plot(*point, "o", ms=4, mew=0, color=colour, gid=f"{name} end")
    return figure


def _named(name: str, end: Row) -> str:
    return f"{name}  {end['runs'] - end['collapsed']} of {end['runs']}"
