"""The figures of a study: which numbers go into which picture, and where it goes."""

import dataclasses
import logging
from pathlib import Path

import h5py
import numpy as np
from matplotlib.mathtext import MathTextParser

from collapse.diagnosis.advice import OUTCOMES, PRIMARY
from collapse.events.store import open_events
from collapse.features import Feature
from collapse.figures import advice as advice_figures
from collapse.figures import reach as reach_figure
from collapse.figures import style
from collapse.figures.collapse_map import collapse_map
from collapse.figures.corner import corner
from collapse.figures.evolution import metrics_against_epochs, modes_against_epochs
from collapse.figures.film import film_strip, write_film
from collapse.figures.overlay import overlay
from collapse.figures.scatter import scatter
from collapse.figures.spectrum import mass_spectrum
from collapse.figures.survival import survival_curves
from collapse.files import read_csv, read_json
from collapse.scaling import load_scaler

# So many training events show what a scaler makes of them.
_SCALED = 20_000


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
    run = f"{recipe}, seed {seed}"
    for i, (epoch, generated) in enumerate(_samples(samples, epochs)):
        title = f"{run}, epoch {epoch:,}"
        paths = slice(i * n_formats, (i + 1) * n_formats)
        _save(overlay(real, generated, features, title, colour), overlays[paths])
        figure = scatter(
            real[:, [x, y]], generated[:, [x, y]], features[x], features[y], title, colour
        )
        _save(figure, scatters[paths])


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
    features = [drawable(Feature(**fields)) for fields in features]
    windows = drawable_windows(windows)
    table = open_events(events)
    real = np.asarray(table.split("test"))
    pair = [table.names.index(name) for name in pair or (table.names * 2)[:2]]
    column = table.names.index(spectrum or table.names[-1])
    colour = style.recipe_colours(recipes)[recipe]
    for i, seed in enumerate(seeds):
        film = real, *_traces(traces[i]), features, f"{recipe}, seed {seed}"
        fall = (read_json(diagnoses[i])["falls"] or [None])[0]
        figure = film_strip(*film, spectrum=column, windows=windows, fall=fall)
        _save(figure, strips[i * n_formats : (i + 1) * n_formats])
        write_film(films[i], *film, colour=colour, pair=pair, spectrum=column, fall=fall)


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
    features = [drawable(Feature(**fields)) for fields in features]
    real = np.asarray(open_events(events).split("test"))
    found = read_json(diagnosis)
    counts = {found["checkpoints"][-1]["epoch"], *(fall["high"] for fall in found["falls"][:1])}
    colour = style.recipe_colours(recipes)[recipe]
    for epoch, generated in _samples(samples, sorted(counts)):
        title = f"{recipe}, seed {seed}, epoch {epoch:,}"
        figure = corner(real, generated, features, title, colour)
        style.save(figure, Path(folder, f"epoch{epoch}.png"))


def draw_reach(*, events, features, groups, dataset, paths):
    """Draw each feature as the networks see it, with what each recipe's head can reach.

    Args:
        events: Path of the events file.
        features: A dict of `Feature` fields for each column.
        groups: (recipe, scaler's name, path of the scaler, path of what the recipe can reach) of
            each recipe.
        dataset: The dataset.
        paths: Paths to write, one for each format.
    """
    features = [drawable(Feature(**fields)) for fields in features]
    train = open_events(events).split("train")
    some = np.asarray(train[:: -(-len(train) // _SCALED)])
    rows = {}
    for recipe, scaler, file, report in groups:
        report = read_json(report)
        reach = report["reach"] and report["reach"]["features"]
        row = {"recipes": [], "scaler": scaler, "head": report["head"], "reach": reach}
        row = rows.setdefault((scaler, report["head"]), row | {"file": file})
        row["recipes"].append(recipe)
    for row in rows.values():
        row["scaled"] = load_scaler(row["file"]).transform(some)
    title = f"What the generators' heads can reach, {dataset}"
    _save(reach_figure.reach(list(rows.values()), features, title), paths)


def compare(
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
    features = [drawable(Feature(**fields)) for fields in features]
    events = open_events(events)
    windows = drawable_windows(windows)
    labels = {feature.name: feature.label or feature.name for feature in features}
    labels |= {key: window["label"] or key for key, window in windows.items()}
    runs = [read_json(path) for path in diagnoses]
    falls = {}
    for run in runs:
        falls.setdefault(run["recipe"], []).extend(run["falls"])
    rows = _numbers(table, dataset)
    found = {name: _numbers(path, dataset) for name, path in tables.items()}
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
        "advice": lambda: advice_figures.forest(
            last, recipes, OUTCOMES, f"What a change does by epoch {max(epochs):,}, {dataset}"
        ),
        "ranks": lambda: advice_figures.ranks(
            rows, recipes, both, f"Rank against training time, {dataset}"
        ),
    }
    for name, paths in pictures.items():
        if paths:
            _save(draw[name](), paths)
    name = spectrum or events.names[-1]
    column = events.names.index(name)
    real = np.asarray(events.split("test")[:, column])
    generated = {recipe: dict(_samples(paths, epochs)) for recipe, paths in samples.items()}
    for i, epoch in enumerate(epochs):
        figure = mass_spectrum(
            real,
            {recipe: found[epoch][:, column] for recipe, found in generated.items()},
            features[column],
            windows,
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


def drawable_windows(windows):
    """Return the config's windows with labels that Matplotlib can draw."""
    return {
        key: window | {"label": drawable(Feature(key, window["label"])).label}
        for key, window in windows.items()
    }


def _numbers(path, dataset):
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
    return int(cell) if key in _WHOLE else float(cell or "nan")


_TEXTS = {"dataset", "recipe", "base", "metric", "feature"}
_TRUTHS = {"primary", "better"}
_WHOLE = {"seed", "seeds", "epoch", "updates", "runs", "collapsed", "last_epoch"}


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


def _traces(paths):
    """Return the epochs of a run's traces, and the events at each."""
    epochs, events = [], []
    for path in paths:
        with h5py.File(path) as file:
            epochs.append(file["epochs"][()])
            events.append(file["events"][()])
    return np.concatenate(epochs), np.concatenate(events)
