"""Cross-entropy of D's output on a real event less that on a generated one.

Paper: RpGAN, RSGAN; Jolicoeur-Martineau 2018, arXiv:1807.00734.

With R1 and R2 it is the loss of R3GAN (Huang et al. 2024, arXiv:2501.05441).
"""

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(
    ("loss",),
    choice="relativistic_pairing",
    conflicts=(("labels", None, "It compares pairs, which have no labels."),),
)


def pairs(real: Tensor, fake: Tensor) -> Tensor:
    """Softplus of the difference."""
    import tensorflow as tf

    return tf.nn.softplus(fake - real)


def generator(fake: Tensor, real: Tensor) -> Tensor:
    """The same with the sides exchanged."""
    return pairs(fake, real)
