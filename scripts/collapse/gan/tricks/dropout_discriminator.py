"""Dropout in D as it trains.

Paper: Srivastava et al. 2014, jmlr.org/papers/v15/srivastava14a.html; in a D of particle events
Kansal et al. 2021, arXiv:2106.11535, at 0.5.
"""

from functools import cache
from typing import Any

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(
    ("discriminator.dropout",),
    schema={"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    off=0,
)


def after_hidden(values: Tensor, value: float, name: str, mask: None) -> Tensor:
    """Drop units; there is no mask for D, whose layer makes its own from the step's key."""
    return _layer_class()(value, name=name)(values)


@cache
def _layer_class() -> Any:
    import zlib

    import tensorflow as tf

    from collapse.gan.networks import Layer

    class KeyedDropout(Layer):
        """Dropout whose mask is a function of a key and of how often it was called with it."""

        keyed = True

        def __init__(self, rate: float, **options: Any) -> None:
            super().__init__(**options)
            self.rate, self.key, self.calls = rate, None, 0
            self.salt = zlib.crc32(self.name.encode()) & 0x7FFFFFFF

        def set_key(self, key: Tensor) -> None:
            """Take the key of an update, two whole numbers."""
            self.key, self.calls = key, 0

        def call(self, inputs: Tensor, training: bool = False) -> Tensor:
            if not training or self.key is None:
                return inputs
            self.calls += 1
            seed = tf.bitwise.bitwise_xor(self.key, tf.constant([self.salt, self.calls]))
            uniform = tf.random.stateless_uniform(tf.shape(inputs), seed)
            return inputs * tf.cast(uniform >= self.rate, inputs.dtype) / (1 - self.rate)

    return KeyedDropout
