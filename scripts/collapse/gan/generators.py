"""The generators that a leg keeps, in HDF5: weights, and what it takes to use them."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from collapse.gan.forward import describe

if TYPE_CHECKING:
    import keras


def generator_arrays(model: "keras.Model") -> dict[str, np.ndarray]:
    """Return copies of a generator's weights by name, in the order of its variables."""
    return {
        f"{i:05d} {variable.path.replace('/', ' ')}": np.array(variable.numpy())
        for i, variable in enumerate(model.variables)
    }


def describe_generator(model: "keras.Model") -> dict[str, str]:
    """Return what it takes to use a generator's weights, so that nothing need build it again.

    Returns:
        A dict of JSON texts: `layers` for NumPy, `model` for Keras.
    """
    return {"layers": json.dumps(describe(model)), "model": model.to_json()}


def write_generator(
    group: h5py.Group, arrays: Mapping[str, np.ndarray], described: Mapping[str, str],
    updates: int, diverged_step: int | None,
) -> None:  # fmt: skip
    """Write a generator into an HDF5 group, one dataset a variable.

    Args:
        group: The group.
        arrays: What `generator_arrays` returned.
        described: What `describe_generator` returned.
        updates: Steps done.
        diverged_step: The step at which the training diverged, or None.
    """
    group.attrs["updates"], group.attrs["diverged_step"] = updates, diverged_step or 0
    # Datasets, since an attribute holds 64 kB at most.
    for name, text in described.items():
        group[name] = text
    for name, array in arrays.items():
        group[f"weights/{name}"] = array


def read_generator(group: h5py.Group) -> tuple[list[dict[str, Any]] | None, list[np.ndarray]]:
    """Read a generator that `write_generator` wrote.

    Returns:
        Its layers, or None if NumPy can't do them, and its weights in order.
    """
    weights = group.get("weights", {})
    return json.loads(group["layers"].asstr()[()]), [weights[name][()] for name in sorted(weights)]


def read_model(group: h5py.Group, threads: int) -> "keras.Model":
    """Read a generator that `write_generator` wrote as a Keras model.

    Keras's safe mode makes it, of Keras's own layers: no code of a file's is run.
    """
    from collapse.gan import runtime

    runtime.set_up(threads)
    import keras

    described = json.loads(group["model"].asstr()[()])
    model = keras.saving.deserialize_keras_object(described, safe_mode=True)
    for variable, value in zip(model.variables, read_generator(group)[1], strict=True):
        variable.assign(value)
    return model
