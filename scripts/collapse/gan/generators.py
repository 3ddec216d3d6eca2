"""The generators that a leg keeps: weights, and what NumPy needs to use them, in HDF5."""

import json

import numpy as np


def generator_arrays(engine):
    """Return copies of the sampler's weights by name, in the order of its variables."""
    return {
        f"{i:05d} {variable.path.replace('/', ' ')}": np.array(variable.numpy())
        for i, variable in enumerate(engine.sampler.variables)
    }


def write_generator(group, arrays, layers, updates, diverged_step):
    """Write a generator into an HDF5 group, one dataset a variable.

    Args:
        group: The group.
        arrays: What `generator_arrays` returned.
        layers: What `collapse.gan.forward.describe` returned.
        updates: Steps done.
        diverged_step: The step at which the training diverged, or None.
    """
    group.attrs["updates"] = updates
    group.attrs["diverged_step"] = diverged_step or 0
    group.attrs["layers"] = json.dumps(layers)
    for name, array in arrays.items():
        group[name] = array


def read_generator(group):
    """Read a generator that `write_generator` wrote.

    Returns:
        Its layers, or None if NumPy can't do them, and its weights in order.
    """
    return json.loads(group.attrs["layers"]), [group[name][()] for name in sorted(group)]
