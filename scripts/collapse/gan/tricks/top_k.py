"""G learns from those of its events that D finds most real.

Paper: top-k training, Sinha et al. 2020, arXiv:2002.06224: the share falls by `decay` each epoch
from all of the batch down to half of it.
"""

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Array, Random, Tensor, Trick, number

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

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Count the events that matter; it draws nothing."""
        epoch = update // (self.setup.epoch_steps() * self.setup.discriminator_steps)
        share = max(self.value["minimum"], self.value["decay"] ** epoch)
        out["count"][...] = max(1, round(share * self.setup.rows))

    def weigh(self, losses: Tensor, logits: Tensor, fed: Fed) -> Tensor:
        """Average the losses of the events with the largest logits."""
        import tensorflow as tf

        order = tf.argsort(logits[:, 0], direction="DESCENDING", stable=True)
        taken = tf.cast(tf.range(self.setup.rows) < fed["count"], losses.dtype)
        return tf.reduce_sum(tf.gather(losses[:, 0], order) * taken) / tf.reduce_sum(taken)


build = TopK
