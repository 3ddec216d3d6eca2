"""Squared distance of D's outputs from their moving average on the other side, where beyond it.

Paper: LeCam regularisation, Tseng et al. 2021, arXiv:2104.03310, with weight 0.3 and decay 0.99.
The averages start at 0 and include the step's own batch.
"""

from collapse.gan.hooks import Hook, Judged
from collapse.gan.registry import Tensor, Trick, number

TRICK = Trick(
    ("penalties.lecam",),
    options={
        "weight": number(0.3, "The penalty's weight.", above=0),
        "decay": number(0.99, "Share of the averages that each update leaves.", high=1),
    },
)


class LeCam(Hook):
    """The penalty and its two averages, of D on real and on generated events."""

    def _prepare(self) -> None:
        import keras
        import numpy as np

        self._decay = np.float32(self.value["decay"])
        self.variables = [
            keras.Variable(np.float32(0), trainable=False, name=f"mean_{side}")
            for side in ("real", "fake")
        ]

    def penalty(self, judged: Judged) -> Tensor:
        """Move the averages and return the penalty."""
        import tensorflow as tf

        means = []
        for mean, logits in zip(
            self.variables, (judged.real_logits, judged.fake_logits), strict=True
        ):
            now = tf.stop_gradient(tf.reduce_mean(logits))
            means.append(self._decay * mean.value + (1 - self._decay) * now)
            mean.assign(means[-1])
        real = tf.nn.relu(judged.real_logits - means[1])
        fake = tf.nn.relu(means[0] - judged.fake_logits)
        return self.value["weight"] * (tf.reduce_mean(real**2) + tf.reduce_mean(fake**2))


build = LeCam
