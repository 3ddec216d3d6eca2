"""Distance of D's gradient norm from k around real events, squared.

Paper: DRAGAN, Kodali et al. 2017, arXiv:1705.07215, with weight 10 and k = 1, at the event plus c
times the batch's standard deviation times a uniform number for each feature, c = 0.5.
"""

from collapse.gan.gradients import gradient, norms
from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick, number

TRICK = Trick(
    ("penalties.dragan",),
    options={
        "weight": number(10.0, "The penalty's weight.", above=0),
        "target": number(1.0, "k, the norm that costs nothing."),
        "spread": number(0.5, "c, in standard deviations.", above=0),
    },
    conflicts=(
        (
            "discriminator.normalisation",
            ("batch",),
            "It is defined by each event's own gradient. Use `layer`.",
        ),
    ),
)


class Dragan(Hook):
    """The penalty, at points drawn around each event."""

    def __init__(self, value, shape):
        self._weight, self._target, self._spread = value["weight"], value["target"], value["spread"]
        self.feeds = {"offset": (shape, "float32")}

    def fill(self, out, generator, update):
        """Draw the offsets."""
        import numpy as np

        generator.random(out=out["offset"], dtype=np.float32)

    def penalty(self, judged):
        """Return the penalty."""
        import tensorflow as tf

        step = self._spread * tf.math.reduce_std(judged.real) * judged.fed["offset"]
        excess = norms(gradient(judged.critic, judged.real + step)) - self._target
        return self._weight * tf.reduce_mean(excess**2)


def build(value, setup):
    """Build the hook."""
    packing = setup.recipe.get("packing", 1)
    return Dragan(value, (setup.recipe["batch_size"] // packing, packing * setup.n_features))
