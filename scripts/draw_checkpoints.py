"""Draw real against generated at every epoch count of a run."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from collapse.events.derived import append_derived, derive
from collapse.events.samples import read_samples
from collapse.events.store import open_events
from collapse.figures import style
from collapse.figures.labels import drawable_features
from collapse.figures.overlay import overlay
from collapse.figures.scatter import scatter
from collapse.figures.tables import Row, read_table
from collapse.logs import job_log


def draw_checkpoints(
    *, events: Path | str, samples: Sequence[str], regions: Sequence[str],
    features: Sequence[Mapping[str, Any]], derived: Mapping[str, Mapping[str, Any]],
    pair: Sequence[str] | None, recipes: Sequence[str], recipe: str, seed: int,
    counts: Collection[int], overlays: Sequence[str], scatters: Sequence[str],
) -> None:  # fmt: skip
    """Draw the overlay and the scatter of every checkpoint of a run.

    Args:
        events: Path of the events file.
        samples: Paths of the run's samples, a file for each leg.
        regions: Paths of the run's regions, a file for each leg.
        features: A dict of `Feature` fields for each column, the derived ones last.
        derived: The config's `evaluation.derived`.
        pair: The two features of the scatter, or None for the first two.
        recipes: The study's recipes, which fix each one's colour.
        recipe: The run's recipe.
        seed: The run's seed.
        counts: The epoch counts that are drawn.
        overlays: Paths to write, epoch by epoch, each in every format.
        scatters: The same for the scatters.
    """
    columns, learnt = drawable_features(features), open_events(events)
    table = derive(learnt, derived)
    real = np.asarray(table.split("test"))
    x, y = (table.names.index(name) for name in pair or (table.names * 2)[:2])
    colour = style.recipe_colours(recipes)[recipe]
    where = _by_epoch(regions)
    found = chain.from_iterable(read_samples(path, counts) for path in samples)
    paths = style.by_figure(overlays), style.by_figure(scatters)
    for sample, overlay_paths, scatter_paths in zip(found, *paths, strict=True):
        title = f"{recipe}, seed {seed}, epoch {sample.epoch:,}"
        generated = append_derived(sample.events, learnt.names, derived)
        figure = overlay(real, generated, columns, title, colour, where.get(sample.epoch, ()))
        style.save(figure, *overlay_paths)
        figure = scatter(
            real[:, [x, y]], generated[:, [x, y]], columns[x], columns[y], title, colour
        )
        style.save(figure, *scatter_paths)


def _by_epoch(regions: Sequence[str]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in chain.from_iterable(map(read_table, regions)):
        found.setdefault(row["epoch"], []).append(row)
    return found


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_checkpoints(
            events=snakemake.input.events, samples=snakemake.input.samples,
            regions=snakemake.input.regions, features=snakemake.params.features,
            derived=snakemake.params.derived,
            pair=snakemake.params.scatter, recipes=snakemake.params.recipes,
            recipe=snakemake.wildcards.recipe, seed=int(snakemake.wildcards.seed),
            counts=snakemake.params.counts, overlays=snakemake.output.overlays,
            scatters=snakemake.output.scatters,
        )  # fmt: skip
