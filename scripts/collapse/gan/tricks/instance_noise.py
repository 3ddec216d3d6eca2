"""Normal noise on all that D sees, fading linearly.

Paper: Soenderby et al. 2016, arXiv:1610.04490; Arjovsky and Bottou 2017, arXiv:1701.04862;
ganhacks number 13. In units of the scaled features.
"""

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Array, Pair, Random, Tensor, Trick, integer, number

TRICK = Trick(
    ("noise.instance",),
    options={
        "sigma": number(0.1, "Standard deviation at the start.", above=0),
        "epochs": integer(100, "Epochs until it is gone; 0 if it stays.", low=0),
    },
    order=10,
)


class InstanceNoise(Hook):
    """Noise of both sides, the same in G's update as in D's last."""

    def _prepare(self) -> None:
        shape = (2, self.setup.recipe["batch_size"], self.setup.n_features)
        self.feeds = {"noise": (shape, "float32")}

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Draw the noise of an update."""
        import numpy as np

        from collapse.streams import fill_normal

        fill_normal(out["noise"], generator)
        left = 1.0
        if epochs := self.value["epochs"]:
            steps = self.setup.epoch_steps() * self.setup.discriminator_steps
            left = max(0.0, 1 - update / (epochs * steps))
        out["noise"] *= np.float32(self.value["sigma"] * left)

    def show(self, real: Tensor, fake: Tensor, fed: Fed, *, generating: bool | None) -> Pair:
        """Add it; features are compared without."""
        if generating is None:
            return real, fake
        return real + fed["noise"][0], fake + fed["noise"][1]


build = InstanceNoise
