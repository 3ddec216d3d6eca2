"""How a learning rate or a penalty's weight goes with the epochs.

A schedule is a factor that depends on the training's step alone, so that nothing of it is kept, and
its length is the recipe's own, so that a longer training has the same beginning. What is imported
here is the standard library's, since every cluster job parses the config again.
"""

import math
from collections.abc import Callable
from typing import Any

from collapse.gan.registry import Recipe, Tensor, get

DEFAULTS: dict[str, Any] = {"end": 0.01, "warmup": 0, "falls": 3}
_RISE = "warmup"


def scheduled(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """Return the schedules of a recipe: the key of what goes by it -> its options, all of them.

    >>> scheduled({"optimizers": {"generator": {"schedule": {"shape": "cosine", "epochs": 9}}}})
    {'optimizers.generator': {'end': 0.01, 'warmup': 0, 'falls': 3, 'shape': 'cosine', 'epochs': 9}}
    """
    return {
        f"{section}.{name}": DEFAULTS | value["schedule"]
        for section in ("optimizers", "penalties")
        for name, value in (get(recipe, section) or {}).items()
        if value.get("schedule")
    }


def check(recipe: Recipe) -> tuple[str, str] | None:
    """Return a schedule that can't be, as its key and what is wrong, or None."""
    for key, options in scheduled(recipe).items():
        where = f"{key}.schedule"
        if missing := [name for name in ("shape", "epochs") if name not in options]:
            return where, f"the key {missing[0]!r} is missing."
        warmup, epochs = options["warmup"], options["epochs"]
        if options["shape"] != _RISE and warmup >= epochs:
            return where, f"warmup must be less than epochs, {epochs}. Received: {warmup}."
        if options["shape"] in ("exponential", "step") and not options["end"]:
            return where, f"{options['shape']} never gets to 0. Give an end above 0."
    return None


def factor(options: dict[str, Any], step: Tensor, steps_per_epoch: int) -> Tensor:
    """Return what a value is multiplied by in a step.

    Args:
        options: A schedule's, all of them.
        step: Steps done before, a whole number.
        steps_per_epoch: Steps in an epoch.

    Returns:
        float32, a scalar: 1 after the warm-up, and `end` from `epochs` on.
    """
    import tensorflow as tf

    length, warmup = (options[key] * steps_per_epoch for key in ("epochs", "warmup"))
    step = tf.cast(step, tf.float32)
    if options["shape"] == _RISE:
        return tf.minimum(1.0, (step + 1) / length)
    left = length - warmup
    value = _shape(options, left)(tf.clip_by_value(step - warmup, 0.0, left))
    return value * tf.minimum(1.0, (step + 1) / warmup) if warmup else value


def _shape(options: dict[str, Any], length: int) -> Callable[[Tensor], Tensor]:
    """Return the fall from 1 to the end over some steps."""
    from keras.optimizers import schedules

    shape, end, falls = options["shape"], options["end"], options["falls"]
    if shape == "cosine":
        return schedules.CosineDecay(1.0, length, alpha=end)
    if shape == "linear":
        return schedules.PolynomialDecay(1.0, length, end)
    if shape == "exponential":
        return schedules.ExponentialDecay(1.0, length, end)
    # Keras falls after a boundary.
    boundaries = [float(math.ceil(length * k / falls) - 1) for k in range(1, falls + 1)]
    return schedules.PiecewiseConstantDecay(
        boundaries, [float(end) ** (k / falls) for k in range(falls + 1)]
    )
