"""The film of a run: what it generates from the same noise, as training goes on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, StepPatch
from matplotlib.patheffects import AbstractPathEffect
from matplotlib.text import Annotation, Text
from matplotlib.typing import ColorType
from PIL import Image

from collapse.diagnosis.results import Fall
from collapse.figures import draw
from collapse.figures.axis import Extent, coordinate, fit_extent, percent, set_axis
from collapse.figures.epochs import Epochs
from collapse.figures.features import Feature, Windows
from collapse.figures.spectrum import spread
from collapse.figures.style import GENERATED, REAL, REAL_FILL, REAL_STEPS, SHADES, styled
from collapse.files import atomic

_HALO: list[AbstractPathEffect] = [patheffects.withStroke(linewidth=2.2, foreground="white")]
_BINS, _SPECTRUM_BINS = 32, 72
# The share of generated events beyond an axis that is worth a remark.
_OUTSIDE = 0.02
# An axis grows by at most this share of its range, up to these quantiles of all that is generated.
_WIDEN = 0.25
_TAILS = (0.01, 0.99)
# At most so many frames, each shown for so many milliseconds; the last one for longer.
_FRAMES = 50
_DURATION, _LAST = 120, 2500
_REAL_POINTS = "0.72"
_GENERATED = "generated from the same noise"
_POINTS = 4000
# A sample that fills no more than this share of both axes is a point.
_POINT = 0.03


@dataclass(frozen=True)
class Film:
    """What a run generates from the same noise as it trains, and how that is shown.

    Args:
        real: The real events, shape (n, d).
        epochs: The trace's epochs, ascending, shape (t,).
        events: What was generated at each, shape (t, m, d); values needn't be finite.
        features: The columns, d of them.
        title: The figures' title.
        colour: The generated events' colour.
        pair: The columns of the points.
        spectrum: The column drawn large.
        windows: The spectrum's modes.
        fall: The run's fall, whose onset and recovery are marked.
    """

    real: np.ndarray
    epochs: np.ndarray
    events: np.ndarray
    features: Sequence[Feature]
    title: str
    colour: str = GENERATED
    pair: tuple[int, int] = (0, 1)
    spectrum: int = -1
    windows: Windows = field(default_factory=dict)
    fall: Fall | None = None

    @property
    def others(self) -> list[int]:
        """The columns beside the spectrum."""
        columns = range(len(self.features))
        return [i for i in columns if i != columns[self.spectrum]]


@styled
def film_strip(film: Film) -> Figure:
    """Draw each feature's distribution against the epochs as a map, with the real one beside it.

    All maps have the same colours: the share of events in a bin, over the greatest of the real
    bins, so that a column as dark as the real strip is as it should be. The spectrum is drawn
    larger, in finer bins.
    """
    width, strip, left, gap = 1.55, 0.14, 0.66, 0.76
    columns = 3
    rows = math.ceil(len(film.others) / columns)
    tall, height, row = 1.7, 1.1, 1.55
    wide = columns * (width + strip + 0.05) + (columns - 1) * gap
    page_width, top = left + wide + 0.85, 0.5
    figure = draw.page(page_width, top + tall + 0.55 + rows * row, film.title)
    axis = Epochs(film.epochs)
    norm = PowerNorm(0.6, 0, 1.5, clip=True)
    shape = (wide - strip - 0.05, tall, strip)
    axes, real = _map(figure, left, top, shape, film, film.spectrum, axis, norm, _SPECTRUM_BINS)
    _windows(real, film, tall)
    _mark(axes, axis, film.fall, label=True)
    for index, column in enumerate(film.others):
        x = left + index % columns * (width + strip + 0.05 + gap)
        y = top + tall + 0.55 + index // columns * row
        axes, _ = _map(figure, x, y, (width, height, strip), film, column, axis, norm, _BINS)
        _mark(axes, axis, film.fall)
    right, y, height = (0.16, top + tall + 0.55, height) if film.others else (0.5, top, tall)
    axes = draw.panel(figure, left + wide + right, y, 0.1, height)
    bar = draw.colour_bar(axes, cmap=SHADES, norm=norm, extendfrac=0.05)
    bar.set_ticks([0, 0.5, 1, 1.5])
    bar.set_label("events / greatest real bin", size=7.5)
    return figure


def _map(
    figure: Figure, left: float, top: float, shape: tuple[float, float, float], film: Film,
    column: int, axis: Epochs, norm: PowerNorm, bins: int
) -> tuple[Axes, Axes]:  # fmt: skip
    width, height, strip = shape
    real, events, feature = film.real[:, column], film.events[..., column], film.features[column]
    extent, bins = _extent(real, events, feature.log, bins)
    truth, _ = _shares(real, extent, bins)
    found = [_shares(values, extent, bins) for values in events]
    shares = np.stack([share for share, _ in found])
    unit = truth.max(initial=0) or 1
    axes = draw.panel(figure, left, top, width, height)
    beside = draw.panel(figure, left + width + 0.05, top, strip, height)
    axis.apply(axes)
    mesh: dict[str, Any] = {"cmap": SHADES, "norm": norm, "rasterized": True, "zorder": 1}
    values, moments = extent.edges(bins), _edges(axis.place(film.epochs))
    axes.set_xlim(moments[0], moments[-1])
    axes.pcolormesh(moments, values, shares.T / unit, gid="generated", **mesh)
    beside.pcolormesh([0, 1], values, truth[:, None] / unit, gid="real", **mesh)
    set_axis(axes.yaxis, extent)
    set_axis(beside.yaxis, extent, labels=False)
    beside.set(xlim=(0, 1), xticks=[])
    beside.tick_params(which="both", length=0)
    for artist in beside.findobj(Line2D):
        if artist.get_gid() == "minor":
            artist.remove()
    beside.set_title("real", loc="center", size=7.5)
    draw.ylabel(axes, feature.axis)
    note = _outside(max(share for _, share in found))
    axes.set_title(note.replace(":", ": up to"), size=7.5)
    return axes, beside


def _extent(real: np.ndarray, generated: np.ndarray, log: bool, bins: int) -> tuple[Extent, int]:
    """Return the axis, the real events' and wider where generated ones are, and its bins."""
    extent = fit_extent(real, log, tail=0.0005)
    if extent.step:
        return extent, round(extent.high - extent.low)
    points = extent.coordinate(generated)
    points = points[np.isfinite(points)]
    low, high = np.quantile(points, _TAILS) if len(points) else (extent.low, extent.high)
    most = _WIDEN * (extent.high - extent.low)
    low = float(np.clip(low, extent.low - most, extent.low))
    high = float(np.clip(high, extent.high, extent.high + most))
    return Extent(low, high, extent.log), round(bins * (high - low) * _WIDEN / most)


