"""Draw all recipes of a dataset together."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from collapse.diagnosis.results import Run
from collapse.events.derived import append_derived, derive
from collapse.events.samples import read_samples
from collapse.events.store import open_events
from collapse.figures import style
from collapse.figures.labels import drawable_features, drawable_windows
from collapse.figures.listed import COMPARISON_FIGURES, ComparedRecipes
from collapse.figures.spectrum import mass_spectrum
from collapse.figures.tables import read_table
from collapse.logs import job_log
from collapse.sealed import identify


def draw_comparison(
    *, events: Path | str, tables: Sequence[str], diagnoses: Sequence[str],
    histories: Sequence[str], samples: Sequence[str], features: Sequence[Mapping[str, Any]],
    derived: Mapping[str, Mapping[str, Any]], spectrum: str | None,
    windows: Mapping[str, Mapping[str, Any]], recipes: Mapping[str, Mapping[str, Any]], seed: int,
    dataset: str, counts: Collection[int], pictures: Mapping[str, Sequence[str]],
    spectra: Sequence[str],
) -> None:  # fmt: skip
    """Draw a dataset's recipes together, and its spectrum at every epoch count.

    Args:
        events: Path of the events file.
        tables: Paths of the study's tables, which their files are named by.
        diagnoses: Paths of the diagnoses of all runs.
        histories: Paths of the histories of all legs.
        samples: Paths of the samples of all recipes and legs with one seed.
        features: A dict of `Feature` fields for each column, the derived ones last.
        derived: The config's `evaluation.derived`.
        spectrum: The column of the spectrum, or None for the last feature.
        windows: The config's windows.
        recipes: The study's complete recipes, in order.
        seed: The seed whose spectra are drawn.
        dataset: The dataset.
        counts: The epoch counts whose spectra are drawn.
        pictures: Paths to write, one for each format, of those of `COMPARISON_FIGURES` that are
            drawn, by name.
        spectra: Paths to write, epoch by epoch, each in every format.
    """
    columns, shown = drawable_features(features), drawable_windows(windows)
    labels = {column.name: column.label or column.name for column in columns}
    compared = ComparedRecipes(
        dataset=dataset,
        recipes=list(recipes),
        labels=labels | {name: window["label"] or name for name, window in shown.items()},
        runs=[Run.load(path) for path in diagnoses],
        history=list(chain.from_iterable(map(read_table, histories))),
        tables={
            Path(path).stem: [row for row in read_table(path) if row["dataset"] == dataset]
            for path in tables
        },
    )
    for listed in COMPARISON_FIGURES:
        if listed.name in pictures:
            style.save(listed.draw(compared), *pictures[listed.name])
    learnt = open_events(events)
    table, spectrum = derive(learnt, derived), spectrum or learnt.names[-1]
    column = table.names.index(spectrum)
    real = np.asarray(table.split("test")[:, column])
    runs = {name: identify(recipe, seed, learnt.names) for name, recipe in recipes.items()}
    found = sorted(_spectra(samples, column, counts, learnt.names, derived).items())
    for (epoch, of_runs), paths in zip(found, style.by_figure(spectra), strict=True):
        generated = {name: of_runs[run] for name, run in runs.items()}
        title = f"{dataset}, seed {seed}, epoch {epoch:,}"
        style.save(mass_spectrum(real, generated, columns[column], shown, title), *paths)


def _spectra(
    samples: Sequence[str], column: int, counts: Collection[int], names: Sequence[str],
    derived: Mapping[str, Mapping[str, Any]]
) -> dict[int, dict[str, np.ndarray]]:  # fmt: skip
    """Return the values of a column by epoch and by what identifies the run."""
    found: dict[int, dict[str, np.ndarray]] = {}
    read = column if column < len(names) else None  # a derived one needs the features
    for sample in chain.from_iterable(read_samples(path, counts, read) for path in samples):
        values = sample.events
        if read is None:
            values = append_derived(values, names, derived)[:, column].copy()
        found.setdefault(sample.epoch, {})[sample.run] = values
    return found


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        pictures = dict(snakemake.output.items())
        draw_comparison(
            events=snakemake.input.events, tables=snakemake.input.tables,
            diagnoses=snakemake.input.diagnoses, histories=snakemake.input.histories,
            samples=snakemake.input.samples, features=snakemake.params.features,
            derived=snakemake.params.derived, spectrum=snakemake.params.spectrum,
            windows=snakemake.params.windows,
            recipes=snakemake.params.recipes, seed=snakemake.params.seed,
            dataset=snakemake.wildcards.dataset, counts=snakemake.params.counts,
            spectra=pictures.pop("spectra"),
            pictures=pictures,
        )  # fmt: skip
