"""The films of a recipe's runs."""

import numpy as np

from collapse.diagnosis.results import Run
from collapse.events.store import open_events
from collapse.figures import style
from collapse.figures.film import film_strip, write_film
from collapse.figures.jobs.inputs import (
    drawable_features,
    drawable_windows,
    join_traces,
    save_all,
)


def draw_films(
    *, events, traces, diagnoses, features, pair, spectrum, windows, n_formats, recipes, recipe,
    seeds, strips, films,
):  # fmt: skip
    """Draw what the runs of a recipe generate as they train, as maps and as animated GIFs.

    Args:
        events: Path of the events file.
        traces: For each seed, the paths of the run's traces.
        diagnoses: Paths of the runs' diagnoses: films mark onset and recovery.
        features: A dict of `Feature` fields for each column.
        pair: The two features that are points, or None for the first two.
        spectrum: The feature that is shown large, or None for the last.
        windows: The config's windows.
        n_formats: How many formats each figure has.
        recipes: The study's recipes, which fix each one's colour.
        recipe: The recipe.
        seeds: The seeds.
        strips: Paths to write, seed by seed, each in every format.
        films: Paths of the GIFs to write, one for each seed.
    """
    features = drawable_features(features)
    windows = drawable_windows(windows)
    table = open_events(events)
    real = np.asarray(table.split("test"))
    pair = [table.names.index(name) for name in pair or (table.names * 2)[:2]]
    column = table.names.index(spectrum or table.names[-1])
    colour = style.recipe_colours(recipes)[recipe]
    for i, seed in enumerate(seeds):
        film = real, *join_traces(traces[i]), features, f"{recipe}, seed {seed}"
        fall = Run.load(diagnoses[i]).fall
        figure = film_strip(*film, spectrum=column, windows=windows, fall=fall)
        save_all(figure, strips[i * n_formats : (i + 1) * n_formats])
        write_film(films[i], *film, colour=colour, pair=pair, spectrum=column, fall=fall)
