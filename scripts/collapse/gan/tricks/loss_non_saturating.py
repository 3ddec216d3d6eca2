"""Cross-entropy for D; G maximises log D(G(z)).

Paper: Goodfellow et al. 2014, arXiv:1406.2661.

D's loss is the mean over real and generated events together, half of the paper's sum.
"""

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(("loss",), choice="non_saturating", default=True)


def discriminator(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of logits, without overflow."""
    import tensorflow as tf

    return tf.maximum(logits, 0.0) - logits * targets + tf.math.log1p(tf.exp(-tf.abs(logits)))


def generator(fake: Tensor, real: Tensor | None) -> Tensor:
    """The same of generated events labelled as real."""
    import tensorflow as tf

    return discriminator(fake, tf.ones_like(fake))
