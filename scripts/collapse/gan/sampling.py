"""Generate events from the weights that a leg kept, one set at each epoch count."""

import numpy as np

from collapse.gan.bounds import layer_bounds, model_bounds, physical_bounds
from collapse.gan.forward import forward
from collapse.gan.generators import read_generator, read_model
from collapse.gan.noise import Noise
from collapse.scaling import load_scaler
from collapse.sealed import create_sealed, identify, open_sealed

_CHUNK = 10_000


def sample(*, generators, scaler, recipe, seed, n_events, names, threads, path):
    """Write generated events in physical units, one group for each epoch count.

    Args:
        generators: Path of a leg's generators.
        scaler: Path of the fitted scaler.
        recipe: A complete recipe.
        seed: The run's seed.
        n_events: Events at each count.
        names: The features' names.
        threads: Threads to use.
        path: Where to write; in each group the dataset `events`, float32 (n_events, d), and
            `edges`, float64 (2, d): the least and the greatest value that the network can put out,
            if that is known.
    """
    scaler, run = load_scaler(scaler, names), identify(recipe, seed, names)
    with (
        open_sealed(generators, "generators", run) as source,
        create_sealed(path, "samples", run) as target,
    ):
        for count in sorted(source, key=int):
            layers, weights = read_generator(source[count])
            if layers is not None:
                bounds = layer_bounds(layers, weights, len(names))

                def generate(noise, layers=layers, weights=weights):
                    return forward(layers, weights, noise)
            else:
                model = read_model(source[count], threads)
                bounds = model_bounds(model)

                def generate(noise, model=model):
                    return np.asarray(model(noise, training=False))

            group = target.create_group(count)
            for name in ("updates", "diverged_step"):
                group.attrs[name] = source[count].attrs[name]
            if bounds is not None:
                group["edges"] = physical_bounds(*bounds, scaler)
            events = group.create_dataset("events", (n_events, len(names)), np.float32)
            noise = Noise(recipe, seed, f"sample {count}")
            for step, start in enumerate(range(0, n_events, _CHUNK)):
                rows = min(_CHUNK, n_events - start)
                scaled = generate(noise.draw(rows, step))
                events[start : start + rows] = scaler.inverse_transform(scaled)
