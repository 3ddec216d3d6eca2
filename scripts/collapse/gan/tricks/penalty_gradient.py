"""Distance of D's gradient norm from 1 on lines between real and generated events, squared.

Paper: WGAN-GP, Gulrajani et al. 2017, arXiv:1704.00028, with weight 10; 0.1 on its toy data.
"""

from collapse.gan.gradients import gradient, norms
from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick, number

TRICK = Trick(
    ("penalties.gradient_penalty",),
    options={
        "weight": number(10.0, "The penalty's weight.", above=0),
        "target": number(1.0, "The norm that costs nothing."),
    },
    conflicts=(
        (
            "discriminator.normalisation",
            ("batch",),
            "It is defined by each event's own gradient. Use `layer`.",
        ),
    ),
)


class GradientPenalty(Hook):
    """The penalty, at points drawn for each pair."""

    def __init__(self, value, rows):
        self._weight, self._target = value["weight"], value["target"]
        self.feeds = {"share": ((rows, 1), "float32")}

    def fill(self, out, generator, update):
        """Draw where each line is looked at."""
        import numpy as np

        generator.random(out=out["share"], dtype=np.float32)

    def penalty(self, judged):
        """Return the penalty."""
        import tensorflow as tf

        share = judged.fed["share"]
        between = share * judged.real + (1 - share) * judged.fake
        excess = norms(gradient(judged.critic, between)) - self._target
        return self._weight * tf.reduce_mean(excess**2)


def build(value, setup):
    """Build the hook."""
    rows = setup.recipe["batch_size"] // setup.recipe.get("packing", 1)
    return GradientPenalty(value, rows)
