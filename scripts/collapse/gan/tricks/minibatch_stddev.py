"""D's last layer also sees the standard deviation of its features in groups of the batch.

Paper: progressive growing, Karras et al. 2017, arXiv:1710.10196, in groups of 4 as in its code.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from collapse.gan.registry import Recipe, Tensor, Trick, integer

TRICK = Trick(
    ("discriminator.minibatch_stddev",),
    options={"group": integer(4, "Events in a group.", low=2, high=1000000)},
)


def check(key: str, recipe: Recipe) -> str | None:
    """Refuse mixed batches, and groups that a batch can't be divided into."""
    if recipe.get("batches", "joint") == "joint":
        return "it compares the events of a batch, which must be of one side. Add `batches: split`."
    group = recipe["discriminator"]["minibatch_stddev"]["group"]
    rows = recipe["batch_size"] // recipe.get("packing", 1)
    if rows % group:
        return f"D's batch must be a multiple of the group. Received: {rows} and {group}."
    return None


def parameters(value: dict[str, int], widths: Sequence[int]) -> int:
    """What D's last layer makes of the one number more."""
    return widths[-1]


def before_head(values: Tensor, value: dict[str, int], name: str, seed: int) -> Tensor:
    """Append the standard deviation, averaged over features, to the features."""
    import keras

    layer = _layer_class()(value["group"], name=f"{name}_minibatch_stddev")
    return keras.layers.Concatenate(name=f"{name}_with_stddev")([values, layer(values)])


@cache
def _layer_class() -> Any:
    import tensorflow as tf

    from collapse.gan.networks import Layer

    class MinibatchStddev(Layer):
        """One number for each group: events i, i + n / group, and so on are a group."""

        compares_events = True

        def __init__(self, group: int, **options: Any) -> None:
            super().__init__(**options)
            self.group = group

        def call(self, inputs: Tensor) -> Tensor:
            grouped = tf.reshape(inputs, (self.group, -1, inputs.shape[-1]))
            variance = tf.math.reduce_variance(grouped, axis=0)
            spread = tf.reduce_mean(tf.sqrt(variance + 1e-8), axis=1, keepdims=True)
            return tf.tile(spread, (self.group, 1))

        def compute_output_shape(self, input_shape: Any) -> Any:
            return (input_shape[0], 1)

    return MinibatchStddev
