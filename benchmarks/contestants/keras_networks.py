"""The networks in Keras, for the peers that use Keras. Ours builds its own."""

import keras
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def generator(task):
    """Return the generator."""
    return _stack(task, task.generator, "tanh" if task.tanh else None)


def discriminator(task, activation="sigmoid"):
    """Return the discriminator."""
    return _stack(task, task.discriminator, activation)


def adam(task):
    """Return a new Adam."""
    learning_rate, beta_1 = task.adam
    return keras.optimizers.Adam(learning_rate=learning_rate, beta_1=beta_1)


def _stack(task, widths, activation):
    layers = [keras.Input((widths[0],))]
    for units in widths[1:-1]:
        layers += [keras.layers.Dense(units), keras.layers.LeakyReLU(task.slope)]
    return keras.Sequential([*layers, keras.layers.Dense(widths[-1], activation=activation)])


class TwoModels:
    """Access to the weights of two Keras models."""

    def weights(self):
        """Return the weights of both networks."""
        return self.generator.get_weights(), self.discriminator.get_weights()
