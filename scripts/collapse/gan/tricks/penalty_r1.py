"""Squared norm of D's gradient on real events, times gamma / 2.

Paper: Mescheder et al. 2018, arXiv:1801.04406, with gamma 10.
"""

from collapse.gan.gradients import squared_norms
from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick, number

TRICK = Trick(
    ("penalties.r1",), options={"gamma": number(10.0, "Twice the penalty's weight.", above=0)}
)


class R1(Hook):
    """The penalty."""

    wants_gradients = True

    def __init__(self, gamma):
        self._gamma = gamma

    def penalty(self, judged):
        """Return the penalty."""
        import tensorflow as tf

        return self._gamma / 2 * tf.reduce_mean(squared_norms(judged.gradients[0]))


def build(value, setup):
    """Build the hook."""
    return R1(value["gamma"])
