"""Laplace noise of unit variance, with heavier tails than the normal.

Paper: heavy tails need them: Huster et al. 2021, arXiv:2101.09113.
"""

from collapse.gan.registry import Array, Random, Trick

TRICK = Trick(("noise.distribution",), choice="laplace")


def fill(out: Array, generator: Random) -> None:
    """Fill an array."""
    import numpy as np

    generator.standard_exponential(out=out, dtype=np.float32)
    out *= np.where(generator.random(out.shape, dtype=np.float32) < 0.5, -1, 1) * np.sqrt(0.5)
