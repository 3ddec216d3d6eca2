"""Comparisons: how many events are on each side, and which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from collapse.errors import InputError

# Fewer finite events than this measure nothing: the run has diverged.
LEAST_EVENTS = 100
_MOST_TRAINING = 20_000


@dataclass(frozen=True)
class Sizes:
    """How many events a comparison takes, the same for metrics and floors.

    Attributes:
        events: Real events, and as many generated ones.
        memory: Training events beside them; the floors' draws need all three at once.
        training: Training events that copies are looked for among: as many as truth against truth
            can spare, since the more there are the more are near by chance.
    """

    events: int
    memory: int
    training: int


def compared_events(n_events: int, n_test: int, settings: Mapping[str, Any]) -> int:
    """Return how many real events are compared with as many generated ones.

    Args:
        n_events: All real events.
        n_test: Those of the test split.
        settings: The config's `evaluation`.
    """
    sampled = settings["sample_events"] or n_test
    return min(settings["events"], n_test, n_events // 3, sampled)


def sizes_of(n_events: int, n_train: int, n_test: int, settings: Mapping[str, Any]) -> Sizes:
    """Return the sizes of a dataset's comparisons.

    Args:
        n_events: All real events.
        n_train: Those of the training split.
        n_test: Those of the test split.
        settings: The config's `evaluation`.

    Raises:
        InputError: If there are too few events to measure anything.

    >>> sizes_of(25_000, 15_000, 5000, {"events": 5000, "sample_events": None})
    Sizes(events=5000, memory=5000, training=15000)
    >>> sizes_of(600, 360, 240, {"events": 200, "sample_events": None})
    Sizes(events=200, memory=200, training=200)
    """
    size = compared_events(n_events, n_test, settings)
    if size < LEAST_EVENTS:
        message = (
            f"The test split has {n_test} events; at least {LEAST_EVENTS} are needed to "
            "measure anything. Loosen the selection, read more events, or change the split."
        )
        raise InputError(message)
    training = min(_MOST_TRAINING, n_train, n_events - 2 * size)
    return Sizes(size, min(size, n_train), training)


def draw_events(values: np.ndarray, size: int) -> np.ndarray:
    """Return at most so many events, float (size, d), in their order, the same at each call.

    The file's order may be that of data taking, so they are drawn, not cut off.
    """
    rows = np.random.default_rng(0).choice(len(values), min(size, len(values)), replace=False)
    return np.asarray(values[np.sort(rows)])


def thinned(values: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many events, evenly spread: shares of them say what those of all do.

    >>> thinned(np.arange(5), 3).tolist()
    [0, 2, 4]
    """
    return np.asarray(values[:: -(-len(values) // most)])
