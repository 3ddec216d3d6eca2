"""A generator's forward pass in NumPy, so that sampling need not import TensorFlow.

Own code, since importing TensorFlow for a few matrix products took 6 of a sampling job's 7 s of
CPU. What isn't a chain of the layers below is left to Keras.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import keras

Array: TypeAlias = np.ndarray
Described: TypeAlias = dict[str, Any]


def describe(model: "keras.Model") -> list[Described] | None:
    """Describe a built Keras model in plain values.

    Returns:
        A list of dicts, a layer each, whose numbers under `weights` are positions in
        `model.variables`; None if NumPy can't do what the model does.
    """
    import keras

    layers = getattr(model, "layers", [])
    if not layers or not isinstance(model, keras.Model) or not _is_chain(model, layers):
        return None
    places = {id(variable): i for i, variable in enumerate(model.variables)}
    described = []
    for layer in layers:
        # Exactly these classes: a subclass may do anything.
        name = type(layer).__name__
        known = name in _DESCRIBED and type(layer) is getattr(keras.layers, name, None)
        options = _DESCRIBED[name](layer) if known else None
        if options is None:
            return None
        held = {role: getattr(layer, role, None) for role in _WEIGHTS}
        weights = {role: places[id(value)] for role, value in held.items() if value is not None}
        described.append({"layer": name, "weights": weights, **options})
    return [layer for layer in described if layer["layer"] != "InputLayer"]


def forward(layers: Sequence[Described], weights: Sequence[Array], noise: Array) -> Array:
    """Return what a described generator makes of noise.

    Args:
        layers: What `describe` returned.
        weights: The values of the model's variables, in order.
        noise: float32, shape (n, noise width).

    Returns:
        float32, shape (n, d): Keras's own to float32 rounding.
    """
    values = noise
    # A diverged generator gives what isn't finite, and that is its result.
    with np.errstate(all="ignore"):
        for layer in layers:
            held = {name: weights[place] for name, place in layer["weights"].items()}
            values = _COMPUTED[layer["layer"]](values, layer, **held)
    return values


_WEIGHTS = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")

_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "tanh": np.tanh,
    "sigmoid": lambda x: np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + np.float32(1)),
    "relu": lambda x: np.maximum(x, np.float32(0)),
}


def _is_chain(model: "keras.Model", layers: Sequence[Any]) -> bool:
    """Whether each layer takes what the one before it gives, and nothing else."""
    try:
        ends = layers[0].output is model.inputs[0] and layers[-1].output is model.outputs[0]
        joined = all(b.input is a.output for a, b in itertools.pairwise(layers))
        return ends and joined and len(model.inputs) == len(model.outputs) == 1
    except (AttributeError, ValueError, IndexError):
        # A layer that is used twice, or a model that isn't functional.
        return False


def _activation(layer: Any) -> Described | None:
    name = getattr(layer.activation, "__name__", None)
    return {"activation": name} if name in _ACTIVATIONS and len(layer.output.shape) == 2 else None


def _normalisation(layer: Any) -> Described | None:
    last = len(layer.output.shape) - 1
    axes = layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis]
    plain = [axis % (last + 1) for axis in axes] == [last] and last == 1
    rms = getattr(layer, "rms_scaling", False)
    return {"epsilon": layer.epsilon} if plain and not rms else None


_DESCRIBED: dict[str, Callable[[Any], Described | None]] = {
    "InputLayer": lambda layer: {},
    "Dense": _activation,
    "Activation": _activation,
    "LeakyReLU": lambda layer: {"slope": layer.negative_slope},
    "BatchNormalization": _normalisation,
    "LayerNormalization": _normalisation,
}


def _dense(x: Array, layer: Described, kernel: Array, bias: Array | None = None) -> Array:
    x = x @ kernel
    return _ACTIVATIONS[layer["activation"]](x if bias is None else x + bias)


def _leaky_relu(x: Array, layer: Described) -> Array:
    return np.where(x < 0, np.float32(layer["slope"]) * x, x)


def _batch_normalisation(
    x: Array, layer: Described, moving_mean: Array, moving_variance: Array, **scale: Array
) -> Array:
    return _rescale((x - moving_mean), moving_variance, layer["epsilon"], **scale)


def _layer_normalisation(x: Array, layer: Described, **scale: Array) -> Array:
    centred = x - x.mean(axis=1, keepdims=True)
    variance = np.square(centred).mean(axis=1, keepdims=True)
    return _rescale(centred, variance, layer["epsilon"], **scale)


def _rescale(centred: Array, variance: Array, epsilon: float, **scale: Array) -> Array:
    values = centred / np.sqrt(variance + np.float32(epsilon))
    values = values * scale["gamma"] if "gamma" in scale else values
    return values + scale["beta"] if "beta" in scale else values


_COMPUTED: dict[str, Callable[..., Array]] = {
    "Dense": _dense,
    "Activation": lambda x, layer: _ACTIVATIONS[layer["activation"]](x),
    "LeakyReLU": _leaky_relu,
    "BatchNormalization": _batch_normalisation,
    "LayerNormalization": _layer_normalisation,
}
