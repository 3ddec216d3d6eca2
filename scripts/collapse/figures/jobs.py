"""The figures of a study: which events go into which picture, and where it goes."""

import dataclasses
import logging

import h5py
import numpy as np
from matplotlib.mathtext import MathTextParser

from collapse.events.store import open_events
from collapse.features import Feature
from collapse.figures import style
from collapse.figures.evolution import metrics_against_epochs
from collapse.figures.overlay import overlay
from collapse.figures.scatter import scatter
from collapse.figures.spectrum import mass_spectrum
from collapse.files import read_csv

_NUMBERS = {"epoch": int, "seed": int}
_VALUES = ("value", "floor_mean", "floor_sd")


def draw_checkpoints(
    *, events, samples, features, pair, n_formats, recipes, recipe, seed, epochs, overlays,
    scatters,
):  # fmt: skip
    """Draw the overlay and the scatter of every checkpoint of a run.

    Args:
        events: Path of the events file.
        samples: Paths of the run's samples, a file for each leg.
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
    features = [drawable(Feature(**fields)) for fields in features]
    table = open_events(events)
    real = np.asarray(table.split("test"))
    chosen = pair or (table.names * 2)[:2]
    x, y = (table.names.index(name) for name in chosen)
    colour = style.recipe_colours(recipes)[recipe]
    for i, (epoch, generated) in enumerate(_samples(samples, epochs)):
        title = f"{recipe}, seed {seed}, epoch {epoch:,}"
        paths = slice(i * n_formats, (i + 1) * n_formats)
        _save(overlay(real, generated, features, title, colour), overlays[paths])
        figure = scatter(
            real[:, [x, y]], generated[:, [x, y]], features[x], features[y], title, colour
        )
        _save(figure, scatters[paths])


def compare(
    *, events, table, samples, features, spectrum, n_formats, windows, recipes, seed, dataset,
    epochs, metrics, spectra,
):  # fmt: skip
    """Draw a dataset's metrics against epochs, and its spectrum at every epoch count.

    Args:
        events: Path of the events file.
        table: Path of the table of all checkpoints' metrics.
        samples: For each recipe, the paths of one seed's samples.
        features: A dict of `Feature` fields for each column.
        spectrum: The feature of the spectrum, or None for the last.
        n_formats: How many formats each figure has.
        windows: The config's windows.
        recipes: The study's recipes, in order.
        seed: The seed whose spectra are drawn.
        dataset: The dataset.
        epochs: The epoch counts.
        metrics: Paths to write, one for each format.
        spectra: Paths to write, epoch by epoch, each in every format.
    """
    features = [drawable(Feature(**fields)) for fields in features]
    events = open_events(events)
    rows = [
        row
        | {key: convert(row[key]) for key, convert in _NUMBERS.items()}
        | {key: float(row[key] or "nan") for key in _VALUES}
        for row in read_csv(table)
        if row["dataset"] == dataset
    ]
    labels = {feature.name: feature.label or feature.name for feature in features}
    windows = {
        key: window | {"label": drawable(Feature(key, window["label"])).label}
        for key, window in windows.items()
    }
    labels |= {key: window["label"] or key for key, window in windows.items()}
    _save(metrics_against_epochs(rows, recipes, dataset, labels), metrics)
    name = spectrum or events.names[-1]
    column = events.names.index(name)
    real = np.asarray(events.split("test")[:, column])
    shown = {key: window for key, window in windows.items() if window["feature"] == name}
    generated = {recipe: dict(_samples(paths, epochs)) for recipe, paths in samples.items()}
    for i, epoch in enumerate(epochs):
        figure = mass_spectrum(
            real,
            {recipe: found[epoch][:, column] for recipe, found in generated.items()},
            features[column],
            shown,
            f"{dataset}, seed {seed}, epoch {epoch:,}",
        )
        _save(figure, spectra[i * n_formats : (i + 1) * n_formats])


def drawable(feature):
    """Return a feature whose label and unit Matplotlib can draw: as plain text if need be.

    >>> drawable(Feature("met", "$E_T$")).label
    '$E_T$'
    """
    texts = {}
    for key in ("label", "unit"):
        texts[key] = text = getattr(feature, key)
        try:
            MathTextParser("path").parse(text)
        except ValueError as error:
            reason = str(error).strip().splitlines()[-1]
            logging.warning("The %s of %s is drawn as it is: %s", key, feature.name, reason)
            texts[key] = text.replace("$", r"\$")
    return dataclasses.replace(feature, **texts)


def _save(figure, paths):
    for path in paths:
        style.save(figure, path)


def _samples(paths, epochs):
    """Yield each epoch count with its generated events, in the order of `epochs`."""
    found = {}
    for path in paths:
        with h5py.File(path) as file:
            found |= {int(count): path for count in file}
    for epoch in epochs:
        with h5py.File(found[epoch]) as file:
            yield epoch, file[str(epoch)]["events"][()]
