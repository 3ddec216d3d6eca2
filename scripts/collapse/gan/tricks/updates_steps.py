"""Updates of D in a step, each on events and noise of its own.

Paper: Goodfellow et al. 2014, arXiv:1406.2661; five in WGAN (Arjovsky et al. 2017,
arXiv:1701.07875). G's update starts from the noise of the last.
"""

from collapse.gan.registry import Trick

TRICK = Trick(
    ("updates.discriminator_steps",),
    schema={"type": "integer", "minimum": 1, "maximum": 20},
    off=1,
)
