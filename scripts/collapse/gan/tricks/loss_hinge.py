"""Hinge loss: D has margins at -1 and 1.

Paper: Lim and Ye 2017, arXiv:1705.02894.

D's loss is the sum of the means over real and over generated events, as in the paper.
"""

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(
    ("loss",),
    choice="hinge",
    conflicts=(("labels", None, "It has margins, not labels."),),
)


def discriminator(logits: Tensor, targets: Tensor) -> Tensor:
    """Distance within the margin."""
    import tensorflow as tf

    return 2 * tf.nn.relu(1 - (2 * targets - 1) * logits)


def generator(fake: Tensor, real: Tensor | None) -> Tensor:
    """D's output, to be raised."""
    return -fake
