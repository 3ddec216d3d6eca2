"""Recipes small enough for tests, and what their legs leave."""

from pathlib import Path

import numpy as np
import yaml
from collapse.gan.engine import Engine
from collapse.gan.generators import describe_generator, generator_arrays, write_generator
from collapse.planning.recipes import complete_recipe
from collapse.scaling import fit_scaler, save_scaler
from collapse.sealed import create_sealed

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = yaml.safe_load((ROOT / "config/recipes.yaml").read_text())
NAMES = ["x", "y", "z"]


def recipe(name="original", **changes):
    changes = {"batch_size": 16, "noise": {"dimension": 6}} | changes
    return complete_recipe(name, {name: changes}, SHIPPED)


def shuffle(model, seed=0):
    """Give every variable values that a training could, variances positive."""
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        variable.assign(np.abs(rng.normal(0.3, 0.4, variable.shape)) * rng.choice([1, 1, -1]))
        if "variance" in variable.path:
            variable.assign(np.abs(rng.normal(1, 0.3, variable.shape)))


def write_leg(folder, changes, kind="standard"):
    """What `export` reads, in a folder, for one recipe with weights that a training could have."""
    folder.mkdir(exist_ok=True)
    options = recipe(**changes, scaler=kind)
    options["noise"]["dimension"] = 4
    engine = Engine(options, 3, seed=1)
    shuffle(engine.sampler)
    with create_sealed(folder / "generators.h5", "generators") as file:
        described = describe_generator(engine.sampler)
        write_generator(
            file.create_group("7"), generator_arrays(engine.sampler), described, 70, None
        )
    events = np.random.default_rng(0).gamma(2, size=(700, 3))
    log = [] if kind == "power" else ["y"]
    scaler = fit_scaler(events, NAMES, {"kind": kind, "features": {"z": "minmax"}, "log": log})
    save_scaler(folder / "scaler.h5", scaler)
    return options, engine, scaler
