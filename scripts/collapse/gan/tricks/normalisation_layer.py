"""Layer normalisation of each hidden layer, before its activation.

Paper: Ba et al. 2016, arXiv:1607.06450; in D where a penalty needs each event's own gradient
(Gulrajani et al. 2017, arXiv:1704.00028).
"""

from collections.abc import Sequence

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(("generator.normalisation", "discriminator.normalisation"), choice="layer")


def parameters(value: str, widths: Sequence[int]) -> int:
    """A shift and a scale for each unit of D's hidden layers."""
    return 2 * sum(widths[1:-1])


def normalise(values: Tensor, name: str, position: int) -> Tensor:
    """Normalise a hidden layer."""
    import keras

    return keras.layers.LayerNormalization(epsilon=1e-5, name=name)(values)
