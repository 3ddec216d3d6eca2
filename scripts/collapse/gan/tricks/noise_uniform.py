"""Uniform noise over [-1, 1].

Paper: DCGAN; Radford et al. 2015, arXiv:1511.06434.
"""

from collapse.gan.registry import Array, Random, Trick

TRICK = Trick(("noise.distribution",), choice="uniform")


def fill(out: Array, generator: Random) -> None:
    """Fill an array."""
    import numpy as np

    generator.random(out=out, dtype=np.float32)
    np.subtract(2 * out, 1, out=out)
