"""tanh, which can't leave [-1, 1].

Paper: DCGAN; Radford et al. 2015, arXiv:1511.06434.
"""

from collections.abc import Callable

from collapse.gan.registry import Array, Tensor, Trick

TRICK = Trick(("generator.head",), choice="tanh")


def head(values: Tensor, units: int, layer: Callable[..., Tensor], name: str) -> Tensor:
    """A dense layer with tanh."""
    return layer(values, name, units, "tanh")


def bounds(train: Array) -> tuple[float, float]:
    """The ends, in scaled units."""
    return -1.0, 1.0
