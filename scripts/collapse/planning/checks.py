"""What a schema can't say about a study: numbers that fit together, names that exist, files."""

import itertools
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from collapse.errors import InputError
from collapse.events.dataset import parse_dataset
from collapse.events.derived import cuts_of, derived_names, parse_over_features, parse_select
from collapse.events.external import all_sample_files, check_external, is_external
from collapse.events.sources import local_inputs, simulated_files
from collapse.gan import registry
from collapse.logs import disk_fault
from collapse.planning.optimizers import check_optimizers
from collapse.planning.schema import suggest

Study = dict[str, Any]

_RECORDS = 1 << 16  # bytes that the records of a small study take at least


def check_files(study: Study) -> None:
    """Refuse a dataset or a recipe whose local files aren't there.

    Snakemake would keep the results of a file that was there once without a word.

    Args:
        study: A complete study.

    Raises:
        InputError: With the file, or the pattern that matches none.
    """
    made = simulated_files(study)
    for name, dataset in study["datasets"].items():
        for file in local_inputs(dataset["files"]):
            if os.path.normpath(file) not in made:
                _check_there(f"datasets.{name}.files", file)
    for name, recipe in study["recipes"].items():
        if file := recipe.get("networks"):
            _check_there(f"recipes.{name}.networks", file, Path.is_file)
    for name, epochs, spec in all_sample_files(study):
        for file in local_inputs(spec):
            _check_there(f"recipes.{name}.samples, epoch {epochs}", file)


def check_folder(name: str) -> None:
    """Refuse to begin where Snakemake can't keep its records.

    Args:
        name: The folder of its records, in the working directory.

    Raises:
        InputError: If the folder can't be made or written, or the disk is full.
    """
    folder = Path(name)
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_RECORDS))
    except OSError as error:
        cause = disk_fault(error) or str(error)
        message = (
            f"{Path.cwd()} can't hold a study, since Snakemake keeps its records in {name} there. "
            f"{cause.partition(': ')[2].partition(' and start snakemake')[0]}, or work in another "
            "folder: snakemake --directory FOLDER."
        )
        raise InputError(message) from error


def _check_there(where: str, file: str, exists: Callable[[Path], bool] = Path.exists) -> None:
    if not exists(Path(file)):
        what = "matches no file" if any(c in file for c in "*?[") else "is not there"
        message = (
            f"{where}: {file} {what}. Paths are relative to the working directory, {Path.cwd()}."
        )
        raise InputError(message)


def check_study(study: Study, scalers: Mapping[str, dict[str, Any]]) -> None:
    """Check what a schema can't say.

    Args:
        study: A complete study.
        scalers: Those that always exist.

    Raises:
        InputError: With the key, what was expected, and what was received.
    """
    epochs = study["epochs"]
    if any(later <= earlier for earlier, later in itertools.pairwise(epochs)):
        message = f"epochs: expected increasing counts. Received: {epochs}."
        raise InputError(message)
    for name, dataset in study["datasets"].items():
        _check_dataset(f"datasets.{name}", dataset)
    for name, simulation in study["simulations"].items():
        _check_simulation(f"simulations.{name}", simulation)
    for name, recipe in study["recipes"].items():
        if is_external(recipe):
            _check_columns(name, study)
        else:
            _check_recipe(name, recipe, study)
    for name, scaler in study["scalers"].items():
        if name in scalers and scaler != scalers[name]:
            message = f"scalers.{name}: that name is taken. Give your scaler another one."
            raise InputError(message)
        for feature in (*scaler["features"], *scaler["log"]):
            _check_feature(f"scalers.{name}", feature, study, everywhere=True)
    _check_evaluation(study)
    for cut, text in cuts_of(study["generated"]["select"]).items():
        _check_cut(cut, text, study)
    for feature in study["figures"]["scatter"] or []:
        _check_column("figures.scatter", feature, study, everywhere=True)
    if spectrum := study["figures"]["spectrum"]:
        _check_column("figures.spectrum", spectrum, study, everywhere=True)


def _check_recipe(name: str, recipe: dict[str, Any], study: Study) -> None:
    if recipe["scaler"] not in study["scalers"]:
        _refuse_unknown(f"recipes.{name}.scaler", recipe["scaler"], study["scalers"], "scaler")
    check_optimizers(f"recipes.{name}", recipe["optimizers"])
    for key, value, module in registry.used(recipe):
        if "feature" in module.TRICK.options:
            where = f"recipes.{name}.{key}.feature"
            _check_feature(where, value["feature"], study, everywhere=True)


def _check_evaluation(study: Study) -> None:
    _check_derived(study)
    for name, window in study["evaluation"]["windows"].items():
        where = f"evaluation.windows.{name}"
        if not window["low"] < window["high"]:
            message = f"{where}: expected low < high. Received: {window['low']}, {window['high']}."
            raise InputError(message)
        _check_column(f"{where}.feature", window["feature"], study)
    if mixture := study["evaluation"]["modes"]:
        where = "evaluation.modes"
        _check_mixture(where, mixture, len(mixture["features"]))
        for feature in mixture["features"]:
            _check_column(f"{where}.features", feature, study)


