"""G matches the mean of D's last hidden layer on real events, in the place of its loss.

Paper: Salimans et al. 2016, arXiv:1606.03498.
"""

from collapse.gan.hooks import Generated, Hook
from collapse.gan.registry import Tensor, Trick, number

TRICK = Trick(
    ("objectives.feature_matching",),
    options={
        "weight": number(1.0, "The term's weight.", above=0),
        "alone": {
            "type": "boolean",
            "description": "In the place of G's loss, as in the paper, or added to it.",
            "default": True,
        },
    },
)


class FeatureMatching(Hook):
    """The squared distance of the means."""

    def _prepare(self) -> None:
        self.alone = self.value["alone"]

    def objective(self, generated: Generated) -> Tensor:
        """Return the term."""
        import tensorflow as tf

        real, fake = (
            tf.reduce_mean(generated.features(events), axis=0)
            for events in (generated.real, generated.fake)
        )
        return self.value["weight"] * tf.reduce_sum((real - fake) ** 2)


build = FeatureMatching
