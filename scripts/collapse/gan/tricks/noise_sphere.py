"""Noise uniform on the sphere of radius sqrt(dimension).

Paper: White 2016, arXiv:1609.04468; StyleGAN, Karras et al. 2018, arXiv:1812.04948.
"""

from collapse.gan.registry import Array, Random, Trick

TRICK = Trick(("noise.distribution",), choice="sphere")


def fill(out: Array, generator: Random) -> None:
    """Fill an array."""
    import numpy as np

    from collapse.streams import fill_normal

    fill_normal(out, generator)
    out *= np.sqrt(out.shape[1]) / np.linalg.norm(out, axis=1, keepdims=True)


def dimensions(width: int) -> int:
    """Dimensions of the sphere."""
    return width - 1
