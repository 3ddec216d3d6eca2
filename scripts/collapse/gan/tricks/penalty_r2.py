"""Squared norm of D's gradient on generated events, times gamma / 2.

Paper: Mescheder et al. 2018, arXiv:1801.04406, with gamma 10; with R1 in R3GAN (Huang et al. 2024,
arXiv:2501.05441).
"""

from collapse.gan.gradients import squared_norms
from collapse.gan.hooks import Hook, Judged
from collapse.gan.registry import Tensor, Trick, number

TRICK = Trick(
    ("penalties.r2",), options={"gamma": number(10.0, "Twice the penalty's weight.", above=0)}
)


class R2(Hook):
    """The penalty."""

    wants_gradients = True

    def penalty(self, judged: Judged) -> Tensor:
        """Return the penalty."""
        import tensorflow as tf

        return self.value["gamma"] / 2 * tf.reduce_mean(squared_norms(judged.gradients[1]))


build = R2
