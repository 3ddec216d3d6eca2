"""Events are sampled from an exponential moving average of G's weights.

Paper: Yazici et al. 2018, arXiv:1806.04498, at 0.999 and above; Mescheder et al. 2018,
arXiv:1801.04406, at 0.999. What isn't trained, such as moving statistics, is copied.
"""

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Trick, number

TRICK = Trick(
    ("averaging",),
    options={"decay": number(0.999, "Share of the average that each step leaves.", high=1)},
)


class Averaging(Hook):
    """The average, a generator of its own in `model`."""

    def _prepare(self) -> None:
        from collapse.gan.networks import build_generator

        self.model = build_generator(self.setup.recipe, self.setup.n_features, self.setup.seed)
        self.variables = self.model.variables

    def after_step(self, fed: Fed) -> None:
        """Move the average towards the weights."""
        import numpy as np

        keep, trained = np.float32(self.value["decay"]), self.setup.generator.variables
        for mean, now in zip(self.model.variables, trained, strict=True):
            if now.trainable:
                mean.assign(keep * mean.value + (1 - keep) * now.value)
            else:
                mean.assign(now.value)


build = Averaging
