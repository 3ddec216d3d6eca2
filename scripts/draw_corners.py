"""Draw all pairs of features of a run at its last count and at its onset."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from collapse.diagnosis.results import Run
from collapse.events.derived import append_derived, derive
from collapse.events.samples import read_samples
from collapse.events.store import open_events
from collapse.figures import style
from collapse.figures.corner import corner
from collapse.figures.labels import drawable_features
from collapse.logs import job_log


def draw_corners(
    *, events: Path | str, samples: Sequence[str], diagnosis: Path | str,
    features: Sequence[Mapping[str, Any]], derived: Mapping[str, Mapping[str, Any]],
    recipes: Sequence[str], folder: Path | str,
) -> None:  # fmt: skip
    """Draw all pairs of features at a run's last count, and at that by which it had collapsed.

    Args:
        events: Path of the events file.
        samples: Paths of the run's samples, a file for each leg.
        diagnosis: Path of its diagnosis.
        features: A dict of `Feature` fields for each column, the derived ones last.
        derived: The config's `evaluation.derived`.
        recipes: The study's recipes, which fix each one's colour.
        folder: The folder to write to; the files are called by their epoch.
    """
    columns = drawable_features(features)
    learnt = open_events(events)
    real = np.asarray(derive(learnt, derived).split("test"))
    run = Run.load(diagnosis)
    counts = {run.last.epoch, *(fall.high for fall in run.falls[:1])}
    colour = style.recipe_colours(recipes)[run.recipe]
    for sample in chain.from_iterable(read_samples(path, counts) for path in samples):
        title = f"{run.recipe}, seed {run.seed}, epoch {sample.epoch:,}"
        generated = append_derived(sample.events, learnt.names, derived)
        figure = corner(real, generated, columns, title, colour)
        style.save(figure, Path(folder, f"epoch{sample.epoch}.png"))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_corners(
            events=snakemake.input.events, samples=snakemake.input.samples,
            diagnosis=snakemake.input.diagnosis, features=snakemake.params.features,
            derived=snakemake.params.derived,
            recipes=snakemake.params.recipes, folder=snakemake.output.corners,
        )  # fmt: skip