def _shares(values: np.ndarray, extent: Extent, bins: int) -> tuple[np.ndarray, float]:
    """Return the share of all events in each bin, and beyond the bins or not finite."""
    points = extent.coordinate(values)
    counts, _ = np.histogram(points[np.isfinite(points)], bins, (extent.low, extent.high))
    total = max(len(points), 1)
    return counts / total, 1 - counts.sum() / total


def _edges(places: np.ndarray) -> np.ndarray:
    logs = np.log(places)
    if len(logs) == 1:
        return np.exp([logs[0] - 0.2, logs[0] + 0.2])
    middles = (logs[:-1] + logs[1:]) / 2
    return np.exp([2 * logs[0] - middles[0], *middles, 2 * logs[-1] - middles[-1]])


def _windows(axes: Axes, film: Film, height: float) -> None:
    log = axes.get_yscale() == "log"
    low, high = coordinate(axes.get_ylim(), log)
    shown = []
    for name, window in film.windows.items():
        if window["feature"] == film.features[film.spectrum].name:
            ends = coordinate([window["low"], window["high"]], log)
            place = float((ends.mean() - low) / (high - low))
            if 0 < place < 1:
                shown.append((place, window.get("label") or name))
    shown.sort()
    places = spread([place * height for place, _ in shown], [0.15] * len(shown), height)
    for (place, label), moved in zip(shown, places, strict=True):
        beside = 2.1, moved / height
        draw.pointed(axes, label, (1, place), beside, va="center", ha="left", size=7.5)


def _mark(axes: Axes, axis: Epochs, fall: Fall | None, label: bool = False) -> None:
    for name in ("onset", "recovery"):
        epoch = getattr(fall, name, None)
        if epoch is None:
            continue
        (place,) = axis.place([epoch])
        line = axes.axvline(place, color="black", lw=1, ls="--", zorder=3, gid=name)
        line.set_path_effects(_HALO)
        if label:
            draw.note(
                axes, name, (place, 1), (0, 2), xycoords=axes.get_xaxis_transform(), size=7.5,
                ha="center", va="bottom",
            )  # fmt: skip


