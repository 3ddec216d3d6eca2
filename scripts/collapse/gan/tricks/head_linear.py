"""No activation, so that any value can be reached.

Paper: Butter et al. 2019, arXiv:1907.03764.
"""

import math
from collections.abc import Callable

from collapse.gan.registry import Array, Tensor, Trick

TRICK = Trick(("generator.head",), choice="linear")


def head(values: Tensor, units: int, layer: Callable[..., Tensor], name: str) -> Tensor:
    """A dense layer."""
    return layer(values, name, units, None)


def bounds(train: Array) -> tuple[float, float]:
    """None, in scaled units."""
    return -math.inf, math.inf
