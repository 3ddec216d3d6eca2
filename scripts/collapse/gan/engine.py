"""The training loop: one compiled program over many steps.

A block of at most `BLOCK` steps is one XLA program. Its noise and its real events are drawn by
NumPy, keyed by (seed, stream, step), and fed as one tensor each, since XLA draws normals slower
than NumPy does. The number of steps is a run-time argument, so every way of cutting a training
into blocks runs the same program on the same numbers, and gives the same bytes.

What a recipe adds to the plain GAN are hooks (`collapse.gan.hooks`), one for each trick that it
uses; their random numbers and schedules are fed in the same way. A plain recipe has none, and its
program is as small as if there were no tricks.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from collapse.errors import InputError
from collapse.gan import registry
from collapse.gan.hooks import Generated, Judged, Setup
from collapse.gan.networks import build_discriminator, build_features, build_generator
from collapse.gan.noise import Noise
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
        steps_per_epoch: Steps in an epoch, for what goes by epochs; by default the events over
            the batch size.
        features: The features' names, for a trick that looks at one of them.

    Attributes:
        generator: The generator, a Keras model.
        discriminator: The discriminator, a Keras model.
        sampler: The Keras model to sample from: the average of the generator's weights if the
            recipe asks for it, else the generator itself.
        step: Steps done.
        diverged_step: The step whose loss or gradient was not finite, or None. Nothing is trained
            after it.
    """

    def __init__(self, recipe, n_features, seed, steps_per_epoch=None, features=None):
        self.generator = build_generator(recipe, n_features, seed)
        self.discriminator = build_discriminator(recipe, n_features, seed)
        self._optimizers = {
            "generator": build_optimizer(recipe, "generator", self.generator),
            "discriminator": build_optimizer(recipe, "discriminator", self.discriminator),
        }
        self.step, self.diverged_step = 0, None
        self._recipe, self._steps_per_epoch = recipe, steps_per_epoch
        self._n_features = n_features
        self._batch_size, self._packing = recipe["batch_size"], recipe.get("packing", 1)
        # D's updates in a step. G's noise is that of the last.
        self._updates = registry.get(recipe, "updates.discriminator_steps") or 1
        self._noise = Noise(recipe, seed, "noise")
        self._order = Stream(seed, "order")
        self._loss = registry.chosen(recipe, "loss")
        self._batches = registry.chosen(recipe, "batches")
        self._head = registry.chosen(recipe, "generator.head")
        setup = Setup(
            recipe=recipe,
            n_features=n_features,
            features=features,
            seed=seed,
            discriminator_steps=self._updates,
            generator=self.generator,
            discriminator=self.discriminator,
            optimizers=self._optimizers,
            epoch_steps=lambda: self._steps_per_epoch,
        )
        self._hooks = {
            key: module.build(value, setup)
            for key, value, module in registry.used(recipe)
            if hasattr(module, "build")
        }
        averaging = self._hooks.get("averaging")
        self.sampler = averaging.model if averaging else self.generator
        self._schedule = next(
            (key for key in self._hooks if hasattr(self._hooks[key], "trains")), None
        )
        self._features = build_features(self.discriminator)
        self._keyed = [layer for layer in self.discriminator.layers if hasattr(layer, "set_key")]
        self._set_up_feeds(seed)
        self._fitted = False
        self._block = tf.function(self._steps, jit_compile=True, autograph=False)
        self._generate = tf.function(lambda noise: self.sampler(noise, training=False))
        self._judge = tf.function(lambda events: self.discriminator(events, training=False))

    def _set_up_feeds(self, seed):
        rows = self._updates * self._batch_size
        self._fed_noise = _aligned((BLOCK, rows, self._noise.width), np.float32)
        self._fed_rows = np.zeros((BLOCK, rows), np.int64)
        self._fed_real = _aligned((BLOCK, rows, self._n_features), np.float32)
        self._fed = {
            key: {
                name: _aligned((BLOCK, self._updates, *shape), dtype)
                for name, (shape, dtype) in hook.feeds.items()
            }
            for key, hook in self._hooks.items()
            if hook.feeds
        }
        self._streams = {key: Stream(seed, key) for key in self._fed}
        if self._keyed:
            self._keys = Stream(seed, "layers")
            self._fed["layers"] = {"key": _aligned((BLOCK, self._updates, 2), np.int32)}
        # The program reads what is fed in place.
        self._arguments = tf.nest.map_structure(
            lambda array: tf.experimental.dlpack.from_dlpack(array.__dlpack__()),
            (self._fed_noise, self._fed_real, self._fed),
        )

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
        self._fit(data)
        for i in range(count):
            step = self.step + i
            self._noise.fill(self._fed_noise[i], step)
            self._fed_rows[i] = self._order.at(step).integers(
                len(data), size=self._fed_rows.shape[1]
            )
            for key, stream in self._streams.items():
                generator = stream.at(step)
                for j in range(self._updates):
                    out = {name: array[i, j, ...] for name, array in self._fed[key].items()}
                    self._hooks[key].fill(out, generator, step * self._updates + j)
            if self._keyed:
                keys = self._fed["layers"]["key"]
                keys[i] = self._keys.at(step).integers(2**31 - 1, size=keys.shape[1:])
        rows = self._fed_rows[:count]
        np.take(data, rows, axis=0, out=self._fed_real[:count], mode="clip")
        return self._block(*self._arguments, tf.constant(count))

    def _fit(self, data):
        """Take from the data what depends on it: the same in every process of a run."""
        if self._fitted:
            return
        if self._steps_per_epoch is None:
            self._steps_per_epoch = max(1, len(data) // self._batch_size)
        if hasattr(self._head, "fit"):
            for model in {id(model): model for model in (self.generator, self.sampler)}.values():
                self._head.fit(model, data)
        self._fitted = True

    def generate(self, noise):
        """Return the sampler's output for noise, float32 (n, d), in scaled units."""
        return self._generate(tf.constant(noise)).numpy()

    def judge(self, events):
        """Return the discriminator's logits for scaled events, float32 (n,).

        A discriminator of packs sees each event with those that follow it, the last with the first.
        One that compares the events of a batch sees them in batches of training's size.
        """
        packs = np.concatenate([np.roll(events, -i, axis=0) for i in range(self._packing)], axis=1)
        if not any(getattr(layer, "compares_events", False) for layer in self.discriminator.layers):
            return self._judge(tf.constant(packs)).numpy()[:, 0]
        size = self._batch_size // self._packing
        rows = np.arange(-(-len(packs) // size) * size) % len(packs)
        logits = [
            self._judge(tf.constant(packs[rows[start : start + size]])).numpy()[:, 0]
            for start in range(0, len(rows), size)
        ]
        return np.concatenate(logits)[: len(packs)]

    def variables(self):
        """Return all that training changes: name -> Keras variable."""
        owners = {
            "generator": self.generator.variables,
            "discriminator": self.discriminator.variables,
            "generator_optimizer": self._optimizers["generator"].variables,
            "discriminator_optimizer": self._optimizers["discriminator"].variables,
        } | {key: hook.variables for key, hook in self._hooks.items() if hook.variables}
        return {
            f"{owner}/{i:03d} {variable.path.replace('/', ' ')}": variable
            for owner, held in owners.items()
            for i, variable in enumerate(held)
        }

    def _steps(self, noise, real, fed, count):
        def going(i, finite, _):
            return (i < count) & finite

        def body(i, _, records):
            ours = tf.nest.map_structure(lambda array: array[i], fed)
            record = tf.stack(self._one_step(noise[i], real[i], ours))
            return i + 1, tf.reduce_all(tf.math.is_finite(record)), records.write(i, record)

        records = tf.TensorArray(tf.float32, BLOCK, element_shape=(len(RECORDS),))
        done, finite, records = tf.while_loop(
            going, body, (tf.constant(0), tf.constant(True), records)
        )
        return done, finite, records.stack()

    def _one_step(self, noise, real, fed):
        """One step as in the question: D on real and fake in one batch, then G on the same noise.

        The generator's forward pass is shared: its weights don't change in between.
        """
        for update in range(self._updates):
            ours = tf.nest.map_structure(lambda array, i=update: array[i], fed)
            z, x = self._rows(noise, update), self._rows(real, update)
            for layer in self._keyed:
                layer.set_key(ours["layers"]["key"])
            with tf.GradientTape() as generation:
                fake = self.generator(z, training=True)
            discriminator_loss, discriminator_norm = self._train_discriminator(x, fake, ours)
        generator_loss, generator_norm = self._train_generator(z, x, fake, generation, ours)
        for key, hook in self._hooks.items():
            hook.after_step(ours.get(key, {}))
        return discriminator_loss, generator_loss, discriminator_norm, generator_norm

    def _rows(self, array, update):
        if self._updates == 1:
            return array
        return array[update * self._batch_size : (update + 1) * self._batch_size]

    def _train_discriminator(self, real, fake, fed):
        real, fake = self._shown(real, fake, fed, generating=False)

        def train():
            if self._batches.UPDATES == 2:
                done = [
                    self._update_discriminator(lambda side=side: self._loss_of_one(*side))
                    for side in ((real, 1.0), (fake, 0.0))
                ]
            else:
                done = [self._update_discriminator(lambda: self._loss_of_both(real, fake, fed))]
            for hook in self._hooks.values():
                hook.after_discriminator()
            if len(done) == 1:
                return done[0]
            return tuple(tf.add_n(values) / len(done) for values in zip(*done, strict=True))

        def rest():
            if self._batches.UPDATES == 2:
                sides = self._loss_of_one(real, 1.0), self._loss_of_one(fake, 0.0)
                return tf.add_n(sides) / 2, tf.constant(0.0)
            return self._plain_loss(real, fake, fed, self._critic), tf.constant(0.0)

        if self._schedule is None:
            return train()
        return tf.cond(self._hooks[self._schedule].trains(fed[self._schedule]), train, rest)

    def _update_discriminator(self, loss_of):
        with tf.GradientTape() as tape:
            loss = loss_of()
        return loss, self._apply("discriminator", self.discriminator, tape, loss)

    def _critic(self, shown):
        return self.discriminator(shown, training=True)

    def _loss_of_one(self, shown, target):
        logits = self._critic(shown)
        return tf.reduce_mean(self._loss.discriminator(logits, target * tf.ones_like(logits)))

    def _loss_of_both(self, real, fake, fed):
        """Return D's loss on what it is shown, with its penalties."""
        gradients = None
        if any(hook.wants_gradients for hook in self._hooks.values()):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch((real, fake))
                logits = self._batches.judge(self._critic, real, fake)
            gradients = tape.gradient(logits, (real, fake))
        else:
            logits = self._batches.judge(self._critic, real, fake)
        loss = self._loss_of_logits(logits, real, fake, fed)
        for key, hook in self._hooks.items():
            ours = fed.get(key, {})
            judged = Judged(self._critic, real, fake, logits, gradients, ours)
            weights = self.discriminator.trainable_variables
            for term in (hook.penalty(judged), hook.weight_term("discriminator", weights, ours)):
                if term is not None:
                    loss += term
        return loss

    def _plain_loss(self, real, fake, fed, critic):
        """Return the loss of a D, without penalties, since some of those keep averages."""
        return self._loss_of_logits(self._batches.judge(critic, real, fake), real, fake, fed)

    def _loss_of_logits(self, logits, real, fake, fed):
        if hasattr(self._loss, "pairs"):
            losses = self._loss.pairs(logits[: real.shape[0]], logits[real.shape[0] :])
        else:
            losses = self._loss.discriminator(logits, self._targets(real, fake, fed))
        return tf.reduce_mean(losses)

    def _targets(self, real, fake, fed):
        for key, hook in self._hooks.items():
            targets = hook.targets(fed.get(key, {}))
            if targets is not None:
                return targets
        return tf.concat([tf.ones((real.shape[0], 1)), tf.zeros((fake.shape[0], 1))], axis=0)

    def _shown(self, real, fake, fed, *, generating):
        for key, hook in self._hooks.items():
            real, fake = hook.show(real, fake, fed.get(key, {}), generating=generating)
        return real, fake

    def _train_generator(self, noise, real, fake, generation, fed):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(fake)
            loss, contexts = self._generator_loss(noise, real, fake, fed)
        weights = self.generator.trainable_variables
        gradients = generation.gradient(
            fake, [w.value for w in weights], output_gradients=tape.gradient(loss, fake)
        )
        for key, hook in self._hooks.items():
            with tf.GradientTape() as tape:
                term = hook.weight_term("generator", weights, fed.get(key, {}))
            if term is not None:
                loss += term
                terms = tape.gradient(term, [w.value for w in weights])
                gradients = [a + b for a, b in zip(gradients, terms, strict=True)]
        self._optimizers["generator"].apply(gradients, weights)
        for key, hook in self._hooks.items():
            hook.after_generator(contexts[key])
        return loss, tf.linalg.global_norm(gradients)

    def _generator_loss(self, noise, real, fake, fed):
        """Return G's loss, and what each hook may know of it."""
        shown_real, shown = self._shown(real, fake, fed, generating=True)
        critic = self._critic
        for hook in self._hooks.values():
            ahead = hook.critic(lambda critic: self._plain_loss(shown_real, shown, fed, critic))
            critic = ahead or critic

        def features(events):
            return self._features(
                self._shown(events, events, {}, generating=None)[1], training=True
            )

        contexts = {
            key: Generated(noise, fake, real, features, fed.get(key, {})) for key in self._hooks
        }
        terms = [
            term
            for key, hook in self._hooks.items()
            if (term := hook.objective(contexts[key])) is not None
        ]
        if any(hook.alone for hook in self._hooks.values()):
            return tf.add_n(terms), contexts
        if hasattr(self._loss, "pairs"):
            both = self._batches.judge(critic, shown_real, shown)
            logits = both[shown_real.shape[0] :]
            losses = self._loss.generator(logits, both[: shown_real.shape[0]])
        else:
            logits = critic(shown)
            losses = self._loss.generator(logits, None)
        weighed = [
            loss
            for key, hook in self._hooks.items()
            if (loss := hook.weigh(losses, logits, fed.get(key, {}))) is not None
        ]
        loss = weighed[0] if weighed else tf.reduce_mean(losses)
        for term in terms:
            loss += term
        return loss, contexts

    def _apply(self, name, model, tape, target):
        weights = model.trainable_variables
        gradients = tape.gradient(target, [w.value for w in weights])
        self._optimizers[name].apply(gradients, weights)
        return tf.linalg.global_norm(gradients)


def _aligned(shape, dtype):
    """Return zeros that start where a cache line does, or XLA would copy them."""
    size, line = math.prod(shape) * np.dtype(dtype).itemsize, 64
    raw = np.zeros(size + line, np.uint8)
    start = -raw.ctypes.data % line
    return raw[start : start + size].view(dtype).reshape(shape)


def build_optimizer(recipe, name, model):
    """Build a network's optimizer.

    Args:
        recipe: A complete recipe.
        name: `generator` or `discriminator`.
        model: The network.

    Raises:
        InputError: If Keras has none of that name or arguments.
    """
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
