"""G keeps apart what starts apart: the ratio of distances of events and of noise is maximised.

Paper: MSGAN, Mao et al. 2019, arXiv:1903.05628, with weight 1, L1 means, and the ratio's inverse
as in its code. Each event is compared with the one half a batch further.
"""

from collapse.gan.hooks import Generated, Hook
from collapse.gan.registry import Recipe, Tensor, Trick, number

TRICK = Trick(("objectives.msgan",), options={"weight": number(1.0, "The term's weight.", above=0)})


def check(key: str, recipe: Recipe) -> str | None:
    """Refuse a batch without halves."""
    if recipe["batch_size"] % 2:
        return f"batch_size must be even. Received: {recipe['batch_size']}."
    return None


class ModeSeeking(Hook):
    """The inverse ratio."""

    def objective(self, generated: Generated) -> Tensor:
        """Return the term."""
        import tensorflow as tf

        def apart(values: Tensor) -> Tensor:
            half = values.shape[0] // 2
            return tf.reduce_mean(tf.abs(values[:half] - values[half:]))

        dimension = self.setup.recipe["noise"]["dimension"]
        ratio = apart(generated.fake) / apart(generated.noise[:, :dimension])
        return self.value["weight"] / (ratio + 1e-5)


build = ModeSeeking
