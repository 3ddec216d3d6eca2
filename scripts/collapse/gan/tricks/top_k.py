"""G learns from those of its events that D finds most real.

Paper: top-k training, Sinha et al. 2020, arXiv:2002.06224: the share falls by `decay` each epoch
from all of the batch down to half of it.
"""

from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick, number

TRICK = Trick(
    ("top_k",),
    options={
        "minimum": number(0.5, "Least share of the batch.", above=0, high=1),
        "decay": number(0.99, "What each epoch leaves of the share.", above=0, high=1),
    },
)


class TopK(Hook):
    """The share, and the mean over it."""

    feeds = {"count": ((), "int32")}  # noqa: RUF012

    def __init__(self, value, setup):
        self._minimum, self._decay = value["minimum"], value["decay"]
        self._rows = setup.recipe["batch_size"] // setup.recipe.get("packing", 1)
        self._steps = lambda: setup.epoch_steps() * setup.discriminator_steps

    def fill(self, out, generator, update):
        """Count the events that matter; it draws nothing."""
        share = max(self._minimum, self._decay ** (update // self._steps()))
        out["count"][...] = max(1, round(share * self._rows))

    def weigh(self, losses, logits, fed):
        """Average the losses of the events with the largest logits."""
        import tensorflow as tf

        order = tf.argsort(logits[:, 0], direction="DESCENDING", stable=True)
        taken = tf.cast(tf.range(self._rows) < fed["count"], losses.dtype)
        return tf.reduce_sum(tf.gather(losses[:, 0], order) * taken) / tf.reduce_sum(taken)


def build(value, setup):
    """Build the hook."""
    return TopK(value, setup)
