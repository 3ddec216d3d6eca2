"""D sees real and generated events in one batch, as in the question.

Paper: Goodfellow et al. 2014, arXiv:1406.2661, leave it open.
"""

from collapse.gan.hooks import Critic
from collapse.gan.registry import Tensor, Trick

TRICK = Trick(("batches",), choice="joint", default=True)
UPDATES = 1


def judge(critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
    """Logits of both, real first."""
    import tensorflow as tf

    return critic(tf.concat([real, fake], axis=0))
