"""A third network finds the noise from G's events, and G helps it.

Paper: VEEGAN, Srivastava et al. 2017, arXiv:1705.07761: its l2 reconstruction of the noise. D sees
events alone here, not events with noise.
"""

from collapse.gan.hooks import Generated, Hook
from collapse.gan.registry import Tensor, Trick, number

TRICK = Trick(
    ("objectives.veegan",),
    options={
        "weight": number(1.0, "The term's weight.", above=0),
        "hidden": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 100000},
            "maxItems": 100,
            "description": "Units of the third network's hidden layers.",
            "default": [64, 64],
        },
        "learning_rate": number(0.001, "Of its Adam.", above=0),
    },
)


class Reconstructor(Hook):
    """The third network and its optimizer."""

    def _prepare(self) -> None:
        import zlib

        import keras

        self._dimension = self.setup.recipe["noise"]["dimension"]
        values = inputs = keras.Input((self.setup.n_features,), name="reconstructor_input")
        for i, units in enumerate([*self.value["hidden"], self._dimension]):
            name = f"reconstructor_{i}"
            seed = zlib.crc32(f"{self.setup.seed} {name}".encode())
            if i:
                values = keras.layers.LeakyReLU(0.2, name=f"{name}_leaky_relu")(values)
            values = keras.layers.Dense(
                units, kernel_initializer=keras.initializers.GlorotUniform(seed=seed), name=name
            )(values)
        self.network = keras.Model(inputs, values, name="reconstructor")
        self._optimizer = keras.optimizers.Adam(
            self.value["learning_rate"], name="reconstructor_optimizer"
        )
        self._optimizer.build(self.network.trainable_variables)
        self.variables = [*self.network.variables, *self._optimizer.variables]

    def objective(self, generated: Generated) -> Tensor:
        """Return the squared distance of the noise from what the network makes of the events."""
        import tensorflow as tf

        missed = generated.noise[:, : self._dimension] - self.network(generated.fake, training=True)
        return self.value["weight"] * tf.reduce_mean(tf.reduce_sum(missed**2, axis=1))

    def after_generator(self, generated: Generated) -> None:
        """Update the network on the same events."""
        import tensorflow as tf

        weights = self.network.trainable_variables
        with tf.GradientTape() as tape:
            loss = self.objective(generated)
        self._optimizer.apply(tape.gradient(loss, [w.value for w in weights]), weights)


build = Reconstructor
