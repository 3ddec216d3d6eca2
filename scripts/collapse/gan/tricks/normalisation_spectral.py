"""Each of D's weight matrices divided by its largest singular value.

Paper: Miyato et al. 2018, arXiv:1802.05957: one power iteration each time that D is shown a batch
in training, its vectors kept.
"""

from functools import cache
from typing import Any

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(("discriminator.normalisation",), choice="spectral")


def dense(units: int, **options: Any) -> Any:
    """Return a dense layer."""
    return _layer_class()(units, **options)


@cache
def _layer_class() -> Any:
    import keras
    import tensorflow as tf

    class SpectralDense(keras.layers.Dense):
        """A dense layer whose kernel is divided by an estimate of its largest singular value."""

        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            seed = self.kernel_initializer.seed
            self.vector = self.add_weight(
                name="vector",
                shape=(1, self.units),
                initializer=keras.initializers.RandomNormal(seed=seed),
                trainable=False,
            )

        def call(self, inputs: Tensor, training: bool = False) -> Tensor:
            kernel = tf.convert_to_tensor(self.kernel)
            right = tf.convert_to_tensor(self.vector)
            if training:
                frozen = tf.stop_gradient(kernel)
                left = tf.math.l2_normalize(right @ tf.transpose(frozen))
                right = tf.math.l2_normalize(left @ frozen)
                self.vector.assign(right)
            else:
                right = tf.math.l2_normalize(right)
                left = tf.math.l2_normalize(right @ tf.transpose(kernel))
            # The vectors are constants of the gradient, the kernel is not.
            largest = tf.reduce_sum((left @ kernel) * right)
            return self.activation(inputs @ kernel / largest + self.bias)

    return SpectralDense
