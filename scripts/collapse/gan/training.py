"""What a leg trains and keeps: weights at its counts, a history, a trace, and recovery points."""

import hashlib
import json
import logging
import time
from collections.abc import Collection
from typing import IO, TYPE_CHECKING, Any

import h5py
import numpy as np

from collapse.gan.block import BLOCK, RECORDS
from collapse.gan.checkpoint import read_state, write_state
from collapse.gan.generators import describe_generator, generator_arrays, write_generator
from collapse.gan.noise import Noise
from collapse.gan.progress import Progress
from collapse.gan.recovery import Recovery
from collapse.gan.registry import Recipe
from collapse.streams import Stream

if TYPE_CHECKING:
    from collapse.gan.engine import Engine
    from collapse.scaling import Scaler

# The columns of history.csv, the last of them those of `Leg.rows`, and of timing.csv.
HISTORY = ("dataset", "recipe", "seed", "epoch", "updates", *RECORDS)
TIMING = ("steps", "training_cpu_seconds", "startup_cpu_seconds", "counts")

TRACED_EVENTS = 500
_TRACES = ("events", "logits_generated", "logits_real")
_SCALED_ROWS = 100_000
# Steps are cut into pieces of about this long, so that a job that is told to stop soon does.
_PIECE_SECONDS = 0.5
_MOST_BLOCKS = 64


def trace_epochs(first: int, last: int) -> list[int]:
    """List the epochs of the trace in (first, last]: 40 a decade, evenly in the logarithm.

    The grid depends on nothing else, so that a longer training has the same trace up to here.
    Before the first epoch is epoch 0, of the networks that haven't been trained.

    >>> trace_epochs(0, 20)
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
    >>> trace_epochs(-1, 3)
    [0, 1, 2, 3]
    >>> len(trace_epochs(0, 100_000)) <= 200
    True
    """
    grid = {0} | {round(10 ** (k / 40)) for k in range(321)}
    return sorted(epoch for epoch in grid if first < epoch <= last)


