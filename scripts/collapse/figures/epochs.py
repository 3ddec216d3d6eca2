"""The axis of epochs, the same in every figure, and the onsets beside it."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from collapse.diagnosis.results import Fall
from collapse.figures import draw
from collapse.figures.axis import Extent, set_axis, tick_labels

Falls = Mapping[str, Sequence[Fall]]


class Epochs:
    """A logarithmic axis of epochs. Before training is epoch 0, which takes half the first's place.

    Args:
        counts: Epochs that must be on the axis.

    >>> Epochs([0, 1, 10]).place([0, 10]).tolist()
    [0.5, 10.0]
    """

    def __init__(self, counts: Sequence[float] | np.ndarray) -> None:
        known = np.unique(np.asarray(counts, float)) if len(counts) else np.ones(1)
        self.zero = min((count for count in known.tolist() if count > 0), default=1.0) / 2
        ends = np.log10(self.place(known[[0, -1]]))
        margin = 0.05 * (ends[1] - ends[0]) or 0.3
        self.has_zero = known[0] == 0
        self.extent = Extent(ends[0] - margin, ends[1] + margin, log=True)

    def place(self, epochs: ArrayLike) -> np.ndarray:
        """Return where epochs are drawn, float64."""
        epochs = np.asarray(epochs, float)
        return np.where(epochs > 0, epochs, self.zero)

    def apply(self, axes: Axes, labels: bool = True, count: int = 5) -> None:
        """Make the horizontal axis of some axes this one, with about `count` labelled ticks."""
        set_axis(axes.xaxis, self.extent, count=count, labels=labels)
        if not labels:
            return
        if self.has_zero:
            ticks = [tick for tick in axes.get_xticks() if tick > 1.5 * self.zero]
            axes.set_xticks([self.zero, *ticks], labels=["0", *tick_labels(ticks)])
        draw.xlabel(axes, "epochs")


def onset_strip(
    figure: Figure, left: float, top: float, width: float, epochs: Epochs, falls: Falls,
    colours: Mapping[str, str]
) -> Axes:  # fmt: skip
    """Draw when runs fell: a line for each recipe, each onset a tick on its interval.

    The strip's place is in inches; `epochs` is the axis of what is below it.
    """
    axes = draw.panel(figure, left, top, width, strip_height(falls))
    axes.set(xscale="log", xlim=epochs.extent.limits, ylim=(len(falls) - 0.4, -0.6))
    axes.set_axis_off()
    for line, (recipe, found) in enumerate(falls.items()):
        for fall in found:
            ends, colour = epochs.place([fall.low, fall.high]), colours[recipe]
            draw.line(axes, ends, [line, line], color=colour, lw=1, alpha=0.5, gid="interval")
            axes.plot(
                epochs.place([fall.onset]), [line], "|", ms=5, mew=1.4, color=colour,
                gid=f"{recipe} onset", clip_on=False,
            )  # fmt: skip
    return axes


def strip_height(falls: Falls) -> float:
    """Return the height of a strip of onsets, in inches."""
    return 0.085 * len(falls) + 0.02


def onset_entry() -> Line2D:
    """Return a legend's entry for a strip of onsets."""
    label = "onset, its interval"
    return Line2D([], [], color="0.35", lw=1, marker="|", ms=6, mew=1.4, label=label)
