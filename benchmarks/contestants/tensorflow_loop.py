"""TensorFlow's own way to avoid Python: one graph with a loop over steps, all drawn inside."""

import keras
import tensorflow as tf
from common import serve
from keras_networks import TwoModels, adam, discriminator, generator


class TensorFlowLoop(TwoModels):
    """A custom training loop within one `tf.function`."""

    def __init__(self, task):
        self._task, self._events = task, tf.constant(task.events())
        self.generator, self.discriminator = generator(task), discriminator(task, activation=None)
        self._optimizers = adam(task), adam(task)
        for optimizer, model in zip(
            self._optimizers, (self.generator, self.discriminator), strict=True
        ):
            optimizer.build(model.trainable_variables)
        self._loss = keras.losses.BinaryCrossentropy(from_logits=True)
        self._loop = tf.function(self._steps)

    def run(self, steps):
        """Take some steps."""
        self._loop(tf.constant(steps))

    def _steps(self, steps):
        for _ in tf.range(steps):
            self._step()

    def _step(self):
        batch, (for_generator, for_discriminator) = self._task.batch, self._optimizers
        rows = tf.random.uniform((batch,), maxval=self._task.rows, dtype=tf.int32)
        real = tf.gather(self._events, rows)
        noise = tf.random.normal((batch, self._task.noise))
        labels = tf.concat([tf.ones((batch, 1)), tf.zeros((batch, 1))], axis=0)
        with tf.GradientTape() as tape:
            fake = self.generator(noise)
            with tf.GradientTape() as inner:
                logits = self.discriminator(tf.concat([real, tf.stop_gradient(fake)], axis=0))
                loss = self._loss(labels, logits)
            weights = self.discriminator.trainable_weights
            for_discriminator.apply(inner.gradient(loss, weights), weights)
            loss = self._loss(tf.ones((batch, 1)), self.discriminator(fake))
        weights = self.generator.trainable_weights
        for_generator.apply(tape.gradient(loss, weights), weights)


if __name__ == "__main__":
    serve(TensorFlowLoop)
