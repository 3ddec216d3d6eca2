"""Generate events from the weights that a leg kept."""

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import h5py
import numpy as np

from collapse.gan.bounds import Bounds, layer_bounds, model_bounds
from collapse.gan.forward import forward
from collapse.gan.generators import read_generator, read_model
from collapse.gan.noise import Noise

_CHUNK = 10_000

Generate: TypeAlias = Callable[[np.ndarray], np.ndarray]
Piece: TypeAlias = tuple[slice, np.ndarray]


def read_callable(group: h5py.Group, width: int, threads: int) -> tuple[Generate, Bounds | None]:
    """Read a generator that `write_generator` wrote, to be called.

    Args:
        group: The group.
        width: Features.
        threads: Threads to use, should it take Keras.

    Returns:
        A function: noise -> events in scaled units; and the least and the greatest value that the
        network can put out for each feature, or None if they aren't known.
    """
    layers, weights = read_generator(group)
    if layers is not None:
        return partial(forward, layers, weights), layer_bounds(layers, weights, width)
    model = read_model(group, threads)
    return lambda noise: np.asarray(model(noise, training=False)), model_bounds(model)


def stream(generate: Generate, noise: Noise) -> Iterator[np.ndarray]:
    """Yield events in scaled units, piece after piece without end."""
    for step in itertools.count():
        yield generate(noise.draw(_CHUNK, step))


def generated(generate: Generate, noise: Noise, n_events: int) -> Iterator[Piece]:
    """Yield events in scaled units by pieces, and which rows of all events they are."""
    for step, start in enumerate(range(0, n_events, _CHUNK)):
        rows = min(_CHUNK, n_events - start)
        yield slice(start, start + rows), generate(noise.draw(rows, step))
