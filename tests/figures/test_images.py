"""A few pictures as a reader sees them.

`pytest tests/figures --mpl-generate-path=tests/figures/baseline` makes them anew: look at them
before you commit them.
"""

import pytest
from collapse.diagnosis.results import Fall
from collapse.figures.collapse_map import collapse_map
from collapse.figures.corner import corner
from collapse.figures.film import Film, film_frame, film_strip
from collapse.figures.overlay import overlay
from collapse.figures.style import STYLE

# In the root mean square of the shades. An onset that moves is 3, a cell of another colour 8.
looks_as_before = pytest.mark.mpl_image_compare(
    baseline_dir="baseline", style=STYLE, tolerance=2, savefig_kwargs={"dpi": 80}
)
FALL = Fall(5, 3, 10, "trace", "covered", 0.9, 0.1, None, 1.0)


@looks_as_before
def test_collapse_map(study):
    return collapse_map(study.RUNS, "Verdict of each checkpoint")


@looks_as_before
def test_overlay(toy):
    return overlay(toy.real_events(), toy.cut_events(), toy.FEATURES, "original, seed 1, epoch 3")


@looks_as_before
def test_corner(toy):
    return corner(toy.real_events(), toy.cut_events(), toy.FEATURES, "original, seed 1, epoch 3")


@looks_as_before
def test_film_strip(toy):
    film = Film(
        toy.real_events(), *toy.trace(), toy.FEATURES, "original, seed 1", windows=toy.WINDOWS,
        fall=FALL,
    )  # fmt: skip
    return film_strip(film)


@looks_as_before
def test_film_frame(toy):
    events = toy.real_events()
    return film_frame(Film(events, *toy.trace(), toy.FEATURES, "original, seed 1", fall=FALL))
