"""D is updated in every k-th step only: the first, the (k + 1)-th, and so on.

Paper: training ratios in favour of G are ganhacks number 14, "notsure" (Chintala et al. 2016,
github.com/soumith/ganhacks).
"""

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Array, Random, Tensor, Trick

TRICK = Trick(
    ("updates.discriminator_every_steps",),
    schema={"type": "integer", "minimum": 1, "maximum": 1000000},
    off=1,
    conflicts=(
        ("updates.discriminator_every_epochs", None, "Both say when D rests; give one."),
        ("updates.discriminator_steps", None, "D is updated more often, or less, than G."),
    ),
)


class EverySteps(Hook):
    """The steps in which D is updated."""

    feeds = {"trains": ((), "bool")}  # noqa: RUF012

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Say whether D is updated; it draws nothing."""
        out["trains"][...] = update % self.value == 0

    def trains(self, fed: Fed) -> Tensor:
        """Whether D is updated."""
        return fed["trains"]


build = EverySteps
