"""A dataset's recipes together."""

import numpy as np

from collapse.diagnosis.advice import OUTCOMES, PRIMARY
from collapse.diagnosis.results import Run
from collapse.events.store import open_events
from collapse.figures.advice import forest, ranks
from collapse.figures.collapse_map import collapse_map
from collapse.figures.evolution import metrics_against_epochs, modes_against_epochs
from collapse.figures.jobs.inputs import (
    drawable_features,
    drawable_windows,
    read_numbers,
    samples_at,
    save_all,
)
from collapse.figures.spectrum import mass_spectrum
from collapse.figures.survival import survival_curves
from collapse.files import read_csv


def draw_comparison(
    *, events, table, diagnoses, histories, samples, tables, features, spectrum, n_formats,
    windows, recipes, seed, dataset, epochs, pictures, spectra,
):  # fmt: skip
    """Draw a dataset's recipes together, and its spectrum at every epoch count.

    Args:
        events: Path of the events file.
        table: Path of the table of all checkpoints' metrics.
        diagnoses: Paths of the diagnoses of all runs.
        histories: (recipe, seed, path of the history of a leg) of all runs.
        samples: For each recipe, the paths of one seed's samples.
        tables: Paths of the tables `survival`, `onset` and `advice`.
        features: A dict of `Feature` fields for each column.
        spectrum: The feature of the spectrum, or None for the last.
        n_formats: How many formats each figure has.
        windows: The config's windows.
        recipes: The study's recipes, in order.
        seed: The seed whose spectra are drawn.
        dataset: The dataset.
        epochs: The epoch counts.
        pictures: Name -> paths to write, one for each format: `map`, `metrics`, `modes`,
            `survival`, `advice`, `ranks`; those without paths are not drawn.
        spectra: Paths to write, epoch by epoch, each in every format.
    """
    features = drawable_features(features)
    events = open_events(events)
    windows = drawable_windows(windows)
    labels = {feature.name: feature.label or feature.name for feature in features}
    labels |= {key: window["label"] or key for key, window in windows.items()}
    runs = [Run.load(path) for path in diagnoses]
    falls = {}
    for run in runs:
        falls.setdefault(run.recipe, []).extend(run.falls)
    rows = read_numbers(table, dataset)
    found = {name: read_numbers(path, dataset) for name, path in tables.items()}
    history = [
        {"recipe": recipe, "seed": of} | {key: float(value) for key, value in row.items()}
        for recipe, of, path in histories
        for row in read_csv(path)
    ]
    last = [row for row in found["advice"] if row["epoch"] == max(epochs)]
    both = {PRIMARY: OUTCOMES[PRIMARY], "auc": OUTCOMES["auc"]}
    draw = {
        "map": lambda: collapse_map(runs, f"Verdict of each checkpoint, {dataset}"),
        "metrics": lambda: metrics_against_epochs(
            rows, recipes, f"Metrics and losses, {dataset}", labels, falls, history
        ),
        "modes": lambda: modes_against_epochs(
            rows, recipes, f"Share of the events in each mode, {dataset}", labels, falls
        ),
        "survival": lambda: survival_curves(
            found["survival"], found["onset"], recipes, f"Runs that have not collapsed, {dataset}"
        ),
        "advice": lambda: forest(
            last, recipes, OUTCOMES, f"What a change does by epoch {max(epochs):,}, {dataset}"
        ),
        "ranks": lambda: ranks(rows, recipes, both, f"Rank against training time, {dataset}"),
    }
    for name, paths in pictures.items():
        if paths:
            save_all(draw[name](), paths)
    name = spectrum or events.names[-1]
    column = events.names.index(name)
    real = np.asarray(events.split("test")[:, column])
    generated = {recipe: dict(samples_at(paths, epochs)) for recipe, paths in samples.items()}
    for i, epoch in enumerate(epochs):
        figure = mass_spectrum(
            real,
            {recipe: of_epoch[epoch][:, column] for recipe, of_epoch in generated.items()},
            features[column],
            windows,
            f"{dataset}, seed {seed}, epoch {epoch:,}",
        )
        save_all(figure, spectra[i * n_formats : (i + 1) * n_formats])
