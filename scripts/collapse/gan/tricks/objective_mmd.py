"""G matches the distribution of one feature, such as a resonance's mass.

Paper: Butter et al. 2019, arXiv:1907.03764: the squared maximum mean discrepancy with a Gaussian or
Breit-Wigner kernel, weight 1. Width and feature are in scaled units.
"""

from collapse.errors import InputError
from collapse.gan.hooks import Hook
from collapse.gan.registry import Trick, number

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

    def __init__(self, value, column):
        self._weight, self._width, self._column = value["weight"], value["width"], column
        self._gaussian = value["kernel"] == "gaussian"

    def objective(self, generated):
        """Return the term."""
        real, fake = (events[:, self._column] for events in (generated.real, generated.fake))
        return self._weight * (
            self._likeness(real, real) + self._likeness(fake, fake) - 2 * self._likeness(real, fake)
        )

    def _likeness(self, a, b):
        import tensorflow as tf

        squares = ((a[:, None] - b[None]) / self._width) ** 2
        return tf.reduce_mean(tf.exp(-squares / 2) if self._gaussian else 1 / (1 + squares))


def build(value, setup):
    """Build the hook."""
    if value["feature"] not in (setup.features or ()):
        message = f"objectives.mmd.feature: no feature is called {value['feature']!r}."
        raise InputError(message)
    return Mmd(value, list(setup.features).index(value["feature"]))
