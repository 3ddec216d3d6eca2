"""G keeps apart what starts apart: the ratio of distances of events and of noise is maximised.

Paper: MSGAN, Mao et al. 2019, arXiv:1903.05628, with weight 1, L1 means, and the ratio's inverse
as in its code. Each event is compared with the one half a batch further.
"""

from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick, number

TRICK = Trick(("objectives.msgan",), options={"weight": number(1.0, "The term's weight.", above=0)})


def check(key, recipe):
    """Refuse a batch without halves."""
    if recipe["batch_size"] % 2:
        return f"batch_size must be even. Received: {recipe['batch_size']}."
    return None


class ModeSeeking(Hook):
    """The inverse ratio."""

    def __init__(self, weight, dimension):
        self._weight, self._dimension = weight, dimension

    def objective(self, generated):
        """Return the term."""
        import tensorflow as tf

        def apart(values):
            half = values.shape[0] // 2
            return tf.reduce_mean(tf.abs(values[:half] - values[half:]))

        ratio = apart(generated.fake) / apart(generated.noise[:, : self._dimension])
        return self._weight / (ratio + 1e-5)


def build(value, setup):
    """Build the hook."""
    return ModeSeeking(value["weight"], setup.recipe["noise"]["dimension"])
