"""D is updated in every k-th epoch only: with 2, in epochs 1, 3, 5 and so on.

Paper: advice of the answer that this project measures; training ratios in favour of G are ganhacks
number 14, "notsure" (Chintala et al. 2016, github.com/soumith/ganhacks).
"""

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Array, Random, Tensor, Trick

TRICK = Trick(
    ("updates.discriminator_every_epochs",),
    schema={"type": "integer", "minimum": 1, "maximum": 1000000},
    off=1,
    conflicts=(("updates.discriminator_steps", None, "D is updated more often, or less, than G."),),
)


class EveryEpochs(Hook):
    """The epochs in which D is updated."""

    feeds = {"trains": ((), "bool")}  # noqa: RUF012

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Say whether D is updated; it draws nothing."""
        out["trains"][...] = update // self.setup.epoch_steps() % self.value == 0

    def trains(self, fed: Fed) -> Tensor:
        """Whether D is updated."""
        return fed["trains"]


build = EveryEpochs
