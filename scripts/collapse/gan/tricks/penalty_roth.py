"""Squared norm of D's gradient, weighted by how far D's output is from the label.

Paper: Roth et al. 2017, arXiv:1705.09367, with the weight of Butter et al. 2019, arXiv:1907.03764.
"""

from collapse.gan.gradients import squared_norms
from collapse.gan.hooks import Hook, Judged
from collapse.gan.registry import Tensor, Trick, number

TRICK = Trick(
    ("penalties.roth",), options={"weight": number(0.001, "The penalty's weight.", above=0)}
)


class Roth(Hook):
    """The penalty."""

    wants_gradients = True

    def penalty(self, judged: Judged) -> Tensor:
        """Return the penalty."""
        import tensorflow as tf

        real, fake = judged.gradients
        on_real = tf.sigmoid(-judged.real_logits[:, 0]) ** 2 * squared_norms(real)
        on_fake = tf.sigmoid(judged.fake_logits[:, 0]) ** 2 * squared_norms(fake)
        return self.value["weight"] * (tf.reduce_mean(on_real) + tf.reduce_mean(on_fake))


build = Roth