def _outside(share: float) -> str:
    return f"outside: {percent(share)}" if share >= _OUTSIDE else ""


# The generated events' steps, what is said of those outside, the column, its axis and its bins.
_Histogram = tuple[StepPatch, Annotation, int, Extent, int]


class _Frame:
    """A frame, and what changes from one to the next."""

    def __init__(self, film: Film) -> None:
        self.film, self.axis = film, Epochs(film.epochs)
        side, left, top, gap, columns = 2.7, 0.66, 0.55, 0.4, 3
        width, tall, small, row = 3.5, 1.0, 0.55, 0.97
        rows = math.ceil(len(film.others) / columns)
        inner = (width - (columns - 1) * 0.28) / columns
        page_width = left + side + gap + width + 0.15
        below = top + max(side + 0.5, tall + 0.45 + rows * row)
        self.figure = figure = draw.page(page_width, below + 0.62, film.title, dpi=100)
        handles: list[Artist] = [
            Patch(fc=REAL_FILL, ec=REAL, label="real"),
            Line2D([], [], color=film.colour, marker="o", ms=3, label=_GENERATED),
        ]
        draw.legend(figure, handles, 2)
        self._draw_pair(draw.panel(figure, left, top, side, side))
        x = left + side + gap
        self.steps = [_histogram(figure, film, film.spectrum, (x, top, width, tall), 60)]
        for i, column in enumerate(film.others):
            y = top + tall + 0.45 + i // columns * row
            place = x + i % columns * (inner + 0.28), y, inner, small
            self.steps.append(_histogram(figure, film, column, place, 24))
        line = left, below + 0.12, page_width - left - 0.95
        self.moment, self.label = _time_line(figure, *line, self.axis, film)

    def _draw_pair(self, axes: Axes) -> None:
        real, pair, colour = self.film.real, list(self.film.pair), self.film.colour
        self.window = []
        for i in pair:
            fit = fit_extent(real[:, i], self.film.features[i].log, tail=0.0005)
            margin = 0.03 * (fit.high - fit.low)
            self.window.append(Extent(fit.low - margin, fit.high + margin, fit.log))
        x, y = pair
        set_axis(axes.xaxis, self.window[0])
        set_axis(axes.yaxis, self.window[1])
        draw.xlabel(axes, self.film.features[x].axis)
        draw.ylabel(axes, self.film.features[y].axis)
        some = real[:: max(1, len(real) // _POINTS), pair]
        shape: dict[str, Any] = {"ms": 1.2, "mew": 0, "color": _REAL_POINTS, "rasterized": True}
        axes.plot(*some.T, "o", gid="real", **shape)
        shape = {"ms": 2.4, "mew": 0, "color": colour, "alpha": 0.8}
        (self.points,) = axes.plot([], [], "o", gid="generated", **shape)
        shape = {"ms": 11, "mfc": "none", "mec": colour, "mew": 1.2, "transform": axes.transAxes}
        (self.ring,) = axes.plot([], [], "o", gid="ring", **shape)
        shape = {"ha": "right", "va": "bottom", "size": 7.5, "transform": axes.transAxes}
        self.note = axes.text(1, 1.015, "", color=colour, **shape)

    def show(self, index: int) -> None:
        """Show what was generated at one of the trace's epochs."""
        values = self.film.events[index]
        pair = values[:, list(self.film.pair)]
        self.points.set_data(*pair.T)
        self._point_out(pair)
        for patch, note, column, extent, bins in self.steps:
            shares, off = _shares(values[:, column], extent, bins)
            patch.set_data(shares)
            note.set_text(_outside(off))
        self.moment.set_xdata(self.axis.place(self.film.epochs[[index]]))
        self.label.set_text(f"epoch {self.film.epochs[index]:,}")

    def _point_out(self, pair: np.ndarray) -> None:
        """Ring a point mass, which would be lost among the real events, and count what is off."""
        each = zip(self.window, pair.T, strict=True)
        shares = [(axis.coordinate(x) - axis.low) / (axis.high - axis.low) for axis, x in each]
        places = np.stack(shares, axis=1)
        places = places[np.isfinite(places).all(axis=1)]
        massed = len(places) > 0 and np.max(np.ptp(places, axis=0)) < _POINT
        self.ring.set_data(*places[: int(massed)].T)
        seen = int(np.sum(((places >= 0) & (places <= 1)).all(axis=1)))
        self.note.set_text(_outside(1 - seen / max(len(pair), 1)))

    @property
    def moving(self) -> list[Artist]:
        """The artists that change."""
        steps: list[Artist] = [artist for step in self.steps for artist in step[:2]]
        return [self.points, self.ring, self.note, *steps, self.moment, self.label]


@styled
def film_frame(film: Film, index: int = -1) -> Figure:
    """Draw one frame of a film: two features as points, the others as histograms."""
    frame = _Frame(film)
    frame.show(index)
    return frame.figure


def _palette(colour: ColorType) -> Image.Image:
    """Return a picture with the colours of a film: all shades of its few, from white."""
    shades = []
    for base in ("black", REAL_FILL, _REAL_POINTS, colour):
        ink = 1 - np.array(to_rgb(base))
        # Pillow takes shades that are nearer than this for one another.
        steps = int(255 * ink.max() / 16)
        shades += [1 - share * ink for share in np.linspace(0, 1, steps + 1)]
    found = Image.new("P", (1, 1))
    found.putpalette((255 * np.array(shades)).round().astype(int).ravel().tolist())
    return found


@styled
def write_film(path: Path | str, film: Film) -> None:
    """Write a film as an animated GIF; equal films give equal bytes.

    What doesn't move is drawn once: Matplotlib's own writer, which draws all for each frame, would
    take ten times as long.
    """
    frame = _Frame(film)
    canvas = FigureCanvasAgg(frame.figure)
    for artist in frame.moving:
        artist.set_animated(True)
    canvas.draw()
    background = canvas.copy_from_bbox(frame.figure.bbox)
    count = len(film.epochs)
    pictures, palette = [], _palette(film.colour)
    for index in np.unique(np.linspace(0, count - 1, min(count, _FRAMES)).round().astype(int)):
        frame.show(index)
        canvas.restore_region(background)
        for artist in frame.moving:
            artist.draw(canvas.get_renderer())
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
        pictures.append(picture.quantize(palette=palette, dither=Image.Dither.NONE))
    first, *others = pictures
    with atomic(path) as part:
        first.save(
            part, save_all=True, append_images=others, loop=0, optimize=False,
            duration=[*[_DURATION] * len(others), _LAST],
        )  # fmt: skip


def _histogram(
    figure: Figure, film: Film, column: int, place: tuple[float, float, float, float], bins: int
) -> _Histogram:
    real, feature, colour = film.real[:, column], film.features[column], film.colour
    extent = fit_extent(real, feature.log)
    bins = round(extent.high - extent.low) if extent.step else bins
    axes = draw.panel(figure, *place)
    set_axis(axes.xaxis, extent, count=7 if place[2] > 2 else 3)
    truth, _ = _shares(real, extent, bins)
    axes.set(ylim=(0, 2 * max(truth.max(initial=0), 1e-9)), yticks=[])
    edges = extent.edges(bins)
    draw.steps(axes, truth, edges, **REAL_STEPS, lw=0.5)
    patch = draw.steps(axes, np.zeros(bins), edges, edgecolor=colour, lw=1.2, gid="generated")
    draw.xlabel(axes, feature.axis)
    note = draw.note(
        axes, "", (1, 1), (-3, -5), xycoords="axes fraction", ha="right", va="top", size=6.5,
        color=colour,
    )  # fmt: skip
    return patch, note, column, extent, bins


def _time_line(
    figure: Figure, left: float, top: float, width: float, axis: Epochs, film: Film
) -> tuple[Line2D, Text]:
    axes = draw.panel(figure, left, top, width, 0.1)
    axis.apply(axes, count=7)
    axes.set(ylim=(0, 1), yticks=[], xlabel="")
    for line in list(axes.lines):
        line.remove()
    _mark(axes, axis, film.fall, label=True)
    shape: dict[str, Any] = {"ms": 7, "mfc": film.colour, "mec": "white", "clip_on": False}
    (moment,) = axes.plot([1], [0.5], "o", zorder=5, gid="moment", **shape)
    shape = {"transform": axes.transAxes, "va": "center", "size": 9, "weight": "bold"}
    return moment, axes.text(1.015, 0.5, "", gid="epoch", **shape)
