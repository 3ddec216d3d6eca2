"""Axes' ranges and ticks: what a linear and a logarithmic axis have in common.

A *coordinate* is what grows evenly along the drawn axis: the value, or its decimal logarithm.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axis import XAxis, YAxis
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT, TICKRIGHT, TICKUP
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator
from numpy.typing import ArrayLike

# How near a quantile an extreme has to be, in shares of the range, to count as an edge and not as
# an outlier.
_SNAP = 0.1


@dataclass(frozen=True)
class Extent:
    """A range of an axis, in coordinates.

    Args:
        low: Where the axis begins.
        high: Where it ends, above `low`.
        log: Whether the coordinate is the decimal logarithm.
        step: What binned data have to be multiples of: 1 for integers, otherwise 0.
    """

    low: float
    high: float
    log: bool = False
    step: float = 0

    def coordinate(self, values: ArrayLike) -> np.ndarray:
        """Return float64 coordinates, as `coordinate` does."""
        return coordinate(values, self.log)

    def value(self, coordinates: ArrayLike) -> np.ndarray:
        """Return the values at some coordinates."""
        return 10.0 ** np.asarray(coordinates) if self.log else np.asarray(coordinates)

    @property
    def limits(self) -> tuple[float, float]:
        """The axis limits, in values."""
        low, high = self.value([self.low, self.high]).tolist()
        return low, high

    def inside(self, coordinates: np.ndarray) -> np.ndarray:
        """Return which coordinates lie on the axis."""
        return (coordinates >= self.low) & (coordinates <= self.high)

    def edges(self, bins: int) -> np.ndarray:
        """Return the edges, in values, of that many bins of the same drawn width."""
        return self.value(np.linspace(self.low, self.high, bins + 1))


def coordinate(values: ArrayLike, log: bool) -> np.ndarray:
    """Return float64 coordinates; NaN where values aren't finite, -inf where no logarithm is."""
    values = np.asarray(values, np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    if not log:
        return values
    result = np.full(values.shape, -np.inf)
    np.log10(values, out=result, where=values > 0)
    result[np.isnan(values)] = np.nan
    return result


def fit_extent(values: ArrayLike, log: bool, tail: float = 0.001) -> Extent:
    """Fit an extent to values, few of which may be far off.

    The range is that between the quantiles `tail` and 1 - `tail`, or up to the extremes where those
    are near: a cut's edge stays visible, an outlier doesn't squeeze the rest. A logarithmic axis is
    asked for by `log` but taken only where the range is positive.

    >>> fit_extent([0, 1, 2, 3], log=True)
    Extent(low=-0.5, high=3.5, log=False, step=1)
    >>> fit_extent([1.5, 10.5], log=False)
    Extent(low=1.5, high=10.5, log=False, step=0)
    """
    finite = np.asarray(values, np.float64)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return Extent(0.0, 1.0)
    extremes = np.array([np.min(finite), np.max(finite)])
    quantiles = np.quantile(finite, [tail, 1 - tail], method="nearest")
    log = bool(log and quantiles[0] > 0)
    low, high = coordinate(quantiles, log).tolist()
    first, last = coordinate(extremes, log).tolist()
    span = high - low
    if span <= 1e-6 * max(abs(low), abs(high)):
        margin = 0.5 if log else max(0.5, 0.5 * abs(low))
        return Extent(low - margin, high + margin, log)
    low = first if low - first <= _SNAP * span else low
    high = last if last - high <= _SNAP * span else high
    if not log and high - low < 60 and np.array_equal(finite, np.rint(finite)):
        return Extent(math.floor(low) - 0.5, math.ceil(high) + 0.5, log, step=1)
    return Extent(low, high, log)


def set_axis(axis: XAxis | YAxis, extent: Extent, count: int = 5, labels: bool = True) -> None:
    """Set an axis's scale, limits and ticks, with room for about `count` labelled ones."""
    low, high = extent.limits
    name = axis.axis_name
    axis.axes.set(**{f"{name}scale": "log" if extent.log else "linear", f"{name}lim": (low, high)})
    if extent.log:
        ticks, minor = log_ticks(low, high, count)
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FixedFormatter(tick_labels(ticks)))
        _minor_ticks(axis, minor)
    else:
        axis.set_major_locator(MaxNLocator(count, steps=[1, 2, 5, 10], min_n_ticks=2))
    if not labels:
        axis.set_tick_params(which="both", labelbottom=False, labelleft=False)


