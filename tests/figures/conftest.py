import importlib.util
from pathlib import Path

import pytest


def _module(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def toy():
    return _module("toy")


@pytest.fixture(scope="session")
def study():
    """The diagnoses and tables of a study."""
    return _module("runs")


@pytest.fixture
def by_gid():
    """Find an axes' artists by their gid."""

    def find(axes, gid):
        return [artist for artist in axes.get_children() if artist.get_gid() == gid]

    return find


@pytest.fixture
def texts():
    """All texts of a figure that a reader sees."""

    def find(figure):
        from matplotlib.text import Text

        return {text.get_text() for text in figure.findobj(Text) if text.get_text()}

    return find


@pytest.fixture
def drawn(tmp_path):
    """Write a figure as PNG, in which all is drawn, and return its path."""
    from collapse.figures.style import save

    def write(figure):
        save(figure, tmp_path / "figure.png")
        return tmp_path / "figure.png"

    return write


@pytest.fixture
def overlaps():
    """List pairs of a figure's texts that overlap, or reach over its edge, as drawn."""
    from itertools import combinations

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    def find(figure):
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        boxes = []
        for text in figure.findobj(Text):
            if text.get_visible() and text.get_text().strip():
                box = Text.get_window_extent(text, renderer)  # Without an arrow.
                ticks = {
                    tick
                    for axes in figure.axes
                    for axis in (axes.xaxis, axes.yaxis)
                    for tick in axis.get_major_ticks()
                    if text in (tick.label1, tick.label2)
                }
                # Labels of ticks outside the limits are kept, but not drawn.
                if any(not _within(tick, text) for tick in ticks):
                    continue
                boxes.append((text.get_text(), box))
        # Mathtext's boxes have some space around the letters.
        hits = [
            (a, b)
            for (a, box_a), (b, box_b) in combinations(boxes, 2)
            if box_a.shrunk(0.9, 0.7).overlaps(box_b.shrunk(0.9, 0.7))
        ]
        page = figure.bbox
        hits += [
            (a, "page")
            for a, box in boxes
            if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1
        ]
        return hits

    def _within(tick, text):
        if text is tick.label1 and not tick.label1.get_visible():
            return False
        horizontal = type(tick).__name__ == "XTick"
        limits = sorted(tick.axes.get_xlim() if horizontal else tick.axes.get_ylim())
        return limits[0] <= tick.get_loc() <= limits[1]

    return find
