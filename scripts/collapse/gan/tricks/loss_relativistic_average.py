"""Cross-entropy of D's output less its mean on the other side.

Paper: RaGAN; Jolicoeur-Martineau 2018, arXiv:1807.00734.

Halved, as in the author's code.
"""

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(
    ("loss",),
    choice="relativistic_average",
    conflicts=(("labels", None, "It compares sides, which have no labels."),),
)


def pairs(real: Tensor, fake: Tensor) -> Tensor:
    """Half of the sum over both sides."""
    import tensorflow as tf

    above, below = real - tf.reduce_mean(fake), fake - tf.reduce_mean(real)
    return (tf.nn.softplus(-above) + tf.nn.softplus(below)) / 2


def generator(fake: Tensor, real: Tensor) -> Tensor:
    """The same with the sides exchanged."""
    return pairs(fake, real)
