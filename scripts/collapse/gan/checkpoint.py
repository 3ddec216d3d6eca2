"""Checkpoints: all that training needs to go on bit for bit, in HDF5."""

from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from collapse.sealed import create_sealed, open_sealed

if TYPE_CHECKING:
    from collapse.gan.engine import Engine


def write_state(group: h5py.Group, engine: "Engine") -> None:
    """Write all of an engine's state into an HDF5 group."""
    group.attrs["step"], group.attrs["diverged_step"] = engine.step, engine.diverged_step or 0
    for name, variable in engine.variables().items():
        group[name] = np.asarray(variable)


def read_state(group: h5py.Group, engine: "Engine") -> None:
    """Set an engine to a state that `write_state` wrote."""
    engine.step = int(group.attrs["step"])
    engine.diverged_step = int(group.attrs["diverged_step"]) or None
    for name, variable in engine.variables().items():
        variable.assign(group[name][()])


def save_checkpoint(path: Path | str, engine: "Engine", fingerprint: str) -> None:
    """Write an engine's state, sealed with the fingerprint of what it depends on."""
    with create_sealed(path, "checkpoints", fingerprint) as file:
        write_state(file, engine)


def load_checkpoint(path: Path | str, engine: "Engine", fingerprint: str) -> None:
    """Set an engine to a saved state.

    Raises:
        InputError: If the file is no checkpoint, a damaged one, or one of another run.
    """
    with open_sealed(path, "checkpoints", fingerprint) as file:
        read_state(file, engine)
