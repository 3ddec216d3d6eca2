"""Generate events at every epoch count of a leg."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from collapse.events.acceptance import Acceptance, take_passing
from collapse.events.store import open_events
from collapse.gan.bounds import physical_bounds
from collapse.gan.noise import Noise
from collapse.gan.registry import Recipe
from collapse.gan.sampling import generated, read_callable, stream
from collapse.logs import job_log
from collapse.scaling import load_scaler
from collapse.sealed import create_sealed, identify, open_sealed


def sample(
    *, events: Path | str, generators: Path | str, scaler: Path | str, recipe: Recipe, seed: int,
    n_events: int | None, threads: int, samples: Path | str,
    select: str | Mapping[str, str] | None = None,
    derived: Mapping[str, Mapping[str, Any]] | None = None
) -> None:  # fmt: skip
    """Write generated events in physical units, one group for each epoch count.

    Args:
        events: Path of the events file.
        generators: Path of a leg's generators.
        scaler: Path of the fitted scaler.
        recipe: A complete recipe.
        seed: The run's seed.
        n_events: Events at each count, or None for as many as the test split has.
        threads: Threads to use.
        samples: Where to write; in each group the dataset `events`, float32 (n_events, d), and
            `edges`, float64 (2, d): the least and the greatest value that the network can put out,
            if that is known. With cuts, these are the first events of the stream that pass, and
            the attribute `acceptance` says how many were looked at and failed.
        select: The config's `generated.select`.
        derived: Of the config's `evaluation.derived`, what the cuts use.
    """
    table = open_events(events)
    names, n_events = table.names, n_events or len(table.split("test"))
    fitted, run = load_scaler(scaler, names), identify(recipe, seed, names)
    with (
        open_sealed(generators, "generators", run) as source,
        create_sealed(samples, "samples", run) as target,
    ):
        for count in sorted(source, key=int):
            generate, bounds = read_callable(source[count], len(names), threads)
            group = target.create_group(count)
            for attribute in ("updates", "diverged_step"):
                group.attrs[attribute] = source[count].attrs[attribute]
            if bounds is not None:
                group["edges"] = physical_bounds(*bounds, fitted)
            physical = group.create_dataset("events", (n_events, len(names)), np.float32)
            noise = Noise(recipe, seed, f"sample {count}")
            if select:
                pieces = map(fitted.inverse_transform, stream(generate, noise))
                cuts = Acceptance(select, derived or {}, names)
                passed = take_passing(pieces, cuts, n_events)
                physical[:] = passed.events
                passed.note(group.attrs)
                logging.info("epoch %s: of %d events failed %s", count, passed.drawn, passed.failed)
                continue
            for rows, scaled in generated(generate, noise, n_events):
                physical[rows] = fitted.inverse_transform(scaled)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        sample(
            events=snakemake.input.events,
            generators=snakemake.input.generators,
            scaler=snakemake.input.scaler,
            recipe=snakemake.params.recipe,
            seed=int(snakemake.wildcards.seed),
            n_events=snakemake.params.n_events,
            threads=snakemake.threads,
            samples=snakemake.output.samples,
            select=snakemake.params.select,
            derived=snakemake.params.derived,
        )
