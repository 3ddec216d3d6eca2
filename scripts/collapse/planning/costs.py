"""What a training job asks a scheduler for, from its recipe, its steps and its data.

The constants are fitted to what `docs/reliability.md` says was measured.
"""

import math
from itertools import pairwise
from typing import Any

# One CPU: what a step takes whatever its networks, and what each weight adds for each event.
_SECONDS_PER_STEP = 1e-4
_SECONDS_PER_WEIGHT = 1e-10
# Slower machines than the measured one, and steps that no formula knows.
_MARGIN = 4
_START_MINUTES = 10
_START_MEGABYTES = 1500
# Those of a network in a file of the user's own can't be counted.
_UNKNOWN_WEIGHTS = 1_000_000


def training_minutes(
    recipe: dict[str, Any], *, n_features: int, epochs: int, steps_per_epoch: float
) -> int:
    """Minutes that a leg may take, several times what it takes as a rule.

    Too few cost little: a job at its time limit goes on from its recovery point.

    Args:
        recipe: A complete recipe.
        n_features: Features of its dataset.
        epochs: Epochs of the leg.
        steps_per_epoch: Training steps in an epoch.

    >>> recipe = {"batch_size": 128, "noise": {"dimension": 100},
    ...     "generator": {"hidden": [64, 64, 64]}, "discriminator": {"hidden": [64, 64, 64]}}
    >>> training_minutes(recipe, n_features=6, epochs=300, steps_per_epoch=117)
    11
    >>> training_minutes(recipe, n_features=6, epochs=300, steps_per_epoch=10_000)
    91
    """
    passes = 1 + recipe.get("updates", {}).get("discriminator_steps", 1)
    # A penalty on a gradient is differentiated once more.
    passes *= 2 if recipe.get("penalties") else 1
    work = recipe["batch_size"] * _weights(recipe, n_features) * passes / 2
    seconds = epochs * steps_per_epoch * (_SECONDS_PER_STEP + _SECONDS_PER_WEIGHT * work)
    return math.ceil(_START_MINUTES + _MARGIN * seconds / 60)


def training_megabytes(recipe: dict[str, Any], *, n_features: int, data: float) -> int:
    """Megabytes that a leg may take: TensorFlow, a few copies of the data and of the weights.

    Args:
        recipe: A complete recipe.
        n_features: Features of its dataset.
        data: Megabytes of the events.

    >>> recipe = {"noise": {"dimension": 100}, "generator": {"hidden": [50, 25, 5]},
    ...     "discriminator": {"hidden": [4, 4, 4]}}
    >>> training_megabytes(recipe, n_features=6, data=1000)
    5501
    """
    return math.ceil(_START_MEGABYTES + 4 * data + 1e-4 * _weights(recipe, n_features))


def _weights(recipe: dict[str, Any], n_features: int) -> int:
    if "generator" not in recipe:
        return _UNKNOWN_WEIGHTS
    generator = [recipe["noise"]["dimension"], *recipe["generator"]["hidden"], n_features]
    discriminator = [n_features, *recipe["discriminator"]["hidden"], 1]
    return sum(a * b for widths in (generator, discriminator) for a, b in pairwise(widths))
