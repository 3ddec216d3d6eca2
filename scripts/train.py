"""Train one leg of a run."""

import hashlib
import logging
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from collapse.events.store import open_events
from collapse.files import write_csv
from collapse.gan import runtime
from collapse.gan.checkpoint import load_checkpoint, save_checkpoint
from collapse.gan.engine import Engine
from collapse.gan.own_networks import check_digest, reraised
from collapse.gan.progress import Progress
from collapse.gan.recovery import Recovery
from collapse.gan.registry import Recipe
from collapse.gan.training import HISTORY, TIMING, Leg, fingerprint, scale, trace_epochs
from collapse.logs import job_log
from collapse.scaling import load_scaler
from collapse.sealed import create_sealed, identify


def train(
    *, events: Path | str, scaler: Path | str, previous: Path | str | None, dataset: str, name: str,
    recipe: Recipe, seed: int, counts: Sequence[int], steps_per_epoch: int | None, threads: int,
    checkpoint: Path | str, generators: Path | str, history: Path | str, trace: Path | str,
    timing: Path | str, networks: str | None = None, code: str = "",
    programs: Path | str | None = None, recovery: Path | str | None = None,
    recovery_seconds: float = 300,
) -> None:  # fmt: skip
    """Train from the checkpoint before to the last epoch count of this leg.

    A leg of which there is a recovery point goes on from there, and gives the same bytes.

    Args:
        events: Path of the events file.
        scaler: Path of the fitted scaler.
        previous: Path of the checkpoint at the end of the leg before, or None.
        dataset: The dataset's name.
        name: The recipe's name.
        recipe: The complete recipe.
        seed: The run's seed.
        counts: The leg's epoch counts, increasing.
        steps_per_epoch: Steps in an epoch, or None for training events over batch size.
        threads: Threads to use.
        checkpoint: Where the state at the end goes.
        generators: Where the generator's weights at each count go.
        history: Where the losses and gradient norms of each epoch go, as CSV.
        trace: Where the events from fixed noise at log-spaced epochs go.
        timing: Where the seconds go, as CSV.
        networks: The SHA-256 of the file of networks that the recipe names, or None.
        code: The digest of the code; no recovery point of another is used.
        programs: The folder of compiled programs, or None to keep none.
        recovery: Path of the recovery point, or None for none.
        recovery_seconds: Seconds between two recovery points.
    """
    if networks:
        check_digest(recipe["networks"], networks)
    table = open_events(events)
    fitted, training = load_scaler(scaler, table.names), table.split("train")
    steps_per_epoch = steps_per_epoch or max(1, len(training) // recipe["batch_size"])
    made_by = fingerprint(
        recipe=recipe,
        networks=networks,
        seed=seed,
        steps_per_epoch=steps_per_epoch,
        features=table.names,
        events=len(training),
        scaler=hashlib.sha256(Path(scaler).read_bytes()).hexdigest(),
    )
    with tempfile.TemporaryFile() as file:
        with runtime.kept_programs(programs, recipe=recipe):
            runtime.set_up(threads)
            engine = Engine(recipe, len(table.names), seed, steps_per_epoch, table.names)
            if previous:
                load_checkpoint(previous, engine, made_by)
            data = scale(fitted, training, file)
            with reraised(recipe["networks"], "training fails") if networks else nullcontext():
                engine.compile(data)
        leg = Leg(engine, fitted, data, recipe, seed, steps_per_epoch)
        traced = trace_epochs(leg.first_epoch if previous else -1, counts[-1])
        key = fingerprint(run=made_by, code=code, counts=counts, first=engine.step)
        startup = time.process_time()
        with Recovery(recovery, recovery_seconds, key) as point:
            if point.load(leg.read):
                logging.info("Going on from step %d, a recovery point", engine.step)
            title = f"{name}, seed {seed}"
            progress = Progress(engine.step, counts[-1], steps_per_epoch, title)
            leg.train(traced, counts, point, progress)
            run = identify(recipe, seed, table.names)
            with create_sealed(generators, "generators", run) as target:
                leg.write_generators(target)
            write_csv(history, HISTORY, [(dataset, name, seed, *row) for row in leg.rows])
            with create_sealed(trace, "traces", run) as target:
                leg.write_trace(target)
            seconds = round(leg.cpu_seconds, 3), round(startup, 3)
            kept = " ".join(map(str, counts))
            write_csv(timing, TIMING, [(leg.steps, *seconds, kept)])
            save_checkpoint(checkpoint, engine, made_by)
            point.remove()


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        train(
            events=snakemake.input.events,
            scaler=snakemake.input.scaler,
            previous=snakemake.input.get("previous"),
            dataset=snakemake.wildcards.dataset,
            name=snakemake.wildcards.recipe,
            recipe=snakemake.params.recipe,
            seed=int(snakemake.wildcards.seed),
            counts=snakemake.params.counts,
            steps_per_epoch=snakemake.params.steps_per_epoch,
            threads=snakemake.threads,
            checkpoint=snakemake.output.checkpoint,
            generators=snakemake.output.generators,
            history=snakemake.output.history,
            trace=snakemake.output.trace,
            timing=snakemake.output.timing,
            networks=snakemake.params.networks,
            code=snakemake.params.code,
            programs=Path(".snakemake", "xla"),
            recovery=snakemake.params.recovery,
            recovery_seconds=float(snakemake.resources.recovery_seconds),
        )
