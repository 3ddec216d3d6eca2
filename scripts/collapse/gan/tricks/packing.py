"""D sees several events at once, so that it notices a lack of variety.

Paper: PacGAN, Lin et al. 2017, arXiv:1712.04086, with 2 to 4; CTGAN (Xu et al. 2019,
arXiv:1907.00503) has 10. A batch of n events is n / m packs of m; only D's first layer grows.
"""

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Pair, Recipe, Tensor, Trick

# Last: other tricks show D changed events, which are then packed.
TRICK = Trick(
    ("packing",), schema={"type": "integer", "minimum": 1, "maximum": 1000}, off=1, order=100
)


def check(key: str, recipe: Recipe) -> str | None:
    """Refuse packs that a batch can't be divided into."""
    if recipe["batch_size"] % recipe["packing"]:
        return f"batch_size must be a multiple of it. Received: {recipe['batch_size']}."
    return None


class Packing(Hook):
    """Packs of events."""

    def show(self, real: Tensor, fake: Tensor, fed: Fed, *, generating: bool | None) -> Pair:
        """Concatenate each so many events in a row."""
        return pack(real, self.value), pack(fake, self.value)


def pack(events: Tensor, size: int) -> Tensor:
    """Return (n / size, size * d) from (n, d)."""
    import tensorflow as tf

    n, width = events.shape
    return tf.reshape(events, (n // size, size * width))


build = Packing
