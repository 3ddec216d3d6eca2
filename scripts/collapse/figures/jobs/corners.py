"""All pairs of features of a run."""

from pathlib import Path

import numpy as np

from collapse.diagnosis.results import Run
from collapse.events.store import open_events
from collapse.figures import style
from collapse.figures.corner import corner
from collapse.figures.jobs.inputs import drawable_features, samples_at


def draw_corners(*, events, samples, diagnosis, features, recipes, recipe, seed, folder):
    """Draw all pairs of features at a run's last count, and at that by which it had collapsed.

    Args:
        events: Path of the events file.
        samples: Paths of the run's samples, a file for each leg.
        diagnosis: Path of its diagnosis.
        features: A dict of `Feature` fields for each column.
        recipes: The study's recipes, which fix each one's colour.
        recipe: The run's recipe.
        seed: The run's seed.
        folder: The folder to write to; the files are called by their epoch.
    """
    features = drawable_features(features)
    real = np.asarray(open_events(events).split("test"))
    run = Run.load(diagnosis)
    counts = {run.last.epoch, *(fall.high for fall in run.falls[:1])}
    colour = style.recipe_colours(recipes)[recipe]
    for epoch, generated in samples_at(samples, sorted(counts)):
        title = f"{recipe}, seed {seed}, epoch {epoch:,}"
        figure = corner(real, generated, features, title, colour)
        style.save(figure, Path(folder, f"epoch{epoch}.png"))