def _minor_ticks(axis: XAxis | YAxis, ticks: Sequence[float]) -> None:
    # As two artists: Matplotlib makes five of each tick, which would be half of a figure's cost.
    if not ticks:
        return
    axes, horizontal = axis.axes, axis.axis_name == "x"
    transform = axes.get_xaxis_transform() if horizontal else axes.get_yaxis_transform()
    markers: tuple[Any, ...] = (TICKUP, TICKDOWN) if horizontal else (TICKRIGHT, TICKLEFT)
    for side, marker in enumerate(markers):
        place = ticks, np.full(len(ticks), side)
        line = Line2D(
            *(place if horizontal else place[::-1]), ls="", marker=marker, ms=2, mew=0.5,
            color="black", transform=transform, zorder=2.5, gid="minor",
        )  # fmt: skip
        axes.add_artist(line)


def log_ticks(low: float, high: float, count: int) -> tuple[list[float], list[float]]:
    """Choose at most about `count` ticks of a logarithmic axis, and the minor ticks.

    >>> log_ticks(1, 1000, 5)[0]
    [1.0, 10.0, 100.0, 1000.0]
    >>> log_ticks(2.9, 31, 5)[0]
    [3.0, 10.0, 30.0]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)

    def within(digits: Iterable[int], every: int = 1) -> list[float]:
        values = (digit * 10.0**decade for decade in decades[::every] for digit in digits)
        return [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]

    every = max(1, math.ceil(len(within([1])) / count))
    # Whole decades are counted from zero so that the axes of a figure have ticks in common.
    ticks = [tick for tick in within([1]) if round(math.log10(tick)) % every == 0]
    minor = within(range(1, 10)) if len(decades) < 15 else []
    for digits in ((1, 3), (1, 2, 5), (1, 2, 3, 5, 7), range(1, 10)):
        if len(ticks) >= 3:
            break
        finer = within(digits)
        if len(finer) > count:
            break
        ticks = finer
    if len(ticks) < 2:
        linear = MaxNLocator(min(count, 4), steps=[1, 2, 5, 10]).tick_values(low, high)
        ticks, minor = [float(tick) for tick in linear if low <= tick <= high], []
    return ticks, [tick for tick in minor if tick not in ticks]


def tick_labels(values: Sequence[float]) -> list[str]:
    r"""Write the labels of an axis's ticks: all plainly, or all with powers of ten.

    >>> tick_labels([0.01, 1, 30])
    ['0.01', '1', '30']
    >>> print(*tick_labels([1e-4, 1, 2e4]))
    $\mathrm{10^{-4}}$ $\mathrm{10^{0}}$ $\mathrm{2\times10^{4}}$
    """
    if all(0.01 <= value < 10_000 for value in values):
        return [f"{value:.6g}" for value in values]
    return [_power(value) for value in values]


def _power(value: float) -> str:
    exponent = math.floor(math.log10(value) + 1e-9)
    digits = f"{value / 10.0**exponent:.4g}"
    factor = "" if digits == "1" else rf"{digits}\times"
    return rf"$\mathrm{{{factor}10^{{{exponent}}}}}$"


def percent(share: float) -> str:
    """Write a share for a reader.

    >>> [percent(share) for share in (0.00004, 0.0012, 0.031, 0.5, 1)]
    ['<0.1 %', '0.1 %', '3.1 %', '50 %', '100 %']
    """
    if 0 < share < 0.001:
        return "<0.1 %"
    share = 100 * share
    return f"{share:.0f} %" if share >= 9.95 or share == 0 else f"{share:.1f} %"


def thousands(count: int) -> str:
    """Write a count with thin spaces.

    >>> thousands(20000).replace("\u2009", " ")
    '20 000'
    """
    return f"{count:,}".replace(",", "\u2009")
