"""A sigmoid over each feature's range in the training events.

Paper: after the range scaling of DijetGAN; Di Sipio et al. 2019, arXiv:1903.02433.

G can reach all that the training events do, and nothing beyond.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from collapse.gan.registry import Array, Tensor, Trick

if TYPE_CHECKING:
    import keras

TRICK = Trick(("generator.head",), choice="range")


def head(values: Tensor, units: int, layer: Callable[..., Tensor], name: str) -> Tensor:
    """A dense layer with a sigmoid, stretched by one that isn't trained; [-1, 1] until `fit`."""
    import keras

    values = layer(values, name, units, "sigmoid")
    stretch = keras.layers.Dense(
        units,
        kernel_initializer=keras.initializers.Identity(2.0),
        bias_initializer=keras.initializers.Constant(-1.0),
        trainable=False,
        name="generator_range",
    )
    return stretch(values)


def bounds(train: Array) -> tuple[Array, Array]:
    """Each feature's range in the training events, in scaled units."""
    return train.min(axis=0), train.max(axis=0)


def fit(model: "keras.Model", data: Array) -> None:
    """Take each feature's range from the training events."""
    import numpy as np

    low, high = bounds(data)
    model.get_layer("generator_range").set_weights([np.diag(high - low), low])
