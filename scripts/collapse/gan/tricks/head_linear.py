"""No activation, so that any value can be reached.

Paper: Butter et al. 2019, arXiv:1907.03764.
"""

from collapse.gan.registry import Trick

TRICK = Trick(("generator.head",), choice="linear")


def head(values, units, layer, name):
    """A dense layer."""
    return layer(values, name, units, None)
