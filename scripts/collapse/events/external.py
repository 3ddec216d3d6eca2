"""Samples from elsewhere: the files that a recipe of kind `external` names, and what to read.

Only the standard library is imported, since the Snakefile calls this while it is parsed.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from collapse.errors import InputError
from collapse.events.dataset import Columns, complete_objects, default_values
from collapse.events.expressions import parse

_PLACE = re.compile(r"\{([^{}]*)\}")
# What a pattern can hold -> the section of a study whose entries it tells apart.
_SECTIONS = {"epochs": "epochs", "seed": "seeds", "dataset": "datasets"}


def is_external(recipe: Mapping[str, Any]) -> bool:
    """Whether a recipe's samples come from elsewhere, so that there is no training."""
    return recipe.get("kind") == "external"


def sample_files(
    recipe: Mapping[str, Any], *, dataset: str, seed: int | str, epochs: int
) -> list[str]:
    """List the files of one run at one epoch count, as `resolve_files` takes them.

    Args:
        recipe: A recipe of kind `external`.
        dataset: The dataset's name.
        seed: The run's seed.
        epochs: The epoch count.

    >>> recipe = {"samples": ["{dataset}/seed{seed}/epoch{epochs}.root:Events"]}
    >>> sample_files(recipe, dataset="toy", seed=2, epochs=30)
    ['toy/seed2/epoch30.root:Events']
    """
    known = {"epochs": epochs, "seed": seed, "dataset": dataset}
    return [
        _PLACE.sub(lambda match: str(known[match[1]]), pattern) for pattern in recipe["samples"]
    ]


def all_sample_files(study: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield (recipe, epoch count, file) for all samples from elsewhere of a complete study."""
    for name, recipe in study["recipes"].items():
        if is_external(recipe):
            for dataset in study["datasets"]:
                for seed in study["seeds"]:
                    for epochs in study["epochs"]:
                        for file in sample_files(recipe, dataset=dataset, seed=seed, epochs=epochs):
                            yield name, epochs, file


def parse_columns(
    recipe: Mapping[str, Any], dataset: Mapping[str, Any], where: str = "columns"
) -> Columns:
    """Parse what is read from the files for each feature.

    Args:
        recipe: A recipe of kind `external`. Its `columns` are `names`, each feature by its own
            name; `expressions`, those of the dataset; or a mapping of features to expressions,
            the others being read by name.
        dataset: The dataset, of which `features` and `objects` are used.
        where: The place in the config, for messages.

    Returns:
        A `collapse.events.dataset.Columns` without a selection or a weight.

    Raises:
        InputError: If an expression is malformed.

    >>> dataset = {"features": {"x": {"expression": "2 * a"}}, "objects": {}}
    >>> parse_columns({"columns": "names"}, dataset).branches
    ['x']
    >>> parse_columns({"columns": "expressions"}, dataset).branches
    ['a']
    """
    columns = recipe["columns"]
    texts = {name: f'branch("{name}")' for name in dataset["features"]}
    if columns == "expressions":
        texts = {name: feature["expression"] for name, feature in dataset["features"].items()}
    elif columns != "names":
        texts |= columns
    objects = complete_objects(dataset.get("objects") or {})
    features = {name: parse(text, f"{where}.{name}", objects) for name, text in texts.items()}
    defaults = default_values(dataset) if columns == "expressions" else {}
    return Columns(features=features, selection={}, weight=None, objects=objects, defaults=defaults)


def check_external(name: str, study: Mapping[str, Any]) -> None:
    """Refuse a recipe of kind `external` that can't be meant.

    Args:
        name: The recipe.
        study: A complete study.

    Raises:
        InputError: If a pattern holds an unknown placeholder, or lacks one, so that the same
            events would count as several runs or checkpoints; or if an expression is malformed.
    """
    recipe, where = study["recipes"][name], f"recipes.{name}"
    for pattern in recipe["samples"]:
        places = _PLACE.findall(pattern)
        for place in places:
            if place not in _SECTIONS:
                known = ", ".join(f"{{{known}}}" for known in _SECTIONS)
                message = (
                    f"{where}.samples: {pattern} holds {{{place}}}, which nothing is put in for. "
                    f"Known: {known}."
                )
                raise InputError(message)
        for place, section in _SECTIONS.items():
            if place not in places and len(study[section]) > 1:
                message = (
                    f"{where}.samples: {pattern} has no {{{place}}}, but the study has "
                    f"{len(study[section])} {section}: the same events would stand for each of "
                    f"them. Put {{{place}}} into the pattern, or leave one of the {section}."
                )
                raise InputError(message)
    for dataset in study["datasets"].values():
        parse_columns(recipe, dataset, f"{where}.columns")
