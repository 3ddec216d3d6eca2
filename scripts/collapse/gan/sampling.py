"""Generate events from the weights that a leg kept, one set at each epoch count."""

import h5py
import numpy as np

from collapse.files import whole
from collapse.gan import runtime
from collapse.gan.checkpoint import read_generator
from collapse.gan.engine import Noise
from collapse.gan.networks import build_generator
from collapse.scaling import load_scaler

_CHUNK = 10_000


def sample(*, generators, scaler, recipe, seed, n_events, n_features, threads, path):
    """Write generated events in physical units, one group for each epoch count.

    Args:
        generators: Path of a leg's generators.
        scaler: Path of the fitted scaler.
        recipe: A complete recipe.
        seed: The run's seed.
        n_events: Events at each count.
        n_features: Columns of the events.
        threads: Threads to use.
        path: Where to write; dataset `events`, float32 (n_events, d), in each group.
    """
    runtime.set_up(threads)
    scaler = load_scaler(scaler)
    generator = build_generator(recipe, n_features, seed)
    with h5py.File(generators) as source, whole(path) as part, h5py.File(part, "w") as target:
        for count in sorted(source, key=int):
            read_generator(source[count], generator)
            group = target.create_group(count)
            group.attrs.update(source[count].attrs)
            events = group.create_dataset("events", (n_events, n_features), np.float32)
            noise = Noise(recipe["noise"], seed, f"sample {count}")
            for step, start in enumerate(range(0, n_events, _CHUNK)):
                rows = min(_CHUNK, n_events - start)
                scaled = generator(noise.draw(rows, step), training=False)
                events[start : start + rows] = scaler.inverse_transform(np.asarray(scaled))
