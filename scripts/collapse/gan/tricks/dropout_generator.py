"""Dropout in G that stays on when events are sampled.

Paper: ganhacks number 17 (Chintala et al. 2016, github.com/soumith/ganhacks); Isola et al. 2016,
arXiv:1611.07004, at 0.5. The masks are a part of G's noise, so that sampling is
a function of it.
"""

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(
    ("generator.dropout",),
    schema={"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    off=0,
)


def after_hidden(values: Tensor, value: float, name: str, mask: Tensor) -> Tensor:
    """Drop units where the mask, uniform in [0, 1), is below the rate."""
    import keras

    kept = keras.ops.cast(keras.ops.greater_equal(mask, value), "float32")
    return keras.layers.Multiply(name=name)([values, kept / (1 - value)])
