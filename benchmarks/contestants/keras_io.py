"""A GAN as keras.io writes it: a `keras.Model` with a `train_step`, given to `fit`."""

import keras
import tensorflow as tf
from common import serve
from keras_networks import TwoModels, adam, discriminator, generator


class GAN(keras.Model):
    """Two networks that are trained against each other."""

    def __init__(self, discriminator, generator, noise):
        super().__init__()
        self.discriminator, self.generator, self.noise = discriminator, generator, noise
        self.seed_generator = keras.random.SeedGenerator(1)
        self.d_loss_metric = keras.metrics.Mean(name="d_loss")
        self.g_loss_metric = keras.metrics.Mean(name="g_loss")

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        """Set the optimizers and the loss."""
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    @property
    def metrics(self):
        """The losses."""
        return [self.d_loss_metric, self.g_loss_metric]

    def train_step(self, real):
        """Train D on real and fake together, then G on new noise."""
        batch = tf.shape(real)[0]
        noise = keras.random.normal((batch, self.noise), seed=self.seed_generator)
        shown = tf.concat([self.generator(noise), real], axis=0)
        labels = tf.concat([tf.zeros((batch, 1)), tf.ones((batch, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(shown))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))

        noise = keras.random.normal((batch, self.noise), seed=self.seed_generator)
        with tf.GradientTape() as tape:
            g_loss = self.loss_fn(tf.ones((batch, 1)), self.discriminator(self.generator(noise)))
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        self.d_loss_metric.update_state(d_loss)
        self.g_loss_metric.update_state(g_loss)
        return {"d_loss": self.d_loss_metric.result(), "g_loss": self.g_loss_metric.result()}


class KerasIO(TwoModels):
    """`fit` on a shuffled `tf.data` pipeline."""

    def __init__(self, task):
        self.generator, self.discriminator = generator(task), discriminator(task)
        self._gan = GAN(self.discriminator, self.generator, task.noise)
        self._gan.compile(adam(task), adam(task), keras.losses.BinaryCrossentropy())
        dataset = tf.data.Dataset.from_tensor_slices(task.events())
        dataset = dataset.shuffle(1024).batch(task.batch, drop_remainder=True).repeat()
        self._dataset = dataset.prefetch(tf.data.AUTOTUNE)

    def run(self, steps):
        """Take some steps."""
        self._gan.fit(self._dataset, steps_per_epoch=steps, epochs=1, verbose=0)


if __name__ == "__main__":
    serve(KerasIO)
