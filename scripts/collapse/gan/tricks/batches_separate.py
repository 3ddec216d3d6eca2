"""D is updated on a batch of real events, then on one of generated events.

Paper: ganhacks number 4; Chintala et al. 2016, github.com/soumith/ganhacks.
"""

from collapse.gan.hooks import Critic
from collapse.gan.registry import Tensor, Trick

_APART = "Its two updates each see one side; `batches: split` sees both apart in one update."
TRICK = Trick(
    ("batches",),
    choice="separate",
    conflicts=(
        ("penalties", None, _APART),
        ("labels", None, _APART),
        ("updates.unrolled", None, _APART),
        ("loss", ("relativistic_pairing", "relativistic_average"), _APART),
    ),
)
UPDATES = 2


def judge(critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
    """Logits of both, real first; D's updates don't use it."""
    import tensorflow as tf

    return tf.concat([critic(real), critic(fake)], axis=0)
