"""A study's config, complete and checked.

Light to import, since every cluster job parses the workflow again.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from collapse import scaler_kinds
from collapse.errors import InputError
from collapse.events.external import is_external
from collapse.gan import registry
from collapse.planning.checks import Study, check_study
from collapse.planning.plain import plain
from collapse.planning.recipes import complete_recipe
from collapse.planning.schema import fill, listed, validate

SHIPPED = "shipped:"


def read_schema(root: Path) -> dict[str, Any]:
    """Read the config's schema, all but what the tricks declare."""
    schema = yaml.safe_load((root / "config/schema.yaml").read_text())
    schema["$defs"]["scaler_kind"] = scaler_kinds.schema()
    return schema


def without_dropped(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config without the recipes, datasets and so on that a later file set to null.

    >>> without_dropped({"study": "x", "recipes": {"original": None, "mine": {}}})
    {'study': 'x', 'recipes': {'mine': {}}}
    """
    return {
        section: {name: value for name, value in given.items() if value is not None}
        if section in ("datasets", "recipes", "scalers", "simulations")
        and isinstance(given, Mapping)
        else given
        for section, given in config.items()
    }


def load_study(config: Mapping[str, Any], root: Path | str) -> Study:
    """Complete and check a study.

    Args:
        config: The config as Snakemake merged it: a dict of plain values.
        root: The project's folder, which holds `config/schema.yaml` and `config/recipes.yaml`.

    Returns:
        A new dict with every default filled in, every recipe complete, `scalers` with those
        that always exist, and shipped files as paths relative to the working directory.

    Raises:
        InputError: With the key, what was expected, what was received, and the nearest known name.
    """
    root = Path(root)
    schema = registry.extend_schema(read_schema(root))
    shipped = yaml.safe_load((root / "config/recipes.yaml").read_text())
    study = plain(without_dropped(config))
    evaluation = study.get("evaluation")
    if isinstance(evaluation, dict) and "dear_draws" in evaluation:  # its name before 0.2.0
        evaluation.setdefault("slow_draws", evaluation.pop("dear_draws"))
    for key in ("epochs", "seeds"):
        # Snakemake hands over the entries of a list on the command line as text.
        if isinstance(study.get(key), list):
            study[key] = [int(v) if str(v).isdecimal() else v for v in study[key]]
    validate(study, schema)
    study["recipes"] = {name: complete_recipe(name, study["recipes"], shipped)
                        for name in study["recipes"]}  # fmt: skip
    study = fill(study, schema, schema)
    always = {kind: {"kind": kind, "features": {}, "log": []} for kind in scaler_kinds.KINDS}
    study["scalers"] = always | study["scalers"]
    for dataset in study["datasets"].values():
        dataset["files"] = [_locate(file, root) for file in listed(dataset["files"])]
        dataset["sha256"] = {_locate(file, root): s for file, s in dataset["sha256"].items()}
    for recipe in study["recipes"].values():
        if is_external(recipe):
            recipe["samples"] = [_locate(file, root) for file in listed(recipe["samples"])]
    check_study(study, always)
    return study


def _locate(file: str, root: Path) -> str:
    if not file.startswith(SHIPPED):
        return os.path.expanduser(file)  # noqa: PTH111, a Path would spoil URLs
    name = file.removeprefix(SHIPPED)
    if Path(name.partition(":")[0]).name != name.partition(":")[0]:
        message = f"datasets: {file!r} must name a file in the project's resources folder itself."
        raise InputError(message)
    return os.path.relpath(root / "resources" / name)
