"""D is shown generated events of earlier steps among those of this one.

Paper: Shrivastava et al. 2016, arXiv:1612.07828, in the form of CycleGAN (Zhu et al. 2017,
arXiv:1703.10593): a store of 50 for each place in the batch; once it is full, with probability 0.5
an event is exchanged for a random one of its store. ganhacks number 8.
"""

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Array, Pair, Random, Tensor, Trick, integer, number

TRICK = Trick(
    ("replay",),
    options={
        "size": integer(50, "Events stored for each place in the batch.", high=10000),
        "probability": number(0.5, "Share of old events, once the store is full.", high=1),
    },
)


class Replay(Hook):
    """The store of generated events."""

    def _prepare(self) -> None:
        import keras
        import numpy as np

        self._size, self._rows = self.value["size"], self.setup.recipe["batch_size"]
        self._store = keras.Variable(
            np.zeros((self._size, self._rows, self.setup.n_features), np.float32),
            trainable=False,
            name="replay",
        )
        self.variables = [self._store]
        self.feeds = {
            "slot": ((self._rows,), "int32"),
            "old": ((self._rows,), "bool"),
            "kept": ((self._rows,), "bool"),
        }

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Draw the places in the store, and which events are exchanged; it fills up first."""
        slots = generator.integers(self._size, size=self._rows)
        old = generator.random(self._rows) < self.value["probability"]
        filling = update < self._size
        out["slot"][:] = update if filling else slots
        out["old"][:] = old & (not filling)
        out["kept"][:] = old | filling

    def show(self, real: Tensor, fake: Tensor, fed: Fed, *, generating: bool | None) -> Pair:
        """Exchange events in D's updates only; store the new ones."""
        import tensorflow as tf

        if generating is not False:
            return real, fake
        store = tf.convert_to_tensor(self._store)
        rows = tf.range(self._rows)
        places = tf.stack([fed["slot"], rows], axis=1)
        stored, old = tf.gather_nd(store, places), fed["old"][:, None]
        new = tf.where(fed["kept"][:, None], fake, stored)
        self._store.assign(tf.tensor_scatter_nd_update(store, places, new))
        return real, tf.where(old, stored, fake)


build = Replay
