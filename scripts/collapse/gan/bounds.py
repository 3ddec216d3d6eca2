"""What a generator can put out at most, read from the network itself and not from the config."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from collapse.scaling import Scaler

if TYPE_CHECKING:
    import keras

Bounds: TypeAlias = tuple[np.ndarray, np.ndarray]

# What an activation's output lies in, by its name in Keras.
_RANGES = {
    **dict.fromkeys(("tanh", "softsign", "hard_tanh"), (-1.0, 1.0)),
    **dict.fromkeys(("sigmoid", "hard_sigmoid", "softmax"), (0.0, 1.0)),
    "relu6": (0.0, 6.0),
    **dict.fromkeys(("relu", "softplus", "exponential"), (0.0, np.inf)),
    "linear": (-np.inf, np.inf),
}


def layer_bounds(
    layers: Sequence[dict[str, Any]], weights: Sequence[np.ndarray], width: int
) -> Bounds:
    """Return the least and greatest output of a generator that NumPy can do, for each feature.

    Intervals are carried through the layers, so that a tanh whose output is stretched has the
    bounds of the stretched one.

    Args:
        layers: What `collapse.gan.forward.describe` returned.
        weights: The values of the model's variables, in order.
        width: Features.

    Returns:
        Two float64 arrays of shape (width,), infinite where there is no bound.

    >>> dense = {"layer": "Dense", "activation": "tanh", "weights": {"kernel": 0}}
    >>> stretch = {"layer": "Dense", "activation": "linear", "weights": {"kernel": 1, "bias": 2}}
    >>> layer_bounds([dense, stretch], [np.ones((3, 1)), 2 * np.eye(1), np.ones(1)], 1)
    (array([-1.]), array([3.]))
    """
    low: Any = None
    high: Any = None
    for layer in layers:
        held = {name: np.float64(weights[place]) for name, place in layer["weights"].items()}
        match layer["layer"]:
            case "Dense":
                low, high = _through(low, high, held["kernel"], held.get("bias", 0.0))
                low, high = _activated(layer["activation"], low, high)
            case "Activation" if low is not None:
                low, high = _activated(layer["activation"], low, high)
            case "LeakyReLU" if low is not None:
                low, high = (np.where(x < 0, layer["slope"] * x, x) for x in (low, high))
            case _:
                low = high = None
    if low is None:
        return np.full(width, -np.inf), np.full(width, np.inf)
    return low, high


def _through(low: Any, high: Any, kernel: Any, bias: Any) -> Bounds:
    units = kernel.shape[1]
    if low is None:
        return np.full(units, -np.inf), np.full(units, np.inf)
    ends = []
    for end, other in ((low, high), (high, low)):
        # Nothing times infinity is nothing: what has no weight plays no part.
        with np.errstate(invalid="ignore"):
            terms = np.where(kernel > 0, kernel * end[:, None], kernel * other[:, None])
        ends.append(np.where(kernel == 0, 0.0, terms).sum(axis=0) + bias)
    return ends[0], ends[1]


def _activated(name: str, low: np.ndarray, high: np.ndarray) -> Bounds:
    least, greatest = _RANGES[name]
    if name == "linear":
        return low, high
    if name == "tanh":
        return np.tanh(low), np.tanh(high)
    if name == "sigmoid":
        return 0.5 * (np.tanh(0.5 * low) + 1), 0.5 * (np.tanh(0.5 * high) + 1)
    return np.clip(low, least, greatest), np.clip(high, least, greatest)


def model_bounds(model: "keras.Model") -> Bounds | None:
    """Return the same of a Keras model by its last layer, or None if nothing is known of that."""
    name = getattr(getattr(model.layers[-1], "activation", None), "__name__", None)
    if name not in _RANGES:
        return None
    low, high = (np.full(model.outputs[0].shape[-1], end) for end in _RANGES[name])
    return low, high


def physical_bounds(low: np.ndarray, high: np.ndarray, scaler: Scaler) -> np.ndarray:
    """Return bounds in physical units, float64 (2, d), of those in scaled units, (d,) each."""
    scaled = np.stack([low, high])
    # A row that isn't finite has no physical values, so each bound takes a row where all others do.
    edges = scaler.inverse_transform(np.where(np.isfinite(scaled), scaled, 0.0)).astype(float)
    infinite = ~np.isfinite(scaled)
    edges[infinite] = scaled[infinite]
    # A value that the scaler maps nothing to is no bound.
    for row, end in zip(edges, (-np.inf, np.inf), strict=True):
        row[np.isnan(row)] = end
    return edges
