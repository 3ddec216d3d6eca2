"""Cross-entropy for D; G minimises log(1 - D(G(z))), the minimax game.

Paper: Goodfellow et al. 2014, arXiv:1406.2661.

Its gradient vanishes where D is sure. D's loss is the mean over real and generated events together,
half of the paper's sum.
"""

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(("loss",), choice="saturating")


def discriminator(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of logits, without overflow."""
    import tensorflow as tf

    return tf.nn.softplus(logits) - logits * targets


def generator(fake: Tensor, real: Tensor | None) -> Tensor:
    """log(1 - D)."""
    import tensorflow as tf

    return -tf.nn.softplus(fake)
