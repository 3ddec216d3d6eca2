"""Checkpoints: all that training needs to go on bit for bit, in HDF5."""

import h5py
import numpy as np

from collapse.errors import InputError
from collapse.files import whole


def save_checkpoint(path, engine, fingerprint):
    """Write an engine's state, whole or not at all.

    Args:
        path: Where to.
        engine: An `Engine`.
        fingerprint: What the state depends on, a string; checked when it is loaded.
    """
    with whole(path) as part, h5py.File(part, "w") as file:
        file.attrs["step"] = engine.step
        file.attrs["diverged_step"] = engine.diverged_step or 0
        file.attrs["fingerprint"] = fingerprint
        for name, variable in engine.variables().items():
            file[name] = np.asarray(variable)


def load_checkpoint(path, engine, fingerprint):
    """Set an engine to a saved state.

    Raises:
        InputError: If the file is no checkpoint, or one of another run.
    """
    try:
        with h5py.File(path) as file:
            if file.attrs["fingerprint"] != fingerprint:
                message = (
                    f"{path} was made by another recipe, seed, scaler or dataset than this run's. "
                    "Train it again: snakemake -R train."
                )
                raise InputError(message)
            engine.step = int(file.attrs["step"])
            engine.diverged_step = int(file.attrs["diverged_step"]) or None
            for name, variable in engine.variables().items():
                variable.assign(file[name][()])
    except (OSError, KeyError, ValueError) as error:
        message = f"{path} is not a checkpoint ({error}). Train it again: snakemake -R train."
        raise InputError(message) from error


def write_generator(group, engine):
    """Write the generator's weights into an HDF5 group, one dataset a variable."""
    group.attrs["updates"] = engine.step
    group.attrs["diverged_step"] = engine.diverged_step or 0
    for name, variable in engine.variables().items():
        owner, _, rest = name.partition("/")
        if owner == "generator":
            group[rest] = np.asarray(variable)


def read_generator(group, generator):
    """Set a generator's weights from an HDF5 group that `write_generator` wrote."""
    for name, variable in zip(sorted(group), generator.variables, strict=True):
        variable.assign(group[name][()])
