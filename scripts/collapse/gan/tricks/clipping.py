"""D's weights are clipped to a box after each of its updates.

Paper: WGAN, Arjovsky et al. 2017, arXiv:1701.07875, at 0.01.
"""

from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick

TRICK = Trick(
    ("clipping",),
    schema={"type": "number", "exclusiveMinimum": 0, "maximum": 1000},
)


class Clipping(Hook):
    """The box."""

    def after_discriminator(self) -> None:
        """Clip."""
        import tensorflow as tf

        for weight in self.setup.discriminator.trainable_variables:
            weight.assign(tf.clip_by_value(weight.value, -self.value, self.value))


build = Clipping
