"""A dataset of the config: its expressions parsed and its meaning checked.

Only the standard library is imported, since the Snakefile calls `parse_dataset` while it is parsed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collapse.errors import InputError
from collapse.events.expressions import (
    FUNCTIONS,
    PROPERTIES,
    SETTINGS,
    Expression,
    four_vector,
    own_keys,
    parse,
    parse_select,
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
        matrices: Names for the columns of a matrix in HDF5, or those of several by their names.
        defaults: Feature -> its value where an event lacks what it takes; others are dropped.
        empty: `warn` or `error`: what to do about a file without events.
    """

    features: dict[str, Expression]
    selection: dict[str, Expression]
    weight: Expression | None
    objects: dict[str, dict[str, Any]]
    matrices: Sequence[str] | Mapping[str, Sequence[str]] = ()
    defaults: Mapping[str, float] = field(default_factory=dict)
    empty: str = "warn"

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
            if key not in SETTINGS
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
    objects = complete_objects(dataset.get("objects") or {})
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
    return Columns(
        features, selection, weight, objects, dataset.get("columns") or (),
        default_values(dataset), dataset.get("empty", "warn"),
    )  # fmt: skip


def default_values(dataset: Mapping[str, Any]) -> dict[str, float]:
    """Return what stands in a feature for an event that lacks what it takes."""
    features = dataset["features"].items()
    return {name: feature["default"] for name, feature in features if "default" in feature}


def complete_objects(given: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give each object that is `of` another one what that has, and check them all.

    Args:
        given: The config's `objects`.

    Returns:
        Name -> key -> branch or setting, without `of`.

    Raises:
        InputError: If an object can't be used.

    >>> muon = {"pt": "mu_pt", "order_by": "pt", "select": "pt > 5"}
    >>> complete_objects({"muon": muon, "hard": {"of": "muon", "select": "pt > 20"}})["hard"]
    {'pt': 'mu_pt', 'order_by': 'pt', 'select': '(pt > 5) and (pt > 20)'}
    """
    objects: dict[str, dict[str, Any]] = {}
    for name, branches in given.items():
        own = {key: value for key, value in branches.items() if key != "of"}
        if "of" in branches:
            parent = branches["of"]
            if parent not in objects:
                message = (
                    f"objects.{name}.of: expected an object that is given before it, received "
                    f"{parent!r}. {suggest(str(parent), objects)}"
                )
                raise InputError(message)
            selects = [o["select"] for o in (objects[parent], own) if "select" in o]
            own = objects[parent] | own
            if len(selects) == 2:
                own["select"] = " and ".join(f"({select})" for select in selects)
        objects[name] = own
        _check_object(name, own)
    for name in objects:
        parse_select(name, objects)
    return objects


def _check_object(name: str, branches: Mapping[str, Any]) -> None:
    where = f"objects.{name}"
    if not name.isidentifier() or name in FUNCTIONS or name.startswith("__"):
        message = (
            f"{where}: expected a name of letters, digits and underscores that is no function,"
            f" received {name!r}. Rename the object."
        )
        raise InputError(message)
    keys = own_keys(branches)
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
    _check_pair(where, branches, keys)


def _check_pair(where: str, branches: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Refuse a rule for pairs that can't be meant."""
    opposite = branches.get("opposite")
    if opposite is not None and opposite not in keys:
        message = f"{where}.opposite: {opposite!r} is no key of it. {suggest(opposite, keys)}"
        raise InputError(message)
    if opposite is not None and "nearest" not in branches:
        message = (
            f"{where}.opposite says which pairs count, expected `nearest` beside it: the mass that "
            "the pair is to be near, such as `nearest: 91.19`."
        )
        raise InputError(message)
    if "nearest" in branches and not four_vector(branches):
        message = (
            f"{where}.nearest needs the four-vectors, but there are only {', '.join(keys)}. Give "
            "pt, eta, phi or px, py, pz, and mass or energy."
        )
        raise InputError(message)


def _check_split(split: Mapping[str, float]) -> None:
    fractions = [split[name] for name in ("train", "validation", "test")]
    if min(fractions) <= 0 or not math.isclose(sum(fractions), 1, abs_tol=1e-6):
        message = (
            "split: expected three positive fractions that sum to 1, received train"
            f" {fractions[0]}, validation {fractions[1]}, test {fractions[2]}."
        )
        raise InputError(message)
