"""The generators that a leg keeps, in HDF5: weights, and what it takes to use them."""

import json

import numpy as np

from collapse.gan.forward import describe


def generator_arrays(engine):
    """Return copies of the sampler's weights by name, in the order of its variables."""
    return {
        f"{i:05d} {variable.path.replace('/', ' ')}": np.array(variable.numpy())
        for i, variable in enumerate(engine.sampler.variables)
    }


def describe_generator(model):
    """Return what it takes to use a generator's weights, so that nothing need build it again.

    Returns:
        A dict of JSON texts: `layers` for NumPy, `model` for Keras.
    """
    return {"layers": json.dumps(describe(model)), "model": model.to_json()}


def write_generator(group, arrays, described, updates, diverged_step):
    """Write a generator into an HDF5 group, one dataset a variable.

    Args:
        group: The group.
        arrays: What `generator_arrays` returned.
        described: What `describe_generator` returned.
        updates: Steps done.
        diverged_step: The step at which the training diverged, or None.
    """
    group.attrs["updates"] = updates
    group.attrs["diverged_step"] = diverged_step or 0
    # Datasets, since an attribute holds 64 kB at most.
    for name, text in described.items():
        group[name] = text
    for name, array in arrays.items():
        group[f"weights/{name}"] = array


def read_generator(group):
    """Read a generator that `write_generator` wrote.

    Returns:
        Its layers, or None if NumPy can't do them, and its weights in order.
    """
    weights = group.get("weights", {})
    return json.loads(group["layers"].asstr()[()]), [weights[name][()] for name in sorted(weights)]


def read_model(group, threads):
    """Read a generator that `write_generator` wrote as a Keras model.

    Keras's safe mode makes it, of Keras's own layers: no code of a file's is run.

    Args:
        group: The group.
        threads: Threads to use.
    """
    from collapse.gan import runtime

    runtime.set_up(threads)
    import keras

    model = keras.saving.deserialize_keras_object(
        json.loads(group["model"].asstr()[()]), safe_mode=True
    )
    for variable, value in zip(model.variables, read_generator(group)[1], strict=True):
        variable.assign(value)
    return model
