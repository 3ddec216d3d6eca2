"""Export a generator as a `.keras` file that plain Keras loads, and what it takes to use it."""

import json
import zipfile

from collapse.files import atomic, write_json
from collapse.gan.generators import read_model
from collapse.gan.noise import noise_width
from collapse.scaling import load_scaler
from collapse.sealed import open_sealed

# The least date that a zip archive can hold.
_DATE = (1980, 1, 1, 0, 0, 0)


def export(*, generators, scaler, recipe, count, threads, model, about):
    """Write a leg's generator at one epoch count as a `.keras` file.

    Args:
        generators: Path of the leg's generators.
        scaler: Path of the fitted scaler.
        recipe: A complete recipe.
        count: The epoch count.
        threads: Threads to use.
        model: Where the generator goes: from noise to events in scaled units.
        about: Where to describe its noise and its features' scales, as JSON.
    """
    fitted = load_scaler(scaler)
    with open_sealed(generators, "generators") as file:
        group = file[str(count)]
        save_keras(read_model(group, threads), model)
        described = describe_use(recipe, fitted, group.attrs)
    write_json(about, described)


def save_keras(model, path):
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
                        content = json.dumps(metadata)
                    target.writestr(zipfile.ZipInfo(name, _DATE), content)
        finally:
            dated.unlink(missing_ok=True)


def describe_use(recipe, scaler, attributes):
    """Describe in plain values what a generator starts from and how its events are unscaled.

    Args:
        recipe: A complete recipe.
        scaler: The `Scaler` of its events.
        attributes: `updates` and `diverged_step` of the generator.

    Returns:
        A dict of `noise`, `features`, in column order, and the attributes; a feature has `name`,
        `log`, and what its kind of scaler writes (`collapse.scaler_kinds.Kind`).
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
