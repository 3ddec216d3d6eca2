"""G matches the distribution of one feature, such as a resonance's mass.

Paper: Butter et al. 2019, arXiv:1907.03764: the squared maximum mean discrepancy with a Gaussian or
Breit-Wigner kernel, weight 1. Width and feature are in scaled units.
"""

from collapse.errors import InputError
from collapse.gan.hooks import Generated, Hook
from collapse.gan.registry import Tensor, Trick, number

TRICK = Trick(
    ("objectives.mmd",),
    options={
        "feature": {"type": "string", "description": "The feature's name."},
        "weight": number(1.0, "The term's weight.", above=0),
        "kernel": {
            "enum": ["gaussian", "breit_wigner"],
            "description": "How likeness falls with distance.",
            "default": "gaussian",
        },
        "width": number(0.1, "The kernel's width.", above=0),
    },
)


class Mmd(Hook):
    """The discrepancy of one column."""

    def _prepare(self) -> None:
        features = list(self.setup.features or ())
        if self.value["feature"] not in features:
            message = f"objectives.mmd.feature: no feature is called {self.value['feature']!r}."
            raise InputError(message)
        self._column = features.index(self.value["feature"])

    def objective(self, generated: Generated) -> Tensor:
        """Return the term."""
        real, fake = (events[:, self._column] for events in (generated.real, generated.fake))
        return self.value["weight"] * (
            self._likeness(real, real) + self._likeness(fake, fake) - 2 * self._likeness(real, fake)
        )

    def _likeness(self, a: Tensor, b: Tensor) -> Tensor:
        import tensorflow as tf

        squares = ((a[:, None] - b[None]) / self.value["width"]) ** 2
        gaussian = self.value["kernel"] == "gaussian"
        return tf.reduce_mean(tf.exp(-squares / 2) if gaussian else 1 / (1 + squares))


build = Mmd
