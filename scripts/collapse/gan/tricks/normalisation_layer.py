"""Layer normalisation of each hidden layer, before its activation.

Paper: Ba et al. 2016, arXiv:1607.06450; in D where a penalty needs each event's own gradient
(Gulrajani et al. 2017, arXiv:1704.00028).
"""

from collapse.gan.registry import Trick

TRICK = Trick(("generator.normalisation", "discriminator.normalisation"), choice="layer")


def normalise(values, name, position):
    """Normalise a hidden layer."""
    import keras

    return keras.layers.LayerNormalization(epsilon=1e-5, name=name)(values)
