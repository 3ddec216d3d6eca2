"""Real against generated at every checkpoint of a run."""

import numpy as np

from collapse.events.store import open_events
from collapse.figures import style
from collapse.figures.jobs.inputs import drawable_features, read_regions, samples_at, save_all
from collapse.figures.overlay import overlay
from collapse.figures.scatter import scatter


def draw_checkpoints(
    *, events, samples, regions, features, pair, n_formats, recipes, recipe, seed, epochs,
    overlays, scatters,
):  # fmt: skip
    """Draw the overlay and the scatter of every checkpoint of a run.

    Args:
        events: Path of the events file.
        samples: Paths of the run's samples, a file for each leg.
        regions: Paths of the run's regions, a file for each leg.
        features: A dict of `Feature` fields for each column.
        pair: The two features of the scatter, or None for the first two.
        n_formats: How many formats each figure has.
        recipes: The study's recipes, which fix each one's colour.
        recipe: The run's recipe.
        seed: The run's seed.
        epochs: The epoch counts.
        overlays: Paths to write, epoch by epoch, each in every format.
        scatters: The same for the scatters.
    """
    features = drawable_features(features)
    table = open_events(events)
    real = np.asarray(table.split("test"))
    chosen = pair or (table.names * 2)[:2]
    x, y = (table.names.index(name) for name in chosen)
    colour = style.recipe_colours(recipes)[recipe]
    run = f"{recipe}, seed {seed}"
    where = read_regions(regions)
    for i, (epoch, generated) in enumerate(samples_at(samples, epochs)):
        title = f"{run}, epoch {epoch:,}"
        paths = slice(i * n_formats, (i + 1) * n_formats)
        figure = overlay(real, generated, features, title, colour, where.get(epoch, ()))
        save_all(figure, overlays[paths])
        figure = scatter(
            real[:, [x, y]], generated[:, [x, y]], features[x], features[y], title, colour
        )
        save_all(figure, scatters[paths])
