"""The training loop: one compiled program over many steps.

A block of at most `BLOCK` steps is one XLA program. Its noise and its real events are drawn by
NumPy, keyed by (seed, stream, step), and fed as one tensor each, since XLA draws normals slower
than NumPy does. The number of steps is a run-time argument, so every way of cutting a training
into blocks runs the same program on the same numbers, and gives the same bytes.
"""

import keras
import numpy as np
import tensorflow as tf

from collapse.errors import InputError
from collapse.gan.networks import build_discriminator, build_generator
from collapse.streams import Stream

BLOCK = 64
RECORDS = (
    "discriminator_loss",
    "generator_loss",
    "discriminator_gradient_norm",
    "generator_gradient_norm",
)


class Engine:
    """A GAN in training.

    Args:
        recipe: A complete recipe.
        n_features: Columns of the events.
        seed: The run's seed: initial weights, noise, and the order of the events.

    Attributes:
        step: Steps done.
        diverged_step: The step whose loss or gradient was not finite, or None. Nothing is trained
            after it.
    """

    def __init__(self, recipe, n_features, seed):
        self.generator = build_generator(recipe, n_features, seed)
        self.discriminator = build_discriminator(recipe, n_features, seed)
        self._optimizers = {
            "generator": _optimizer(recipe, "generator", self.generator),
            "discriminator": _optimizer(recipe, "discriminator", self.discriminator),
        }
        self.step, self.diverged_step = 0, None
        self._noise = Noise(recipe["noise"], seed, "noise")
        self._order = Stream(seed, "order")
        self._batch_size = recipe["batch_size"]
        self._fed_noise = np.zeros(
            (BLOCK, self._batch_size, recipe["noise"]["dimension"]), np.float32
        )
        self._fed_rows = np.zeros((BLOCK, self._batch_size), np.int64)
        self._block = tf.function(self._steps, jit_compile=True)
        self._generate = tf.function(lambda noise: self.generator(noise, training=False))
        self._judge = tf.function(lambda events: self.discriminator(events, training=False))

    def compile(self, data):
        """Compile the block without taking a step, so that start-up and training are told apart."""
        self._feed(data, 0)

    def advance(self, data, steps):
        """Train for some steps, or until the training diverges.

        Args:
            data: The scaled training events, float32, shape (n, d); may be memory-mapped.
            steps: How many steps.

        Returns:
            float32, shape (steps done, 4): the losses and gradient norms named by `RECORDS`.
        """
        records, end = [np.empty((0, len(RECORDS)), np.float32)], self.step + steps
        while self.step < end and self.diverged_step is None:
            count = min(BLOCK, end - self.step)
            done, finite, record = self._feed(data, count)
            done = int(done)
            records.append(record.numpy()[:done])
            self.step += done
            if not finite:
                self.diverged_step = self.step
        return np.concatenate(records)

    def _feed(self, data, count):
        for i in range(count):
            self._noise.fill(self._fed_noise[i], self.step + i)
            self._fed_rows[i] = self._order.at(self.step + i).integers(
                len(data), size=self._batch_size
            )
        return self._block(
            tf.constant(self._fed_noise), tf.constant(data[self._fed_rows]), tf.constant(count)
        )

    def generate(self, noise):
        """Return the generator's output for noise, float32 (n, d), in scaled units."""
        return self._generate(tf.constant(noise)).numpy()

    def judge(self, events):
        """Return the discriminator's logits for scaled events, float32 (n,)."""
        return self._judge(tf.constant(events)).numpy()[:, 0]

    def variables(self):
        """Return all that training changes: name -> Keras variable."""
        owners = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "generator_optimizer": self._optimizers["generator"],
            "discriminator_optimizer": self._optimizers["discriminator"],
        }
        return {
            f"{owner}/{i:03d} {variable.path.replace('/', ' ')}": variable
            for owner, holder in owners.items()
            for i, variable in enumerate(holder.variables)
        }

    def _steps(self, noise, real, count):
        def going(i, finite, _):
            return (i < count) & finite

        def body(i, _, records):
            record = tf.stack(self._one_step(noise[i], real[i]))
            return i + 1, tf.reduce_all(tf.math.is_finite(record)), records.write(i, record)

        records = tf.TensorArray(tf.float32, BLOCK, element_shape=(len(RECORDS),))
        done, finite, records = tf.while_loop(
            going, body, (tf.constant(0), tf.constant(True), records)
        )
        return done, finite, records.stack()

    def _one_step(self, noise, real):
        """One step as in the question: D on real and fake in one batch, then G on the same noise.

        The generator's forward pass is shared: its weights don't change in between.
        """
        generator, discriminator = self.generator, self.discriminator
        with tf.GradientTape() as generation:
            fake = generator(noise, training=True)
        with tf.GradientTape() as tape:
            logits = discriminator(tf.concat([real, fake], axis=0), training=True)
            labels = tf.concat([tf.ones((len(real), 1)), tf.zeros((len(fake), 1))], axis=0)
            discriminator_loss = cross_entropy(logits, labels)
        discriminator_norm = self._apply("discriminator", discriminator, tape, discriminator_loss)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(fake)
            logits = discriminator(fake, training=True)
            generator_loss = cross_entropy(logits, tf.ones_like(logits))
        generator_norm = self._apply(
            "generator", generator, generation, fake, tape.gradient(generator_loss, fake)
        )
        return discriminator_loss, generator_loss, discriminator_norm, generator_norm

    def _apply(self, name, model, tape, target, upstream=None):
        weights = model.trainable_variables
        gradients = tape.gradient(target, [w.value for w in weights], output_gradients=upstream)
        self._optimizers[name].apply(gradients, weights)
        return tf.linalg.global_norm(gradients)


class Noise:
    """The vectors that a generator starts from.

    Args:
        options: A recipe's `noise`: `dimension` and `distribution`.
        seed: The run's seed.
        name: The stream.
    """

    def __init__(self, options, seed, name):
        self.dimension, self._uniform = options["dimension"], options["distribution"] == "uniform"
        self._stream = Stream(seed, name)

    def fill(self, out, step):
        """Fill `out`, float32 of shape (n, dimension), with the noise of a step."""
        generator = self._stream.at(step)
        if self._uniform:
            generator.random(out=out, dtype=np.float32)
            np.subtract(2 * out, 1, out=out)
        else:
            generator.standard_normal(out=out, dtype=np.float32)

    def draw(self, n, step):
        """Return n vectors of a step, float32 (n, dimension)."""
        out = np.empty((n, self.dimension), np.float32)
        self.fill(out, step)
        return out


def cross_entropy(logits, labels):
    """Mean binary cross-entropy of logits, both (n, 1), without overflow.

    >>> float(cross_entropy(tf.constant([[0.0]]), tf.constant([[1.0]])))
    0.6931471824645996
    """
    return tf.reduce_mean(
        tf.maximum(logits, 0.0) - logits * labels + tf.math.log1p(tf.exp(-tf.abs(logits)))
    )


def _optimizer(recipe, name, model):
    options = dict(recipe["optimizers"][name])
    cls = getattr(keras.optimizers, options.pop("name"), None)
    try:
        if not issubclass(cls, keras.optimizers.Optimizer):
            raise TypeError
        # A name of its own: Keras would number the optimizers of a process.
        optimizer = cls(**options, name=f"{name}_optimizer")
    except (TypeError, ValueError) as error:
        message = (
            f"optimizers.{name}: Keras has no such optimizer: {recipe['optimizers'][name]}. "
            f"{error}".rstrip()
        )
        raise InputError(message) from error
    optimizer.build(model.trainable_variables)
    return optimizer
