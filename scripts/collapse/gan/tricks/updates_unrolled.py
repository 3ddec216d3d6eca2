"""G faces the D that k further updates would lead to, and takes their gradient into account.

Paper: Metz et al. 2016, arXiv:1611.02163, with k of 1, 5 and 10. The updates are those of D's own
optimizer on the batch at hand, and are forgotten.
"""

from collections.abc import Callable
from typing import Any

from collapse.gan.hooks import Critic, Hook
from collapse.gan.registry import Recipe, Tensor, Trick

TRICK = Trick(
    ("updates.unrolled",),
    schema={"type": "integer", "minimum": 0, "maximum": 50},
    off=0,
    conflicts=(("penalties", None, "The updates that it looks ahead have no penalties."),),
)
_KNOWN = {"SGD": {"learning_rate"}, "Adam": {"learning_rate", "beta_1", "beta_2", "epsilon"}}


def check(key: str, recipe: Recipe) -> str | None:
    """Refuse an optimizer whose updates can't be looked ahead."""
    options = recipe["optimizers"]["discriminator"]
    unknown = set(options) - {"name", "schedule"} - _KNOWN.get(options["name"], set())
    if options["name"] not in _KNOWN or unknown:
        return (
            "D's optimizer must be Adam, or SGD, with plain options "
            f"({', '.join(sorted(_KNOWN['Adam']))}). Received: {options}."
        )
    return None


class Unrolled(Hook):
    """The look ahead."""

    def _prepare(self) -> None:
        self._network = self.setup.discriminator
        self._optimizer = self.setup.optimizers["discriminator"]
        self._adam = self.setup.recipe["optimizers"]["discriminator"]["name"] == "Adam"

    def critic(self, loss_of: Callable[[Critic], Tensor]) -> Critic:
        """Return D some updates later."""
        import tensorflow as tf

        weights = [variable.value for variable in self._network.trainable_variables]
        frozen = [variable.value for variable in self._network.non_trainable_variables]

        def facing(weights: list[Tensor]) -> Critic:
            return lambda shown: self._network.stateless_call(
                weights, frozen, shown, training=True
            )[0]

        state = self._start(weights)
        for step in range(1, self.value + 1):
            with tf.GradientTape() as tape:
                tape.watch(weights)
                loss = loss_of(facing(weights))
            weights, state = self._update(weights, tape.gradient(loss, weights), state, step)
        return facing(weights)

    def _start(self, weights: list[Tensor]) -> list[tuple[Tensor, Tensor]]:
        if not self._adam:
            return []
        slots = [variable.value for variable in self._optimizer.variables[2:]]
        return list(zip(slots[0::2], slots[1::2], strict=True))

    def _update(
        self, weights: list[Tensor], gradients: list[Tensor], state: list[Any], step: int
    ) -> tuple[list[Tensor], list[Any]]:
        import tensorflow as tf

        optimizer = self._optimizer
        rate = tf.convert_to_tensor(optimizer.learning_rate)
        if not self._adam:
            return [w - rate * g for w, g in zip(weights, gradients, strict=True)], state
        now = tf.cast(optimizer.iterations.value + step, tf.float32)
        first, second = optimizer.beta_1, optimizer.beta_2
        rate *= tf.sqrt(1 - tf.pow(second, now)) / (1 - tf.pow(first, now))
        moved, moments = [], []
        for weight, gradient, (mean, square) in zip(weights, gradients, state, strict=True):
            mean = first * mean + (1 - first) * gradient
            square = second * square + (1 - second) * gradient**2
            # The root has no slope at 0, where a dead unit's moment is.
            moved.append(
                weight - rate * mean / (tf.sqrt(tf.maximum(square, 1e-30)) + optimizer.epsilon)
            )
            moments.append((mean, square))
        return moved, moments


build = Unrolled
