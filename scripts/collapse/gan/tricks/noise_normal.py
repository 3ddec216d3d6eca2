"""Standard normal noise.

Paper: Goodfellow's advice in ganhacks number 3; White 2016, arXiv:1609.04468.
Its numbers are looked up in a table of 65,536 quantiles, none of them above 4.33.
"""

from collapse.gan.registry import Array, Random, Trick

TRICK = Trick(("noise.distribution",), choice="normal", default=True)


def fill(out: Array, generator: Random) -> None:
    """Fill an array."""
    from collapse.streams import fill_normal

    fill_normal(out, generator)
