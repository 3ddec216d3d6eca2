"""How every figure looks and how it is written.

Figures are plain `matplotlib.figure.Figure` objects: pyplot would keep each of them alive.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from itertools import groupby
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import mplhep
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from collapse.files import atomic

REAL = "#1a1a1a"
REAL_FILL = "#d4d4d4"
FLOOR_FILL = "#ebebeb"
REAL_STEPS: dict[str, Any] = {"facecolor": REAL_FILL, "edgecolor": REAL, "gid": "real"}
# Okabe and Ito's colours, which colour-blind readers can tell apart, then darker ones of Tol's. The
# first without black, which is the real events', and without yellow, which is too pale for lines.
PALETTE = (
    "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
    "#882255", "#332288", "#999933",
)  # fmt: skip
GENERATED = PALETTE[0]
# Like cividis: equally readable for the colour-blind and in grey, but dark where there is much, so
# that single points show on white.
_DARK = ["#31619f", "#1b3a6b", "#0a1730"]
COLOURS = LinearSegmentedColormap.from_list("collapse", ["#9fb7d9", "#5f8dc4", *_DARK])
# The same from white, where nothing has no points.
SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#c3d2e8", "#7ea2cf", *_DARK])

# mplhep's style (ticks inside and on all sides, TeX Gyre Heros, which comes with mplhep and so
# gives the same bytes everywhere), at the sizes of a column of text.
_TICKS = {
    "labelsize": 8, "major.pad": 3, "major.size": 4, "major.width": 0.6,
    "minor.size": 2, "minor.width": 0.5, "minor.visible": False,
}  # fmt: skip
STYLE = mplhep.style.CMS | {
    "axes.axisbelow": False,
    "axes.formatter.useoffset": False,
    "axes.labelpad": 2.5,
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.titlesize": 9,
    "axes.unicode_minus": True,
    "figure.dpi": 120,
    "font.size": 9,
    "legend.borderaxespad": 0,
    "legend.borderpad": 0,
    "legend.columnspacing": 1.6,
    "legend.fontsize": 8.5,
    "legend.handlelength": 1.6,
    "legend.handletextpad": 0.5,
    "lines.linewidth": 1.2,
    "mathtext.default": "it",
    "mathtext.fallback": "stixsans",
    "patch.linewidth": 0.8,
    "svg.fonttype": "path",
    "svg.hashsalt": "collapse",
    **{f"{axis}tick.{key}": value for axis in "xy" for key, value in _TICKS.items()},
}

# Without dates and versions, so that equal figures are equal files.
_FORMATS: dict[str, dict[str, Any]] = {
    ".png": {"dpi": "figure", "metadata": {"Software": None}},
    ".svg": {"dpi": 200, "metadata": {"Date": None, "Creator": None}},
}


Taken = ParamSpec("Taken")
Given = TypeVar("Given")


def styled(function: Callable[Taken, Given]) -> Callable[Taken, Given]:
    """Decorate a function that returns a figure so that it draws in the project's style."""

    @wraps(function)
    def wrapper(*args: Taken.args, **kwargs: Taken.kwargs) -> Given:
        with mpl.rc_context(STYLE):
            return function(*args, **kwargs)

    return wrapper


def recipe_colours(names: Iterable[str]) -> dict[str, str]:
    """Give each recipe its colour, by its place in the study, so that all figures agree.

    >>> recipe_colours(["original", "capable"])
    {'original': '#d55e00', 'capable': '#0072b2'}
    """
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(names)}


def recipe_dashes(names: Iterable[str]) -> dict[str, str]:
    """Give each recipe its line's style: solid, and other ones for those whose colours repeat.

    >>> recipe_dashes("abcdefghij")["a"], recipe_dashes("abcdefghij")["j"]
    ('-', '--')
    """
    styles = ("-", "--", ":", "-.")
    return {name: styles[index // len(PALETTE) % 4] for index, name in enumerate(names)}


def by_figure(paths: Iterable[str]) -> list[list[str]]:
    """Group the paths of figures, which differ by the format, and so the suffix, alone.

    >>> by_figure(["a.png", "a.svg", "b.png", "b.svg"])
    [['a.png', 'a.svg'], ['b.png', 'b.svg']]
    """
    return [list(group) for _, group in groupby(paths, lambda path: Path(path).with_suffix(""))]


def save(figure: Figure, *paths: Path | str) -> None:
    """Write a figure to paths, whole or not at all; equal figures give equal bytes.

    Raises:
        ValueError: If a path ends in neither .png nor .svg.
    """
    for path in paths:
        suffix = Path(path).suffix
        if suffix not in _FORMATS:
            message = f"{path}: figures are written as {' or '.join(_FORMATS)}."
            raise ValueError(message)
        with mpl.rc_context(STYLE), atomic(path) as part:
            figure.savefig(part, **_FORMATS[suffix])
