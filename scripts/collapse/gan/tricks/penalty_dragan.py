"""Distance of D's gradient norm from k around real events, squared.

Paper: DRAGAN, Kodali et al. 2017, arXiv:1705.07215, with weight 10 and k = 1, at the event plus c
times the batch's standard deviation times a uniform number for each feature, c = 0.5.
"""

from collapse.gan.gradients import gradient, norms
from collapse.gan.hooks import Hook, Judged
from collapse.gan.registry import Array, Random, Tensor, Trick, number

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

    def _prepare(self) -> None:
        width = self.setup.recipe.get("packing", 1) * self.setup.n_features
        self.feeds = {"offset": ((self.setup.rows, width), "float32")}

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Draw the offsets."""
        import numpy as np

        generator.random(out=out["offset"], dtype=np.float32)

    def penalty(self, judged: Judged) -> Tensor:
        """Return the penalty."""
        import tensorflow as tf

        step = self.value["spread"] * tf.math.reduce_std(judged.real) * judged.fed["offset"]
        excess = norms(gradient(judged.critic, judged.real + step)) - self.value["target"]
        return self.value["weight"] * tf.reduce_mean(excess**2)


build = Dragan
