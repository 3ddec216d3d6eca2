"""A dataset of the config: its expressions parsed and its meaning checked.

Only the standard library is imported, since the Snakefile calls `check_dataset` while it is parsed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collapse.errors import InputError
from collapse.events.expressions import (
    FUNCTIONS,
    PROPERTIES,
    Expression,
    four_vector,
    parse,
    suggest,
)

STEPS = ("read", "weight", "non_finite", "sentinel", "kept")
"""The cutflow's own steps, which no cut may be called."""


@dataclass(frozen=True)
class Columns:
    """What to compute for each event.

    Args:
        features: Name -> expression, in column order.
        selection: Name -> expression, in the order of the cuts.
        weight: The weight's expression, or None.
        objects: Name -> key -> branch.
    """

    features: dict[str, Expression]
    selection: dict[str, Expression]
    weight: Expression | None
    objects: dict[str, dict[str, str]]

    @property
    def first_branches(self) -> list[str]:
        """The branches that the selection and the weight need, sorted."""
        weight = [self.weight] if self.weight else []
        return sorted(set().union(*(e.branches for e in (*self.selection.values(), *weight))))

    @property
    def branches(self) -> list[str]:
        """All branches that are read, sorted."""
        features = (expression.branches for expression in self.features.values())
        return sorted(set(self.first_branches).union(*features))

    @property
    def counters(self) -> dict[str, str]:
        """For flat contents in HDF5: branch -> the dataset that counts its entries per event."""
        return {
            branch: branches["counter"]
            for branches in self.objects.values()
            if "counter" in branches
            for key, branch in branches.items()
            if key not in ("counter", "order_by")
        }


def parse_dataset(dataset: Mapping[str, Any]) -> Columns:
    """Parse the expressions of a dataset and check what a schema can't.

    Args:
        dataset: A dataset of the config, already valid by its schema.

    Returns:
        A `Columns`.

    Raises:
        InputError: If an expression, an object, the sentinels or the split make no sense.
    """
    objects = dataset.get("objects") or {}
    for name, branches in objects.items():
        _check_object(name, branches)
    features = {
        name: parse(feature["expression"], f"features.{name}", objects)
        for name, feature in dataset["features"].items()
    }
    selection = {}
    for name, text in (dataset.get("selection") or {}).items():
        if name in STEPS:
            message = (
                f"selection.{name}: this name is kept for a step of the cutflow."
                f" Call the cut otherwise than {', '.join(STEPS)}."
            )
            raise InputError(message)
        selection[name] = parse(text, f"selection.{name}", objects)
    weight = parse(dataset["weight"], "weight", objects) if dataset.get("weight") else None
    for value in dataset.get("sentinels") or ():
        if not math.isfinite(value):
            message = (
                f"sentinels: expected finite numbers, received {value}."
                " Remove it: values that are not finite are dropped in any case."
            )
            raise InputError(message)
    _check_split(dataset["split"])
    return Columns(features, selection, weight, objects)


def check_dataset(dataset: Mapping[str, Any]) -> None:
    """Check a dataset of the config as far as that is possible without its files.

    Args:
        dataset: A dataset of the config, already valid by its schema.

    Raises:
        InputError: If an expression, an object, the sentinels or the split make no sense.
    """
    parse_dataset(dataset)


def _check_object(name: str, branches: Mapping[str, str]) -> None:
    where = f"objects.{name}"
    if not name.isidentifier() or name in FUNCTIONS or name.startswith("__"):
        message = (
            f"{where}: expected a name of letters, digits and underscores that is no function,"
            f" received {name!r}. Rename the object."
        )
        raise InputError(message)
    keys = [key for key in branches if key not in ("order_by", "counter")]
    for key in keys:
        if not key.isidentifier() or key.startswith("_"):
            message = f"{where}: the key {key!r} can't be used as {name}[0].{key}. Rename it."
            raise InputError(message)
    order = branches.get("order_by")
    if order is None:
        message = (
            f"{where}: expected order_by, the key in which {name}[0] is the largest,"
            f" such as `order_by: pt`. It has only {', '.join(branches)}."
        )
        raise InputError(message)
    if order not in keys and not (order in PROPERTIES and four_vector(branches)):
        message = f"{where}: order_by is {order!r}, which is no key of it. {suggest(order, keys)}"
        raise InputError(message)


def _check_split(split: Mapping[str, float]) -> None:
    fractions = [split[name] for name in ("train", "validation", "test")]
    if min(fractions) <= 0 or not math.isclose(sum(fractions), 1, abs_tol=1e-6):
        message = (
            "split: expected three positive fractions that sum to 1, received train"
            f" {fractions[0]}, validation {fractions[1]}, test {fractions[2]}."
        )
        raise InputError(message)
