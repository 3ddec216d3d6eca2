"""Export a generator as a `.keras` file that plain Keras loads, and what it takes to use it."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collapse.files import atomic
from collapse.gan.noise import noise_width
from collapse.gan.registry import Recipe
from collapse.scaling import Scaler

if TYPE_CHECKING:
    import keras

# The least date that a zip archive can hold.
_DATE = (1980, 1, 1, 0, 0, 0)


def save_keras(model: "keras.Model", path: Path | str) -> None:
    """Save a Keras model, whole or not at all, with bytes that depend on nothing but the model.

    Keras writes the time of day into a `.keras` file, and the dates of the files in the archive.
    """
    with atomic(path) as part:
        dated = part.with_name(f"{part.stem}.dated.keras")
        try:
            model.save(dated)
            with zipfile.ZipFile(dated) as source, zipfile.ZipFile(part, "w") as target:
                for name in sorted(source.namelist()):
                    content = source.read(name)
                    if name == "metadata.json":
                        metadata = json.loads(content) | {"date_saved": "1980-01-01@00:00:00"}
                        content = json.dumps(metadata).encode()
                    target.writestr(zipfile.ZipInfo(name, _DATE), content)
        finally:
            dated.unlink(missing_ok=True)


def describe_use(recipe: Recipe, scaler: Scaler, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Describe in plain values what a generator starts from and how its events are unscaled.

    Returns:
        A dict of `noise`, `features`, in column order, and the attributes `updates` and
        `diverged_step`; a feature has `name`, `log`, and what its kind of scaler writes
        (`collapse.scaler_kinds.Kind`).
    """
    dimension = recipe["noise"]["dimension"]
    return {
        "updates": int(attributes["updates"]),
        "diverged_step": int(attributes["diverged_step"]) or None,
        "noise": {
            "dimension": dimension,
            "distribution": recipe["noise"]["distribution"],
            # The masks of a dropout that stays on, uniform in [0, 1), after the noise proper.
            "uniform": noise_width(recipe) - dimension,
        },
        "features": [column.describe_inverse() for column in scaler.columns],
    }
