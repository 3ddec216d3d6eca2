"""Squared distance of D's output from its label.

Paper: LSGAN; Mao et al. 2017, arXiv:1611.04076.

With the paper's a = 0, b = c = 1.
"""

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(("loss",), choice="least_squares")


def discriminator(logits: Tensor, targets: Tensor) -> Tensor:
    """Squared distance; the mean of both halves is the sum of the paper's halved squares."""
    return (logits - targets) ** 2


def generator(fake: Tensor, real: Tensor | None) -> Tensor:
    """Half the squared distance from 1."""
    return (fake - 1) ** 2 / 2
