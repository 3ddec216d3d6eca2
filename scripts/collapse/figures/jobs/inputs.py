"""What jobs read, and how they save: events, samples, traces, tables, labels."""

import dataclasses
import logging

import numpy as np
from matplotlib.mathtext import MathTextParser

from collapse.figures import style
from collapse.figures.features import Feature
from collapse.files import read_csv
from collapse.sealed import open_sealed

_TEXTS = {"dataset", "recipe", "base", "metric", "feature"}
_TRUTHS = {"primary", "better"}
_WHOLE = {"seed", "seeds", "epoch", "updates", "runs", "collapsed", "last_epoch"}


def drawable_features(features):
    """Return `Feature`s that Matplotlib can draw, from a dict of fields for each."""
    return [drawable(Feature(**fields)) for fields in features]


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


def drawable_windows(windows):
    """Return the config's windows with labels that Matplotlib can draw."""
    return {
        key: window | {"label": drawable(Feature(key, window["label"])).label}
        for key, window in windows.items()
    }


def samples_at(paths, epochs):
    """Yield each epoch count with its generated events, in the order of `epochs`."""
    found = {}
    for path in paths:
        with open_sealed(path, "samples") as file:
            found |= {int(count): path for count in file}
    for epoch in epochs:
        with open_sealed(found[epoch], "samples") as file:
            yield epoch, file[str(epoch)]["events"][()]


def join_traces(paths):
    """Return the epochs of a run's traces, and the events at each."""
    epochs, events = [], []
    for path in paths:
        with open_sealed(path, "traces") as file:
            epochs.append(file["epochs"][()])
            events.append(file["events"][()])
    return np.concatenate(epochs), np.concatenate(events)


def read_numbers(path, dataset):
    """Read the rows of a dataset, with every cell that is a number as one; no number is NaN."""
    return [
        {key: _number(key, cell) for key, cell in row.items()}
        for row in read_csv(path)
        if row["dataset"] == dataset
    ]


def _number(key, cell):
    if key in _TEXTS:
        return cell
    if key in _TRUTHS:
        return cell == "True"
    if key in _WHOLE:
        return int(cell)
    try:
        return float(cell or "nan")
    except ValueError:
        return cell


def read_regions(paths):
    """Return epoch -> its regions, dicts of numbers and the box, from the files of a run's legs."""
    found = {}
    for path in paths:
        for row in read_csv(path):
            numbers = {key: _number(key, cell) for key, cell in row.items() if key != "box"}
            found.setdefault(int(row["epoch"]), []).append(numbers | {"box": row["box"]})
    return found


def save_all(figure, paths):
    """Write a figure in every format."""
    for path in paths:
        style.save(figure, path)
