"""The training loop: one compiled program over many steps.

A block of at most `BLOCK` steps is one XLA program, whose numbers are fed (`collapse.gan.block`).
The number of steps is a run-time argument, so every way of cutting a training into blocks runs the
same program on the same numbers, and gives the same bytes.

What a recipe adds to the plain GAN are hooks (`collapse.gan.hooks`), one for each trick that it
uses; their random numbers and schedules are fed in the same way. A plain recipe has none, and its
program is as small as if there were no tricks.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from collapse.errors import InputError
from collapse.gan import registry, schedules
from collapse.gan.block import BLOCK, RECORDS, Feeds
from collapse.gan.hooks import Critic, Fed, Generated, Hook, Judged, Setup
from collapse.gan.networks import Layer, build_discriminator, build_features, build_generator
from collapse.gan.registry import Pair, Recipe, Tensor

AllFed: TypeAlias = dict[str, Fed]


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

    def __init__(
        self, recipe: Recipe, n_features: int, seed: int,
        steps_per_epoch: int | None = None, features: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        self.generator = build_generator(recipe, n_features, seed)
        self.discriminator = build_discriminator(recipe, n_features, seed)
        self._optimizers = {
            "generator": build_optimizer(recipe, "generator", self.generator),
            "discriminator": build_optimizer(recipe, "discriminator", self.discriminator),
        }
        self.step = 0
        self.diverged_step: int | None = None
        self._recipe, self._steps_per_epoch = recipe, steps_per_epoch
        self._schedules = schedules.scheduled(recipe)
        self._rates = {
            side: float(optimizer.learning_rate) for side, optimizer in self._optimizers.items()
        }
        self._batch_size, self._packing = recipe["batch_size"], recipe.get("packing", 1)
        # D's updates in a step. G's noise is that of the last.
        self._updates = registry.get(recipe, "updates.discriminator_steps") or 1
        self._loss: Any = registry.chosen(recipe, "loss")
        self._pairs = getattr(self._loss, "pairs", None)
        self._batches: Any = registry.chosen(recipe, "batches")
        setup = Setup(
            recipe=recipe,
            n_features=n_features,
            features=features,
            seed=seed,
            discriminator_steps=self._updates,
            generator=self.generator,
            discriminator=self.discriminator,
            optimizers=self._optimizers,
            epoch_steps=lambda: self._steps_per_epoch or 0,
        )
        self._hooks: dict[str, Hook] = {
            key: build(value, setup) for key, value, build in registry.having(recipe, "build")
        }
        averaging: Any = self._hooks.get("averaging")
        self.sampler = averaging.model if averaging else self.generator
        self._features = build_features(self.discriminator)
        layers = [layer for layer in self.discriminator.layers if isinstance(layer, Layer)]
        self._compares = any(layer.compares_events for layer in layers)
        self._keyed = [layer for layer in layers if layer.keyed]
        self._feeds = Feeds(
            recipe,
            n_features,
            seed,
            self._updates,
            self._hooks,
            keyed=bool(self._keyed),
            clocked=bool(self._schedules),
        )
        # The program reads what is fed in place.
        self._arguments = tf.nest.map_structure(
            lambda array: tf.experimental.dlpack.from_dlpack(array.__dlpack__()),
            (self._feeds.noise, self._feeds.real, self._feeds.fed),
        )
        self._fitted = False
        self._block = tf.function(self._steps, jit_compile=True, autograph=False)
        self._generate = tf.function(lambda noise: self.sampler(noise, training=False))
        self._judge = tf.function(lambda events: self.discriminator(events, training=False))

    def compile(self, data: np.ndarray) -> None:
        """Compile the block without taking a step, so that start-up and training are told apart."""
        self._run(data, 0)

    def advance(self, data: np.ndarray, steps: int) -> np.ndarray:
        """Train for some steps, or until the training diverges.

        Args:
            data: The scaled training events, float32, shape (n, d); may be memory-mapped.
            steps: How many steps.

        Returns:
            float32, shape (steps done, 4): the losses and gradient norms named by `RECORDS`.
        """
        records, end = [np.empty((0, len(RECORDS)), np.float32)], self.step + steps
        while self.step < end and self.diverged_step is None:
            done, finite, record = self._run(data, min(BLOCK, end - self.step))
            done = int(done)
            records.append(record.numpy()[:done])
            self.step += done
            if not finite:
                self.diverged_step = self.step
        return np.concatenate(records)

    def _run(self, data: np.ndarray, count: int) -> tuple[Tensor, ...]:
        self._fit(data)
        self._feeds.fill(data, self.step, count)
        return self._block(*self._arguments, tf.constant(count))

    def _fit(self, data: np.ndarray) -> None:
        """Take from the data what depends on it: the same in every process of a run."""
        if self._fitted:
            return
        if self._steps_per_epoch is None:
            self._steps_per_epoch = max(1, len(data) // self._batch_size)
        for _, _, fit in registry.having(self._recipe, "fit"):
            for model in {id(model): model for model in (self.generator, self.sampler)}.values():
                fit(model, data)
        self._fitted = True

    def generate(self, noise: np.ndarray) -> np.ndarray:
        """Return the sampler's output for noise, float32 (n, d), in scaled units."""
        return self._generate(tf.constant(noise)).numpy()

    def judge(self, events: np.ndarray) -> np.ndarray:
        """Return the discriminator's logits for scaled events, float32 (n,).

        A discriminator of packs sees each event with those that follow it, the last with the first.
        One that compares the events of a batch sees them in batches of training's size.
        """
        packs = np.concatenate([np.roll(events, -i, axis=0) for i in range(self._packing)], axis=1)
        if not self._compares:
            return self._judge(tf.constant(packs)).numpy()[:, 0]
        size = self._batch_size // self._packing
        rows = np.arange(-(-len(packs) // size) * size) % len(packs)
        logits = [
            self._judge(tf.constant(packs[rows[start : start + size]])).numpy()[:, 0]
            for start in range(0, len(rows), size)
        ]
        return np.concatenate(logits)[: len(packs)]

    def variables(self) -> "dict[str, keras.Variable]":
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

    def _steps(self, noise: Tensor, real: Tensor, fed: AllFed, count: Tensor) -> tuple[Tensor, ...]:
        def going(i: Tensor, finite: Tensor, _: Tensor) -> Tensor:
            return (i < count) & finite

        def body(i: Tensor, _: Tensor, records: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            ours = tf.nest.map_structure(lambda array: array[i], fed)
            record = tf.stack(self._one_step(noise[i], real[i], ours))
            return i + 1, tf.reduce_all(tf.math.is_finite(record)), records.write(i, record)

        records = tf.TensorArray(tf.float32, BLOCK, element_shape=(len(RECORDS),))
        done, finite, records = tf.while_loop(
            going, body, (tf.constant(0), tf.constant(True), records)
        )
        return done, finite, records.stack()

    def _one_step(self, noise: Tensor, real: Tensor, fed: AllFed) -> tuple[Tensor, ...]:
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

    def _rows(self, array: Tensor, update: int) -> Tensor:
        if self._updates == 1:
            return array
        return array[update * self._batch_size : (update + 1) * self._batch_size]

    def _first(self, ask: Callable[[Hook, Fed], Tensor | None], fed: AllFed) -> Tensor | None:
        """Return the first hook's answer that isn't None, or None."""
        answers = (ask(hook, fed.get(key, {})) for key, hook in self._hooks.items())
        return next((answer for answer in answers if answer is not None), None)

    def _scheduled(self, key: str, fed: AllFed) -> Tensor | None:
        """Return this step's factor of what is at a recipe's key, or None if it is constant."""
        if options := self._schedules.get(key):
            return schedules.factor(options, fed["clock"]["step"], self._steps_per_epoch or 0)
        return None

    def _apply(
        self, side: str, gradients: list[Tensor], weights: list[keras.Variable], fed: AllFed
    ) -> None:
        optimizer = self._optimizers[side]
        factor = self._scheduled(f"optimizers.{side}", fed)
        if factor is not None:
            optimizer.learning_rate.assign(self._rates[side] * factor)
        optimizer.apply(gradients, weights)

    def _train_discriminator(self, real: Tensor, fake: Tensor, fed: AllFed) -> Pair:
        real, fake = self._shown(real, fake, fed, generating=False)

        def train() -> Pair:
            if self._batches.UPDATES == 2:
                done = [
                    self._update_discriminator(partial(self._loss_of_one, *side), fed)
                    for side in ((real, 1.0), (fake, 0.0))
                ]
            else:
                done = [
                    self._update_discriminator(lambda: self._loss_of_both(real, fake, fed), fed)
                ]
            for hook in self._hooks.values():
                hook.after_discriminator()
            if len(done) == 1:
                return done[0]
            losses, norms = zip(*done, strict=True)
            return tf.add_n(losses) / 2, tf.add_n(norms) / 2

        def rest() -> Pair:
            if self._batches.UPDATES == 2:
                sides = self._loss_of_one(real, 1.0), self._loss_of_one(fake, 0.0)
                return tf.add_n(sides) / 2, tf.constant(0.0)
            return self._plain_loss(real, fake, fed, self._critic), tf.constant(0.0)

        trains = self._first(lambda hook, ours: hook.trains(ours), fed)
        return train() if trains is None else tf.cond(trains, train, rest)

    def _update_discriminator(self, loss_of: Callable[[], Tensor], fed: AllFed) -> Pair:
        with tf.GradientTape() as tape:
            loss = loss_of()
        weights = self.discriminator.trainable_variables
        gradients = tape.gradient(loss, [w.value for w in weights])
        self._apply("discriminator", gradients, weights, fed)
        return loss, tf.linalg.global_norm(gradients)

    def _critic(self, shown: Tensor) -> Tensor:
        return self.discriminator(shown, training=True)

    def _loss_of_one(self, shown: Tensor, target: float) -> Tensor:
        logits = self._critic(shown)
        return tf.reduce_mean(self._loss.discriminator(logits, target * tf.ones_like(logits)))

    def _loss_of_both(self, real: Tensor, fake: Tensor, fed: AllFed) -> Tensor:
        """Return D's loss on what it is shown, with its penalties."""
        gradients: tuple[Tensor, ...] = ()
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
            factor = self._scheduled(key, fed)
            for term in (hook.penalty(judged), hook.weight_term("discriminator", weights, ours)):
                if term is not None:
                    loss += term if factor is None else factor * term
        return loss

    def _plain_loss(self, real: Tensor, fake: Tensor, fed: AllFed, critic: Critic) -> Tensor:
        """Return the loss of a D, without penalties, since some of those keep averages."""
        return self._loss_of_logits(self._batches.judge(critic, real, fake), real, fake, fed)

    def _loss_of_logits(self, logits: Tensor, real: Tensor, fake: Tensor, fed: AllFed) -> Tensor:
        if self._pairs:
            losses = self._pairs(logits[: real.shape[0]], logits[real.shape[0] :])
        else:
            losses = self._loss.discriminator(logits, self._targets(real, fake, fed))
        return tf.reduce_mean(losses)

    def _targets(self, real: Tensor, fake: Tensor, fed: AllFed) -> Tensor:
        targets = self._first(lambda hook, ours: hook.targets(ours), fed)
        if targets is not None:
            return targets
        return tf.concat([tf.ones((real.shape[0], 1)), tf.zeros((fake.shape[0], 1))], axis=0)

    def _shown(self, real: Tensor, fake: Tensor, fed: AllFed, *, generating: bool | None) -> Pair:
        for key, hook in self._hooks.items():
            real, fake = hook.show(real, fake, fed.get(key, {}), generating=generating)
        return real, fake

    def _train_generator(
        self, noise: Tensor, real: Tensor, fake: Tensor, generation: Tensor, fed: AllFed
    ) -> Pair:
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
                factor = self._scheduled(key, fed)
                if term is not None and factor is not None:
                    term = factor * term
            if term is not None:
                loss += term
                terms = tape.gradient(term, [w.value for w in weights])
                gradients = [a + b for a, b in zip(gradients, terms, strict=True)]
        self._apply("generator", gradients, weights, fed)
        for key, hook in self._hooks.items():
            hook.after_generator(contexts[key])
        return loss, tf.linalg.global_norm(gradients)

    def _generator_loss(
        self, noise: Tensor, real: Tensor, fake: Tensor, fed: AllFed
    ) -> tuple[Tensor, dict[str, Generated]]:
        """Return G's loss, and what each hook may know of it."""
        shown_real, shown = self._shown(real, fake, fed, generating=True)
        critic: Critic = self._critic
        for hook in self._hooks.values():
            ahead = hook.critic(lambda critic: self._plain_loss(shown_real, shown, fed, critic))
            critic = ahead or critic

        def features(events: Tensor) -> Tensor:
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
        if self._pairs:
            both = self._batches.judge(critic, shown_real, shown)
            logits = both[shown_real.shape[0] :]
            losses = self._loss.generator(logits, both[: shown_real.shape[0]])
        else:
            logits = critic(shown)
            losses = self._loss.generator(logits, None)
        weighed = self._first(lambda hook, ours: hook.weigh(losses, logits, ours), fed)
        loss = tf.reduce_mean(losses) if weighed is None else weighed
        for term in terms:
            loss += term
        return loss, contexts


def build_optimizer(recipe: Recipe, name: str, model: keras.Model) -> keras.optimizers.Optimizer:
    """Build a network's optimizer.

    Args:
        recipe: A complete recipe.
        name: `generator` or `discriminator`.
        model: The network.

    Raises:
        InputError: If Keras has none of that name or arguments.
    """
    options = dict(recipe["optimizers"][name])
    options.pop("schedule", None)
    cls: Any = getattr(keras.optimizers, options.pop("name"), None)
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
