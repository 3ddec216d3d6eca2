"""Squared norm of D's gradient on real events, times gamma / 2.

Paper: Mescheder et al. 2018, arXiv:1801.04406, with gamma 10.
"""

from collapse.gan.gradients import squared_norms
from collapse.gan.hooks import Hook, Judged
from collapse.gan.registry import Tensor, Trick, number

TRICK = Trick(
    ("penalties.r1",), options={"gamma": number(10.0, "Twice the penalty's weight.", above=0)}
)


class R1(Hook):
    """The penalty."""

    wants_gradients = True

    def penalty(self, judged: Judged) -> Tensor:
        """Return the penalty."""
        import tensorflow as tf

        return self.value["gamma"] / 2 * tf.reduce_mean(squared_norms(judged.gradients[0]))


build = R1