def _check_cut(name: str, text: str, study: Study) -> None:
    """Refuse a cut of generated events that a dataset hasn't the columns for."""
    if name == "all":
        message = "generated.select.all: `all` stands for all cuts. Name it otherwise."
        raise InputError(message)
    for dataset in study["datasets"].values():
        features = list(dataset["features"])
        parse_select(name, text, derived_names(study["evaluation"]["derived"], features))


def _check_derived(study: Study) -> None:
    """Refuse a derived column that no dataset can have, or that is called as a feature is."""
    derived = study["evaluation"]["derived"]
    of_datasets = [list(dataset["features"]) for dataset in study["datasets"].values()]
    features, before = dict.fromkeys(chain.from_iterable(of_datasets)), list[str]()
    for name, column in derived.items():
        where = f"evaluation.derived.{name}"
        if name == "all" or name in features:
            what = "stands for all features" if name == "all" else "is a feature's name"
            message = f"{where}: `{name}` {what}. Name it otherwise."
            raise InputError(message)
        parse_over_features(column["expression"], where, [*features, *before])
        before.append(name)
        if not any(name in derived_names(derived, names) for names in of_datasets):
            message = (
                f"{where}: no dataset has all the features of {column['expression']!r}. Give them "
                "to one, or remove the column."
            )
            raise InputError(message)


def _check_simulation(where: str, simulation: dict[str, Any]) -> None:
    if ("fractions" in simulation) == ("mixture" in simulation):
        message = f"{where}: expected either `fractions` or `mixture`. Give one of them."
        raise InputError(message)
    if mixture := simulation.get("mixture"):
        if others := sorted(set(simulation) - {"events", "seed", "mixture"}):
            message = f"{where}.{others[0]}: a mixture has no such option. Remove it."
            raise InputError(message)
        _check_mixture(f"{where}.mixture", mixture, len((mixture.get("centres") or [(0, 0)])[0]))
        return
    total = sum(simulation["fractions"].values())
    if abs(total - 1) > 1e-6:
        message = f"{where}.fractions: expected a sum of 1. Received: {total:g}."
        raise InputError(message)


def _check_mixture(where: str, mixture: dict[str, Any], n_features: int) -> None:
    # Here, so that studies without a mixture don't wait for NumPy's import.
    from collapse.mixture import check_mixture

    check_mixture(where, mixture, n_features)


def _check_dataset(where: str, dataset: dict[str, Any]) -> None:
    if "all" in dataset["features"]:
        message = f"{where}.features: `all` stands for all features. Name it otherwise."
        raise InputError(message)
    expressions: dict[str, str] = {}
    for name, feature in dataset["features"].items():
        twin = expressions.setdefault("".join(feature["expression"].split()), name)
        if twin != name:
            message = (
                f"{where}.features: {twin} and {name} have the same expression, "
                f"{feature['expression']!r}. Remove one."
            )
            raise InputError(message)
    total = sum(dataset["split"][part] for part in ("train", "validation", "test"))
    if abs(total - 1) > 1e-6:
        message = f"{where}.split: train, validation and test must add up to 1, not {total:g}."
        raise InputError(message)
    try:
        parse_dataset(dataset)
    except InputError as error:
        message = f"{where}: {error}"
        raise InputError(message) from error


def _check_columns(name: str, study: Study) -> None:
    columns = study["recipes"][name]["columns"]
    for feature in columns if isinstance(columns, dict) else ():
        _check_feature(f"recipes.{name}.columns", feature, study, everywhere=True)
    check_external(name, study)


def _check_feature(where: str, feature: str, study: Study, *, everywhere: bool = False) -> None:
    """Refuse a feature that no dataset has, or, with `everywhere`, that any dataset lacks."""
    columns = {name: list(dataset["features"]) for name, dataset in study["datasets"].items()}
    _check_name(where, feature, columns, everywhere=everywhere)


def _check_column(where: str, name: str, study: Study, *, everywhere: bool = False) -> None:
    """Do the same for what is measured: a feature or a derived column."""
    derived = study["evaluation"]["derived"]
    columns = {
        of: derived_names(derived, list(dataset["features"]))
        for of, dataset in study["datasets"].items()
    }
    _check_name(where, name, columns, everywhere=everywhere)


def _check_name(
    where: str, feature: str, columns: Mapping[str, Iterable[str]], *, everywhere: bool
) -> None:
    for name, known in columns.items():
        if feature in known:
            if not everywhere:
                return
        elif everywhere:
            _refuse_unknown(where, feature, known, f"feature of datasets.{name}")
    if not everywhere:
        _refuse_unknown(where, feature, {*chain.from_iterable(columns.values())}, "feature")


def _refuse_unknown(where: str, name: str, known: Iterable[str], kind: str) -> NoReturn:
    known = sorted(known)
    message = (
        f"{where}: no {kind} is called {name!r}.{suggest(name, known)} Known: {', '.join(known)}."
    )
    raise InputError(message)
