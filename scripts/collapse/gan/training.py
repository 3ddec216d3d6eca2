"""Train one leg of a run, from its start or from the checkpoint before it."""

import hashlib
import json
import logging
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from collapse.events.store import open_events
from collapse.files import whole, write_csv
from collapse.gan import runtime
from collapse.gan.checkpoint import load_checkpoint, save_checkpoint, write_generator
from collapse.gan.engine import BLOCK, RECORDS, Engine, Noise
from collapse.scaling import load_scaler
from collapse.streams import Stream

TRACED_EVENTS = 500
_SCALED_ROWS = 100_000
_PROGRESS_SECONDS = 10


def train(
    *, events, scaler, previous, recipe, seed, counts, steps_per_epoch, threads,
    checkpoint, generators, history, trace, timing,
):  # fmt: skip
    """Train from the checkpoint before to the last epoch count of this leg.

    Args:
        events: Path of the events file.
        scaler: Path of the fitted scaler.
        previous: Path of the checkpoint at the end of the leg before, or None.
        recipe: A complete recipe.
        seed: The run's seed.
        counts: The leg's epoch counts, increasing.
        steps_per_epoch: Steps in an epoch, or None for training events over batch size.
        threads: Threads to use.
        checkpoint: Where the state at the end goes.
        generators: Where the generator's weights at each count go.
        history: Where the losses and gradient norms of each epoch go, as CSV.
        trace: Where the events from fixed noise at log-spaced epochs go.
        timing: Where the seconds go, as CSV.
    """
    runtime.set_up(threads)
    table, fitted = open_events(events), load_scaler(scaler)
    training = table.split("train")
    steps_per_epoch = steps_per_epoch or max(1, len(training) // recipe["batch_size"])
    fingerprint = _fingerprint(
        recipe=recipe,
        seed=seed,
        steps_per_epoch=steps_per_epoch,
        features=table.names,
        events=len(training),
        scaler=hashlib.sha256(Path(scaler).read_bytes()).hexdigest(),
    )
    engine = Engine(recipe, len(table.features), seed)
    if previous:
        load_checkpoint(previous, engine, fingerprint)
    epoch, last = -(-engine.step // steps_per_epoch), counts[-1]
    traced = trace_epochs(epoch, last)
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        whole(generators) as generators_part,
        h5py.File(generators_part, "w") as generators_file,
    ):
        data = _scale(fitted, training, Path(folder) / "scaled")
        watch = _Watch(engine, fitted, data, recipe, seed)
        if not previous:
            watch.look(0)
        engine.compile(data)
        progress = _Progress(epoch, last, steps_per_epoch)
        # Whole blocks where epochs are short, and a line of progress in time where they are long.
        stride = max(1, 16 * BLOCK // steps_per_epoch)
        for stop in sorted({*traced, *counts}):
            while epoch < stop and engine.diverged_step is None:
                end = min(stop, epoch + stride)
                record = engine.advance(data, end * steps_per_epoch - engine.step)
                rows.extend(_by_epoch(record, epoch, steps_per_epoch))
                epoch = end
                progress.tell(epoch, rows[-1])
            if stop in traced:
                watch.look(stop)
            if stop in counts:
                write_generator(generators_file.create_group(str(stop)), engine)
        progress.end()
    if engine.diverged_step is not None:
        logging.warning(
            "The training diverged at step %d (epoch %d): a loss or a gradient is not finite.",
            engine.diverged_step,
            -(-engine.diverged_step // steps_per_epoch),
        )
    watch.save(trace)
    write_csv(history, ("epoch", "updates", *RECORDS), rows)
    progress.save(timing)
    save_checkpoint(checkpoint, engine, fingerprint)


def trace_epochs(first, last):
    """List the epochs of the trace in (first, last]: 40 a decade, evenly in the logarithm.

    The grid depends on nothing else, so that a longer training has the same trace up to here.

    >>> trace_epochs(0, 20)
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
    >>> len(trace_epochs(0, 100_000)) <= 200
    True
    """
    grid = {round(10 ** (k / 40)) for k in range(321)}
    return sorted(epoch for epoch in grid if first < epoch <= last)


def _fingerprint(**content):
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _scale(scaler, training, path):
    """Return the scaled training events as a memory map, made piece by piece."""
    data = np.memmap(path, np.float32, mode="w+", shape=training.shape)
    for start in range(0, len(training), _SCALED_ROWS):
        rows = slice(start, start + _SCALED_ROWS)
        data[rows] = scaler.transform(training[rows])
    return data


def _by_epoch(record, epoch, steps_per_epoch):
    """Average a record of steps, (steps, 4), over epochs; a diverged epoch may be shorter."""
    rows = []
    for start in range(0, len(record), steps_per_epoch):
        piece = record[start : start + steps_per_epoch]
        updates = (epoch + len(rows)) * steps_per_epoch + len(piece)
        means = piece.mean(axis=0, dtype=np.float64).tolist()
        rows.append((epoch + len(rows) + 1, updates, *means))
    return rows


class _Watch:
    """The trace: what fixed noise becomes, and what the discriminator makes of it."""

    def __init__(self, engine, scaler, data, recipe, seed):
        self._engine, self._scaler = engine, scaler
        self._noise = Noise(recipe["noise"], seed, "trace").draw(TRACED_EVENTS, 0)
        rows = Stream(seed, "traced rows").at(0).integers(len(data), size=TRACED_EVENTS)
        self._real = np.array(data[rows])
        self._looks = []

    def look(self, epoch):
        """Record one epoch."""
        fake = self._engine.generate(self._noise)
        judged = self._engine.judge(fake), self._engine.judge(self._real)
        self._looks.append((epoch, self._scaler.inverse_transform(fake), *judged))

    def save(self, path):
        """Write the trace: epochs (k,), events (k, 500, d), logits of D (k, 500) each."""
        epochs, *arrays = zip(*self._looks, strict=True) if self._looks else ((), (), (), ())
        with whole(path) as part, h5py.File(part, "w") as file:
            file["epochs"] = np.array(epochs, np.int64)
            for name, looks in zip(
                ("events", "logits_generated", "logits_real"), arrays, strict=True
            ):
                file[name] = np.array(looks, np.float32)


class _Progress:
    """A line in the job's log every ten seconds, and the seconds that training took."""

    def __init__(self, epoch, last, steps_per_epoch):
        self._first, self._epoch, self._last = epoch, epoch, last
        self._steps_per_epoch = steps_per_epoch
        self._startup_cpu, self._start = time.process_time(), time.monotonic()
        self._told = self._start

    def tell(self, epoch, row):
        """Note an epoch's end; log it when the last line is old enough."""
        self._epoch, now = epoch, time.monotonic()
        if now - self._told >= _PROGRESS_SECONDS:
            self._told = now
            self._log(epoch, row, now - self._start)

    def _log(self, epoch, row, seconds):
        rate = (epoch - self._first) / seconds
        logging.info(
            "epoch %d of %d: discriminator loss %.4g, generator loss %.4g, %.0f steps/s, "
            "%.0f s left",
            epoch,
            self._last,
            *row[2:4],
            rate * self._steps_per_epoch,
            (self._last - epoch) / rate,
        )

    def end(self):
        """Stop the clocks and log the total."""
        self._training_cpu = time.process_time() - self._startup_cpu
        steps = (self._epoch - self._first) * self._steps_per_epoch
        seconds = time.monotonic() - self._start
        logging.info("%d steps in %.1f s, %.0f steps/s", steps, seconds, steps / seconds)
        self._steps = steps

    def save(self, path):
        """Write the seconds: the only output that differs from one training to the next."""
        write_csv(
            path,
            ("steps", "training_cpu_seconds", "startup_cpu_seconds"),
            [(self._steps, round(self._training_cpu, 3), round(self._startup_cpu, 3))],
        )
