"""D's last layer also sees how close each event's features are to those of the rest of the batch.

Paper: Salimans et al. 2016, arXiv:1606.03498, with 50 kernels of 5 dimensions in its code.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from collapse.gan.registry import Recipe, Tensor, Trick, integer

TRICK = Trick(
    ("discriminator.minibatch_discrimination",),
    options={
        "kernels": integer(50, "Numbers added for each event.", high=10000),
        "dimension": integer(5, "Dimensions in which each kernel measures.", high=1000),
    },
)


def check(key: str, recipe: Recipe) -> str | None:
    """Refuse a batch that mixes real and generated events."""
    if recipe.get("batches", "joint") == "joint":
        return "it compares the events of a batch, which must be of one side. Add `batches: split`."
    return None


def parameters(value: dict[str, int], widths: Sequence[int]) -> int:
    """The projections, and what D's last layer makes of the closeness."""
    return value["kernels"] * (widths[-2] * value["dimension"] + widths[-1])


def before_head(values: Tensor, value: dict[str, int], name: str, seed: int) -> Tensor:
    """Append the closeness to the features."""
    import keras

    layer = _layer_class()(
        value["kernels"], value["dimension"], seed, name=f"{name}_minibatch_discrimination"
    )
    return keras.layers.Concatenate(name=f"{name}_with_closeness")([values, layer(values)])


@cache
def _layer_class() -> Any:
    import keras
    import tensorflow as tf

    from collapse.gan.networks import Layer

    class MinibatchDiscrimination(Layer):
        """Sums over the batch of exp(-L1 distance), one for each kernel."""

        compares_events = True

        def __init__(self, kernels: int, dimension: int, seed: int, **options: Any) -> None:
            super().__init__(**options)
            self.kernels, self.dimension, self.seed = kernels, dimension, seed

        def build(self, input_shape: Any) -> None:
            self.projection = self.add_weight(
                name="projection",
                shape=(input_shape[-1], self.kernels * self.dimension),
                initializer=keras.initializers.GlorotUniform(seed=self.seed),
            )

        def call(self, inputs: Tensor) -> Tensor:
            placed = tf.reshape(inputs @ self.projection, (-1, self.kernels, self.dimension))
            distances = tf.reduce_sum(tf.abs(placed[:, None] - placed[None]), axis=-1)
            return tf.reduce_sum(tf.exp(-distances), axis=1)

        def compute_output_shape(self, input_shape: Any) -> Any:
            return (input_shape[0], self.kernels)

    return MinibatchDiscrimination
