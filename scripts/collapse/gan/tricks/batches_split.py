"""D sees real and generated events apart, in one update.

Paper: DCGAN; Radford et al. 2015, arXiv:1511.06434.

It differs from a joint batch only where D compares the events of a batch: batch normalisation,
minibatch discrimination, minibatch standard deviation.
"""

from collapse.gan.hooks import Critic
from collapse.gan.registry import Tensor, Trick

TRICK = Trick(("batches",), choice="split")
UPDATES = 1


def judge(critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
    """Logits of both, real first."""
    import tensorflow as tf

    return tf.concat([critic(real), critic(fake)], axis=0)
