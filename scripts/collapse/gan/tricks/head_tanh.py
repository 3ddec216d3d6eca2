"""tanh, which can't leave [-1, 1].

Paper: DCGAN; Radford et al. 2015, arXiv:1511.06434.
"""

from collapse.gan.registry import Trick

TRICK = Trick(("generator.head",), choice="tanh")


def head(values, units, layer, name):
    """A dense layer with tanh."""
    return layer(values, name, units, "tanh")
