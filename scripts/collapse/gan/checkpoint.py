"""Checkpoints: all that training needs to go on bit for bit, in HDF5."""

import numpy as np

from collapse.sealed import create_sealed, open_sealed

_COUNTERS = ("step", "diverged_step")


def state_arrays(engine):
    """Return all of an engine's state, arrays by name."""
    counters = np.array(engine.step), np.array(engine.diverged_step or 0)
    return dict(zip(_COUNTERS, counters, strict=True)) | {
        name: np.asarray(variable) for name, variable in engine.variables().items()
    }


def assign_state(engine, arrays):
    """Set an engine to a state that `state_arrays` returned."""
    engine.step, diverged_step = (int(arrays[name]) for name in _COUNTERS)
    engine.diverged_step = diverged_step or None
    for name, variable in engine.variables().items():
        variable.assign(arrays[name])


def save_checkpoint(path, engine, fingerprint):
    """Write an engine's state, sealed, whole or not at all.

    Args:
        path: Where to.
        engine: An `Engine`.
        fingerprint: What the state depends on, a string; checked when it is loaded.
    """
    with create_sealed(path, "checkpoints", fingerprint) as file:
        for name, array in state_arrays(engine).items():
            holder = file.attrs if name in _COUNTERS else file
            holder[name] = array


def load_checkpoint(path, engine, fingerprint):
    """Set an engine to a saved state.

    Raises:
        InputError: If the file is no checkpoint, a damaged one, or one of another run.
    """
    with open_sealed(path, "checkpoints", fingerprint) as file:
        state = {name: file.attrs[name] for name in _COUNTERS}
        state |= {name: file[name][()] for name in engine.variables()}
    assign_state(engine, state)
