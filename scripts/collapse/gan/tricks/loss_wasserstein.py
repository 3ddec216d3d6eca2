"""Difference of D's means.

Paper: WGAN; Arjovsky et al. 2017, arXiv:1701.07875.

The paper goes with `clipping: 0.01`, RMSprop at 5e-5 and five updates of D a step; Gulrajani et al.
2017 (arXiv:1704.00028) with `penalties: {gradient_penalty: {}}` in the place of clipping.
"""

from collapse.gan.registry import Tensor, Trick

TRICK = Trick(
    ("loss",),
    choice="wasserstein",
    conflicts=(("labels", None, "It has no labels."),),
)


def discriminator(logits: Tensor, targets: Tensor) -> Tensor:
    """Signed output; its mean over both halves is the difference of their means."""
    return 2 * (1 - 2 * targets) * logits


def generator(fake: Tensor, real: Tensor | None) -> Tensor:
    """D's output, to be raised."""
    return -fake
