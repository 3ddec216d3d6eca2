"""Whether the files of a dataset hold what its expressions need, before any job runs."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collapse.errors import InputError
from collapse.events.sources import is_url, resolve_files, simulated_files

_MOST_FILES = 20  # of a dataset; ingestion looks at all
_EVENTS = 20_000  # read of each, which takes a tenth of a second


def check_inputs(study: Mapping[str, Any], known: Path) -> None:
    """Open the local files of each dataset, and compute the expressions on their first events.

    The files are opened once as long as neither they nor what is asked of them changes, since the
    libraries that read them take a second to import.

    Args:
        study: A complete study, whose files are there.
        known: Where to keep what was found well.

    Raises:
        InputError: With the dataset, and all of its files that can't be used.
    """
    well = _read_known(known)
    made = simulated_files(study)
    found = {}
    for name, dataset in study["datasets"].items():
        try:
            pairs = [pair for pair in resolve_files(dataset["files"]) if not is_url(pair[0])]
        except InputError as error:
            message = f"datasets.{name}.{error}"
            raise InputError(message) from error
        pairs = [pair for pair in pairs if os.path.normpath(pair[0]) not in made][:_MOST_FILES]
        key = _key(dataset, pairs)
        if pairs and key not in well:
            try:
                _try_files(dataset, pairs)
            except InputError as error:
                where = "" if str(error).startswith("features.") else ".files"
                message = f"datasets.{name}{where}: {error}"
                raise InputError(message) from error
            found[key] = name
    if found:
        known.write_text(json.dumps(sorted({*well, *found})[-1000:]))


def _read_known(path: Path) -> set[str]:
    try:
        return set(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return set()


def _key(dataset: Mapping[str, Any], pairs: list[tuple[str, str]]) -> str:
    """Return what stands for the files as they are now and for what is asked of them."""
    asked = {key: dataset.get(key) for key in ("objects", "selection", "weight", "columns")}
    asked["features"] = {
        name: [feature["expression"], feature.get("log")]
        for name, feature in dataset["features"].items()
    }
    states = [(*pair, Path(pair[0]).stat()) for pair in pairs]
    files = [(path, inside, state.st_size, state.st_mtime_ns) for path, inside, state in states]
    return hashlib.sha256(json.dumps([asked, files], sort_keys=True).encode()).hexdigest()


def _try_files(dataset: Mapping[str, Any], pairs: list[tuple[str, str]]) -> None:
    from collapse.events.dataset import parse_dataset
    from collapse.events.selection import Selection, feature_values

    columns = parse_dataset(dataset)
    reasons = []
    for path, inside in pairs:
        try:
            selection = Selection(columns, [(path, inside, path)], limit=_EVENTS, quiet=True)
            for *_, table in selection.tables(columns.branches):
                _check_axes(dataset["features"], feature_values(table, columns)[0])
        except InputError as error:
            reasons.append(str(error))
    if reasons:
        head = f"{len(reasons)} files can't be used:\n- " if len(reasons) > 1 else ""
        raise InputError(head + "\n- ".join(reasons))


def _check_axes(features: Mapping[str, Mapping[str, Any]], values: Any) -> None:
    """Refuse a logarithmic axis for a feature that has negative values."""
    for (name, feature), column in zip(features.items(), values.T, strict=True):
        if feature.get("log") and (column < 0).any():
            worst = column[column < 0][0]
            message = (
                f"features.{name}.log: {name} has negative values, such as {worst:g}, which a "
                "logarithmic axis can't show. `log` is about the figures' axes alone: "
                f"remove it. To train on a logarithm name {name} in a scaler's `log`."
            )
            raise InputError(message)
