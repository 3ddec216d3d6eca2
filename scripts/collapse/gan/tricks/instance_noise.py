"""Normal noise on all that D sees, fading linearly.

Paper: Soenderby et al. 2016, arXiv:1610.04490; Arjovsky and Bottou 2017, arXiv:1701.04862;
ganhacks number 13. In units of the scaled features.
"""

from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick, integer, number

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

    def __init__(self, value, setup):
        self._sigma, self._epochs = value["sigma"], value["epochs"]
        self._steps = lambda: setup.epoch_steps() * setup.discriminator_steps
        shape = (2, setup.recipe["batch_size"], setup.n_features)
        self.feeds = {"noise": (shape, "float32")}

    def fill(self, out, generator, update):
        """Draw the noise of an update."""
        import numpy as np

        from collapse.streams import fill_normal

        fill_normal(out["noise"], generator)
        left = 1.0
        if self._epochs:
            left = max(0.0, 1 - update / (self._epochs * self._steps()))
        out["noise"] *= np.float32(self._sigma * left)

    def show(self, real, fake, fed, *, generating):
        """Add it; features are compared without."""
        if generating is None:
            return real, fake
        return real + fed["noise"][0], fake + fed["noise"][1]


def build(value, setup):
    """Build the hook."""
    return InstanceNoise(value, setup)
