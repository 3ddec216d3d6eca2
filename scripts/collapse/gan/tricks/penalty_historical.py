"""Squared distance of both networks' weights from their mean over all steps.

Paper: historical averaging, Salimans et al. 2016, arXiv:1606.03498, which gives no weight.
"""

from collections.abc import Sequence

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Array, Random, Tensor, Trick, number

TRICK = Trick(
    ("penalties.historical_averaging",),
    options={"weight": number(1.0, "The penalty's weight.", above=0)},
)


class HistoricalAveraging(Hook):
    """The means, and the penalty on both sides."""

    feeds = {"share": ((), "float32")}  # noqa: RUF012

    def _prepare(self) -> None:
        import keras
        import numpy as np

        self._weights = {
            side: network.trainable_variables
            for side, network in (
                ("discriminator", self.setup.discriminator),
                ("generator", self.setup.generator),
            )
        }
        # The means begin at the first weights, which count as one step.
        self._means = {
            side: [
                keras.Variable(np.asarray(weight), trainable=False, name=f"mean_{side}_{i}")
                for i, weight in enumerate(weights)
            ]
            for side, weights in self._weights.items()
        }
        self.variables = [mean for means in self._means.values() for mean in means]

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Say what share of the mean this step is; it draws nothing."""
        out["share"][...] = 1 / (update // self.setup.discriminator_steps + 2)

    def weight_term(self, side: str, weights: Sequence[Tensor], fed: Fed) -> Tensor:
        """Return the penalty of a side."""
        import tensorflow as tf

        return self.value["weight"] * tf.add_n(
            [
                tf.reduce_sum((weight.value - mean.value) ** 2)
                for weight, mean in zip(weights, self._means[side], strict=True)
            ]
        )

    def after_step(self, fed: Fed) -> None:
        """Take the step's weights into the means."""
        for side, means in self._means.items():
            for mean, weight in zip(means, self._weights[side], strict=True):
                mean.assign(mean.value + fed["share"] * (weight.value - mean.value))


build = HistoricalAveraging
