"""A sigmoid over each feature's range in the training events.

Paper: after the range scaling of DijetGAN; Di Sipio et al. 2019, arXiv:1903.02433.

G can reach all that the training events do, and nothing beyond.
"""

from collapse.gan.registry import Trick

TRICK = Trick(("generator.head",), choice="range")


def head(values, units, layer, name):
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


def fit(model, data):
    """Take each feature's range from the training events."""
    import numpy as np

    low, high = np.min(data, axis=0), np.max(data, axis=0)
    model.get_layer("generator_range").set_weights([np.diag(high - low), low])
