"""Train one leg of a run, from its start, the checkpoint before it or a recovery point."""

import hashlib
import json
import logging
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from collapse.events.store import open_events
from collapse.files import write_csv
from collapse.gan import runtime
from collapse.gan.checkpoint import (
    assign_state,
    load_checkpoint,
    save_checkpoint,
    state_arrays,
)
from collapse.gan.engine import BLOCK, RECORDS, Engine
from collapse.gan.generators import describe_generator, generator_arrays, write_generator
from collapse.gan.noise import Noise
from collapse.gan.own_networks import check_digest, reraised
from collapse.gan.progress import Progress
from collapse.gan.recovery import Recovery
from collapse.scaling import load_scaler
from collapse.sealed import create_sealed, identify
from collapse.streams import Stream

TRACED_EVENTS = 500
RECOVERY_SECONDS = 300
_SCALED_ROWS = 100_000
# Steps are cut into pieces of about this long, so that a job that is told to stop soon does.
_PIECE_SECONDS = 0.5
_MOST_BLOCKS = 64


def train(
    *, events, scaler, previous, recipe, seed, counts, steps_per_epoch, threads,
    checkpoint, generators, history, trace, timing,
    networks=None, title="", code="", programs=None,
    recovery=None, recovery_seconds=RECOVERY_SECONDS,
):  # fmt: skip
    """Train from the checkpoint before to the last epoch count of this leg.

    A leg of which there is a recovery point goes on from there, and gives the same bytes.

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
        networks: The SHA-256 of the file of networks that the recipe names, or None.
        title: What progress calls the training.
        code: The digest of the code; no recovery point of another is used.
        programs: The folder of compiled programs, or None to keep none.
        recovery: Path of the recovery point, or None for none.
        recovery_seconds: Seconds between two recovery points.
    """
    if networks:
        check_digest(recipe["networks"], networks)
    compiled = runtime.Programs(programs, recipe=recipe)
    runtime.set_up(threads)
    table = open_events(events)
    fitted = load_scaler(scaler, table.names)
    training = table.split("train")
    steps_per_epoch = steps_per_epoch or max(1, len(training) // recipe["batch_size"])
    fingerprint = _fingerprint(
        recipe=recipe,
        networks=networks,
        seed=seed,
        steps_per_epoch=steps_per_epoch,
        features=table.names,
        events=len(training),
        scaler=hashlib.sha256(Path(scaler).read_bytes()).hexdigest(),
    )
    engine = Engine(recipe, len(table.features), seed, steps_per_epoch, table.names)
    if previous:
        load_checkpoint(previous, engine, fingerprint)
    with tempfile.TemporaryFile() as file:
        data = _scale(fitted, training, file)
        with reraised(recipe["networks"], "training fails") if networks else nullcontext():
            compiled.compile(lambda: engine.compile(data))
        leg = _Leg(engine, fitted, data, recipe, seed, steps_per_epoch)
        traced = trace_epochs(leg.first_epoch, counts[-1])
        if not previous:
            traced.insert(0, 0)
        key = _fingerprint(run=fingerprint, code=code, counts=counts, first=engine.step)
        startup = time.process_time()
        with Recovery(recovery, recovery_seconds, key) as point:
            found = point.load()
            if found is not None:
                leg.restore(found)
                logging.info("Going on from step %d, a recovery point", engine.step)
            progress = Progress(engine.step, counts[-1], steps_per_epoch, title)
            leg.train(traced, counts, point, progress)
            if engine.diverged_step is not None:
                logging.warning(
                    "The training diverged at step %d (epoch %d): a loss or a gradient is not "
                    "finite.",
                    engine.diverged_step,
                    -(-engine.diverged_step // steps_per_epoch),
                )
            leg.save(generators, history, trace, identify(recipe, seed, table.names))
            write_csv(
                timing,
                ("steps", "training_cpu_seconds", "startup_cpu_seconds"),
                [(leg.steps, round(leg.cpu_seconds, 3), round(startup, 3))],
            )
            save_checkpoint(checkpoint, engine, fingerprint)
            point.remove()


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


def _scale(scaler, training, file):
    """Return the scaled training events as a map of a file without a name, made by pieces.

    Without a name, so that nothing is left of it even after SIGKILL.
    """
    data = np.memmap(file, np.float32, mode="w+", shape=training.shape)
    for start in range(0, len(training), _SCALED_ROWS):
        rows = slice(start, start + _SCALED_ROWS)
        data[rows] = scaler.transform(training[rows])
    return data


class _Leg:
    """What a leg trains and keeps.

    Attributes:
        first_epoch: Epochs done before this leg.
        cpu_seconds: What training took, with that before the recovery point.
    """

    def __init__(self, engine, scaler, data, recipe, seed, steps_per_epoch):
        self._engine, self._scaler, self._data = engine, scaler, data
        self._steps_per_epoch = steps_per_epoch
        self._described = describe_generator(engine.sampler)
        self._first_step = engine.step
        self.first_epoch = -(-engine.step // steps_per_epoch)
        self.cpu_seconds = 0.0
        self._noise = Noise(recipe, seed, "trace").draw(TRACED_EVENTS, 0)
        rows = Stream(seed, "traced rows").at(0).integers(len(data), size=TRACED_EVENTS)
        self._real = np.array(data[rows])
        # Rows of the history; the records of the steps of an epoch that hasn't ended.
        self._rows, self._begun = [], np.empty((0, len(RECORDS)), np.float32)
        # Epoch -> (events, D's logits of them, of real ones); count -> (weights, step, diverged).
        self._looks, self._kept = {}, {}

    @property
    def steps(self):
        """Steps done in this leg."""
        return self._engine.step - self._first_step

    def train(self, traced, counts, recovery, progress):
        """Train to the last count, and keep what is asked for on the way.

        Args:
            traced: The epochs of the trace.
            counts: The epoch counts.
            recovery: A `Recovery`, told after every piece.
            progress: A `Progress`, told as well.
        """
        engine, blocks, before = self._engine, 1, time.process_time() - self.cpu_seconds
        for stop in sorted({*traced, *counts}):
            end = stop * self._steps_per_epoch
            while engine.step < end and engine.diverged_step is None:
                start = time.monotonic()
                self._record(engine.advance(self._data, min(blocks * BLOCK, end - engine.step)))
                # However the steps are cut into pieces, the bytes are the same.
                if time.monotonic() - start < _PIECE_SECONDS / 2:
                    blocks = min(2 * blocks, _MOST_BLOCKS)
                progress.tell(engine.step, self._rows[-1][2:4] if self._rows else None)
                self.cpu_seconds = time.process_time() - before
                recovery.tell(self.state)
            if stop in traced and stop not in self._looks:
                self._looks[stop] = self._look()
            if stop in counts and stop not in self._kept:
                self._kept[stop] = generator_arrays(engine), engine.step, engine.diverged_step
        if len(self._begun):
            # The epoch in which the training diverged.
            self._close_epoch(self._begun)
        self.cpu_seconds = time.process_time() - before
        progress.end(engine.step)

    def _record(self, record):
        self._begun = np.concatenate([self._begun, record])
        size = self._steps_per_epoch
        while len(self._begun) >= size:
            self._close_epoch(self._begun[:size])
            self._begun = self._begun[size:]

    def _close_epoch(self, record):
        epoch = self.first_epoch + len(self._rows)
        updates = epoch * self._steps_per_epoch + len(record)
        means = record.mean(axis=0, dtype=np.float64).tolist()
        self._rows.append((epoch + 1, updates, *means))

    def _look(self):
        fake = self._engine.generate(self._noise)
        judged = self._engine.judge(fake), self._engine.judge(self._real)
        return self._scaler.inverse_transform(fake), *judged

    def state(self):
        """Return all that `restore` needs, arrays by name."""
        state = {
            "cpu_seconds": np.array(self.cpu_seconds),
            "begun": self._begun,
            "rows": np.array(self._rows, np.float64).reshape(-1, 2 + len(RECORDS)),
        }
        state |= {f"state {name}": array for name, array in state_arrays(self._engine).items()}
        for epoch, look in self._looks.items():
            state |= {f"look {epoch} {i}": array for i, array in enumerate(look)}
        for count, (arrays, step, diverged_step) in self._kept.items():
            state[f"kept {count} "] = np.array([step, diverged_step or 0])
            state |= {f"kept {count} {name}": array for name, array in arrays.items()}
        return state

    def restore(self, state):
        """Set everything to what `state` returned."""
        self.cpu_seconds, self._begun = float(state["cpu_seconds"]), state["begun"]
        self._rows = [(int(row[0]), int(row[1]), *row[2:].tolist()) for row in state["rows"]]
        groups = {"state": {}, "look": {}, "kept": {}}
        for name, array in state.items():
            group, _, rest = name.partition(" ")
            if group in groups:
                groups[group][rest] = array
        assign_state(self._engine, groups["state"])
        for name, array in groups["look"].items():
            epoch, place = map(int, name.split())
            self._looks.setdefault(epoch, [None] * 3)[place] = array
        kept = {}
        for name, array in groups["kept"].items():
            count, _, rest = name.partition(" ")
            kept.setdefault(int(count), {})[rest] = array
        for count, arrays in kept.items():
            step, diverged_step = map(int, arrays.pop(""))
            self._kept[count] = arrays, step, diverged_step or None

    def save(self, generators, history, trace, run):
        """Write the generators, the history and the trace.

        The trace has `epochs` (k,), `events` (k, 500, d) and D's logits, (k, 500) each. Both are
        sealed as files of `run`.
        """
        with create_sealed(generators, "generators", run) as file:
            for count, (arrays, step, diverged_step) in self._kept.items():
                group = file.create_group(str(count))
                write_generator(group, arrays, self._described, step, diverged_step)
        write_csv(history, ("epoch", "updates", *RECORDS), self._rows)
        with create_sealed(trace, "traces", run) as file:
            file["epochs"] = np.array(list(self._looks), np.int64)
            for i, name in enumerate(("events", "logits_generated", "logits_real")):
                file[name] = np.array([look[i] for look in self._looks.values()], np.float32)
