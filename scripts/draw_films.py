"""Draw what the runs of a recipe generate as they train."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from collapse.diagnosis.results import Run
from collapse.events.derived import append_derived, derive
from collapse.events.store import open_events
from collapse.figures import style
from collapse.figures.film import Film, film_strip, write_film
from collapse.figures.labels import drawable_features, drawable_windows
from collapse.logs import job_log
from collapse.sealed import open_sealed


def draw_films(
    *, events: Path | str, traces: Sequence[str], diagnoses: Sequence[str],
    features: Sequence[Mapping[str, Any]], derived: Mapping[str, Mapping[str, Any]],
    pair: Sequence[str] | None, spectrum: str | None,
    windows: Mapping[str, Mapping[str, Any]], recipes: Sequence[str], strips: Sequence[str],
    films: Sequence[str],
) -> None:  # fmt: skip
    """Draw what the runs of a recipe generate as they train, as maps and as animated GIFs.

    Args:
        events: Path of the events file.
        traces: Paths of the traces of all legs, run by run.
        diagnoses: Paths of the runs' diagnoses: films mark onset and recovery.
        features: A dict of `Feature` fields for each column, the derived ones last.
        derived: The config's `evaluation.derived`.
        pair: The two features that are points, or None for the first two.
        spectrum: The feature that is shown large, or None for the last.
        windows: The config's windows.
        recipes: The study's recipes, which fix each one's colour.
        strips: Paths to write, run by run, each in every format.
        films: Paths of the GIFs to write, one for each run.
    """
    columns, learnt = drawable_features(features), open_events(events)
    table = derive(learnt, derived)
    shown = drawable_windows(windows)
    real = np.asarray(table.split("test"))
    x, y = (table.names.index(name) for name in pair or (table.names * 2)[:2])
    column = table.names.index(spectrum or table.names[-1])
    paths = style.by_figure(strips), films
    for path, (epochs, sets), strip, moving in zip(diagnoses, _join(traces), *paths, strict=True):
        generated = np.array([append_derived(set_, learnt.names, derived) for set_ in sets])
        run = Run.load(path)
        title = f"{run.recipe}, seed {run.seed}"
        film = Film(
            real, epochs, generated, columns, title,
            colour=style.recipe_colours(recipes)[run.recipe],
            pair=(x, y), spectrum=column, windows=shown, fall=run.fall,
        )  # fmt: skip
        style.save(film_strip(film), *strip)
        write_film(moving, film)


def _join(traces: Sequence[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the epochs and the events of each run, in the order of its first leg."""
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for path in traces:
        with open_sealed(path, "traces") as file:
            leg = file["epochs"][()], file["events"][()]
            found.setdefault(file.attrs["run"], []).append(leg)
    runs = (zip(*legs, strict=True) for legs in found.values())
    return [(np.concatenate(epochs), np.concatenate(events)) for epochs, events in runs]


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_films(
            events=snakemake.input.events, traces=snakemake.input.traces,
            diagnoses=snakemake.input.diagnoses, features=snakemake.params.features,
            derived=snakemake.params.derived,
            pair=snakemake.params.scatter, spectrum=snakemake.params.spectrum,
            windows=snakemake.params.windows, recipes=snakemake.params.recipes,
            strips=snakemake.output.strips, films=snakemake.output.films,
        )  # fmt: skip