def fingerprint(**content: Any) -> str:
    """Return the SHA-256 of what a state depends on, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def scale(scaler: "Scaler", training: np.ndarray, file: IO[bytes]) -> np.ndarray:
    """Return the scaled training events as a map of a file without a name, made by pieces.

    Without a name, so that nothing is left of it even after SIGKILL.
    """
    data = np.memmap(file, np.float32, mode="w+", shape=training.shape)
    for start in range(0, len(training), _SCALED_ROWS):
        rows = slice(start, start + _SCALED_ROWS)
        data[rows] = scaler.transform(training[rows])
    return data


class Leg:
    """A leg in training.

    Args:
        engine: The `Engine`, at the leg's start.
        scaler: The fitted `Scaler`.
        data: The scaled training events.
        recipe: A complete recipe.
        seed: The run's seed.
        steps_per_epoch: Steps in an epoch.

    Attributes:
        first_epoch: Epochs done before this leg.
        cpu_seconds: What training took, with that before the recovery point.
        rows: Rows of the history: the epoch, the updates at its end, the mean of each record.
    """

    def __init__(
        self, engine: "Engine", scaler: "Scaler", data: np.ndarray,
        recipe: Recipe, seed: int, steps_per_epoch: int,
    ) -> None:  # fmt: skip
        self._engine, self._scaler, self._data = engine, scaler, data
        self._steps_per_epoch = steps_per_epoch
        self._described = describe_generator(engine.sampler)
        self._first_step = engine.step
        self.first_epoch = -(-engine.step // steps_per_epoch)
        self.cpu_seconds = 0.0
        self._noise = Noise(recipe, seed, "trace").draw(TRACED_EVENTS, 0)
        rows = Stream(seed, "traced rows").at(0).integers(len(data), size=TRACED_EVENTS)
        self._real = np.array(data[rows])
        self.rows: list[tuple[float, ...]] = []
        # The records of the steps of an epoch that hasn't ended.
        self._begun = np.empty((0, len(RECORDS)), np.float32)
        # Epoch -> (events, D's logits of them, of real ones); count -> (weights, step, diverged).
        self._looks: dict[int, tuple[np.ndarray, ...]] = {}
        self._kept: dict[int, tuple[dict[str, np.ndarray], int, int | None]] = {}

    @property
    def steps(self) -> int:
        """Steps done in this leg."""
        return self._engine.step - self._first_step

    def train(
        self, traced: Collection[int], counts: Collection[int],
        recovery: Recovery, progress: Progress,
    ) -> None:  # fmt: skip
        """Train to the last count, and keep what is asked for on the way.

        Args:
            traced: The epochs of the trace.
            counts: The epoch counts.
            recovery: Told after every piece.
            progress: Told as well.
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
                progress.tell(engine.step, self.rows[-1][2:4] if self.rows else None)
                self.cpu_seconds = time.process_time() - before
                recovery.tell(self.write)
            if stop in traced and stop not in self._looks:
                self._looks[stop] = self._look()
            if stop in counts and stop not in self._kept:
                self._kept[stop] = (
                    generator_arrays(engine.sampler),
                    engine.step,
                    engine.diverged_step,
                )
        if engine.diverged_step is not None:
            self._end_diverged(engine.diverged_step)
        self.cpu_seconds = time.process_time() - before
        progress.end(engine.step)

    def _record(self, record: np.ndarray) -> None:
        self._begun = np.concatenate([self._begun, record])
        size = self._steps_per_epoch
        while len(self._begun) >= size:
            self._close_epoch(self._begun[:size])
            self._begun = self._begun[size:]

    def _close_epoch(self, record: np.ndarray) -> None:
        epoch = self.first_epoch + len(self.rows)
        updates = epoch * self._steps_per_epoch + len(record)
        means = record.mean(axis=0, dtype=np.float64).tolist()
        self.rows.append((epoch + 1, updates, *means))

    def _end_diverged(self, step: int) -> None:
        if len(self._begun):
            self._close_epoch(self._begun)
        epoch = -(-step // self._steps_per_epoch)
        message = "The training diverged at step %d (epoch %d): a loss or a gradient is not finite."
        logging.warning(message, step, epoch)

    def _look(self) -> tuple[np.ndarray, ...]:
        fake = self._engine.generate(self._noise)
        judged = self._engine.judge(fake), self._engine.judge(self._real)
        return self._scaler.inverse_transform(fake), *judged

    def write(self, file: h5py.File) -> None:
        """Write all that `read` needs to go on from here."""
        file["cpu_seconds"], file["begun"] = self.cpu_seconds, self._begun
        file["rows"] = np.array(self.rows, np.float64).reshape(-1, 2 + len(RECORDS))
        write_state(file.create_group("state"), self._engine)
        self.write_generators(file.create_group("generators"))
        self.write_trace(file.create_group("trace"))

    def read(self, file: h5py.File) -> None:
        """Set everything to what `write` wrote."""
        self.cpu_seconds, self._begun = float(file["cpu_seconds"][()]), file["begun"][()]
        self.rows = [(int(row[0]), int(row[1]), *row[2:].tolist()) for row in file["rows"][()]]
        read_state(file["state"], self._engine)
        trace = file["trace"]
        looks = zip(*(trace[name][()] for name in _TRACES), strict=True)
        self._looks = dict(zip(trace["epochs"][()].tolist(), looks, strict=True))
        for count in sorted(file["generators"], key=int):
            group = file["generators"][count]
            weights = {name: array[()] for name, array in group["weights"].items()}
            diverged_step = int(group.attrs["diverged_step"]) or None
            self._kept[int(count)] = weights, int(group.attrs["updates"]), diverged_step

    def write_generators(self, file: h5py.Group) -> None:
        """Write the generator at each count, a group each."""
        for count, (arrays, step, diverged_step) in self._kept.items():
            group = file.create_group(str(count))
            write_generator(group, arrays, self._described, step, diverged_step)

    def write_trace(self, file: h5py.Group) -> None:
        """Write `epochs` (k,), `events` (k, 500, d) and D's logits, (k, 500) each."""
        file["epochs"] = np.array(list(self._looks), np.int64)
        for i, name in enumerate(_TRACES):
            file[name] = np.array([look[i] for look in self._looks.values()], np.float32)
