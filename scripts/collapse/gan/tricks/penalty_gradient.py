"""Distance of D's gradient norm from 1 on lines between real and generated events, squared.

Paper: WGAN-GP, Gulrajani et al. 2017, arXiv:1704.00028, with weight 10; 0.1 on its toy data.
"""

from collapse.gan.gradients import gradient, norms
from collapse.gan.hooks import Hook, Judged
from collapse.gan.registry import Array, Random, Tensor, Trick, number

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

    def _prepare(self) -> None:
        self.feeds = {"share": ((self.setup.rows, 1), "float32")}

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Draw where each line is looked at."""
        import numpy as np

        generator.random(out=out["share"], dtype=np.float32)

    def penalty(self, judged: Judged) -> Tensor:
        """Return the penalty."""
        import tensorflow as tf

        share = judged.fed["share"]
        between = share * judged.real + (1 - share) * judged.fake
        excess = norms(gradient(judged.critic, between)) - self.value["target"]
        return self.value["weight"] * tf.reduce_mean(excess**2)


build = GradientPenalty
