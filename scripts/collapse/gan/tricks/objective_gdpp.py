"""G matches the eigenvalues and eigenvectors of D's features over a batch.

Paper: GDPP, Elfeki et al. 2018, arXiv:1812.00802, with weight 1e-4 for the eigenvalues as in its
code. The kernel is taken over features, not events: its spectrum but for zeros is the same, and its
eigenvectors don't depend on how real and generated events are paired.
"""

from collapse.gan.hooks import Generated, Hook
from collapse.gan.registry import Tensor, Trick, number

TRICK = Trick(
    ("objectives.gdpp",),
    options={
        "magnitude": number(1e-4, "Weight of the eigenvalues."),
        "structure": number(1.0, "Weight of the eigenvectors."),
    },
)


class Gdpp(Hook):
    """Both terms."""

    def objective(self, generated: Generated) -> Tensor:
        """Return the term."""
        import tensorflow as tf

        rows = generated.features(generated.real).shape[0]
        (real, axes), (fake, others) = (
            _spectrum(generated.features(events)) for events in (generated.real, generated.fake)
        )
        magnitude = tf.reduce_sum((real - fake) ** 2) / rows
        low, high = tf.reduce_min(real), tf.reduce_max(real)
        importance = (real - low) / (high - low + 1e-12)
        cosines = tf.abs(tf.reduce_sum(axes * others, axis=0))
        structure = tf.reduce_sum(importance * cosines)
        return self.value["magnitude"] * magnitude - self.value["structure"] * structure


def _spectrum(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues and eigenvectors of the kernel of normalised features."""
    import tensorflow as tf

    normalised = tf.math.l2_normalize(features, axis=1)
    return tf.linalg.eigh(tf.matmul(normalised, normalised, transpose_a=True))


build = Gdpp
