"""Batch normalisation of each hidden layer, before its activation.

Paper: Ioffe and Szegedy 2015, arXiv:1502.03167; not of D's first layer, as in DCGAN (Radford et al.
2015, arXiv:1511.06434), whose code has a momentum of 0.9 and an epsilon of 1e-5. Training uses the
statistics of the batch that a network is shown, in G's update as well.
"""

from collections.abc import Sequence

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(("generator.normalisation", "discriminator.normalisation"), choice="batch")


def parameters(value: str, widths: Sequence[int]) -> int:
    """A shift and a scale for each unit of D's hidden layers, but for the first."""
    return 2 * sum(widths[2:-1])


def normalise(values: Tensor, name: str, position: int) -> Tensor:
    """Normalise a hidden layer; `position` counts from 1."""
    import keras

    if position == 1 and name.startswith("discriminator"):
        return values
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)(values)
