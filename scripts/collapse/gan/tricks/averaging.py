"""Events are sampled from an exponential moving average of G's weights.

Paper: Yazici et al. 2018, arXiv:1806.04498, at 0.999 and above; Mescheder et al. 2018,
arXiv:1801.04406, at 0.999. What isn't trained, such as moving statistics, is copied.
"""

from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick, number

TRICK = Trick(
    ("averaging",),
    options={"decay": number(0.999, "Share of the average that each step leaves.", high=1)},
)


class Averaging(Hook):
    """The average, a generator of its own in `model`."""

    def __init__(self, decay, setup):
        from collapse.gan.networks import build_generator

        self._decay, self._generator = decay, setup.generator
        self.model = build_generator(setup.recipe, setup.n_features, setup.seed)
        self.variables = self.model.variables

    def after_step(self, fed):
        """Move the average towards the weights."""
        import numpy as np

        keep = np.float32(self._decay)
        for mean, now in zip(self.model.variables, self._generator.variables, strict=True):
            if now.trainable:
                mean.assign(keep * mean.value + (1 - keep) * now.value)
            else:
                mean.assign(now.value)


def build(value, setup):
    """Build the hook."""
    return Averaging(value["decay"], setup)
