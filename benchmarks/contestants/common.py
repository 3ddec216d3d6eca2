"""What every contestant shares: the task, and how it is told to take steps.

It needs NumPy alone, so that it runs in the environment of any peer.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

# A turn is at least this many steps, however slow they are.
LEAST_STEPS = 4
WARM_UP_STEPS = 64


@dataclass(frozen=True)
class Task:
    """The GAN to train, and the events.

    Args:
        recipe: A complete recipe; peers read its sizes alone.
        features: Columns of the events.
        rows: Rows of the events.
        mapped: Path of a memory-mapped file of the events, or None to make them.
    """

    recipe: dict
    features: int = 7
    rows: int = 100_000
    mapped: str | None = None

    @property
    def noise(self):
        """Numbers in a noise vector."""
        return self.recipe["noise"]["dimension"]

    @property
    def batch(self):
        """Real events in a batch, and generated ones."""
        return self.recipe["batch_size"]

    @property
    def slope(self):
        """LeakyReLU's slope, the same in both networks."""
        return self.recipe["generator"]["slope"]

    @property
    def tanh(self):
        """Whether the generator ends in tanh, else it is linear."""
        return self.recipe["generator"]["head"] == "tanh"

    @property
    def adam(self):
        """Adam's learning rate and beta_1, the same for both networks."""
        options = self.recipe["optimizers"]["generator"]
        return options["learning_rate"], options["beta_1"]

    @property
    def generator(self):
        """The generator's widths, from the noise to the events."""
        return [self.noise, *self.recipe["generator"]["hidden"], self.features]

    @property
    def discriminator(self):
        """The discriminator's widths, from the events to the logit."""
        return [self.features, *self.recipe["discriminator"]["hidden"], 1]

    def parameters(self):
        """Return how many parameters the two networks have.

        >>> recipe = {"noise": {"dimension": 100}, "generator": {"hidden": [50, 25, 5]},
        ...           "discriminator": {"hidden": [4, 4, 4]}}
        >>> Task(recipe).parameters()
        [6497, 77]
        """
        return [
            sum((rows + 1) * columns for rows, columns in pairwise(widths))
            for widths in (self.generator, self.discriminator)
        ]

    def events(self):
        """Return the events, float32 (rows, features)."""
        shape = self.rows, self.features
        if self.mapped:
            return np.memmap(self.mapped, np.float32, mode="r", shape=shape)
        return np.random.default_rng(1).standard_normal(shape, np.float32)


def serve(build):
    """Build a contestant, warm it up, and take steps whenever standard input says so.

    Each line on standard input is the seconds that a turn shall take. Each answer is a line of
    JSON.

    Args:
        build: A function from a `Task` to a contestant, which has `run(steps)` and `weights()`:
            the arrays of the generator and those of the discriminator, as two lists. Of a
            contestant with `TRAINS = False` the weights need not move.
    """
    # Whatever a library prints must not get into the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    task = Task(**json.loads(sys.argv[1]))
    contestant = build(task)
    before = _copies(contestant)
    contestant.run(LEAST_STEPS)
    if getattr(contestant, "TRAINS", True):
        _check(before, _copies(contestant))
    seconds = _timed(contestant, LEAST_STEPS)["cpu"] / LEAST_STEPS
    steps = WARM_UP_STEPS
    while seconds * steps < 0.2:
        seconds = _timed(contestant, steps)["cpu"] / steps
        steps *= 2
    counts = [sum(array.size for array in arrays) for arrays in before]
    print(json.dumps({"parameters": counts}), file=answers)
    for line in sys.stdin:
        steps = max(LEAST_STEPS, int(float(line) / seconds))
        # Whole blocks of ours; it matters to no other.
        steps = -(-steps // 64) * 64 if steps > 64 else steps
        print(json.dumps(_timed(contestant, steps) | _memory(task)), file=answers)


def _timed(contestant, steps):
    wall, cpu = time.perf_counter(), time.process_time()
    contestant.run(steps)
    return {
        "steps": steps,
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
    }


def _copies(contestant):
    return [[np.array(array) for array in arrays] for arrays in contestant.weights()]


def _check(before, after):
    for name, old, new in zip(("generator", "discriminator"), before, after, strict=True):
        for a, b in zip(old, new, strict=True):
            if not np.isfinite(b).all() or (a == b).all():
                message = f"The {name} was not trained. Weights of shape {b.shape} are as before."
                raise RuntimeError(message)


def _memory(task):
    """Return the resident memory in MB: the process's own, and the pages of the events' file.

    The kernel takes the latter back whenever it needs the memory.
    """
    status, maps = Path("/proc/self/status"), Path("/proc/self/smaps")
    if not status.is_file() or not maps.is_file():
        return {}
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    pages, inside = 0, False
    for line in maps.read_text().splitlines():
        if line.split(maxsplit=1)[0].endswith(":"):
            pages += int(line.split()[1]) if inside and line.startswith("Rss:") else 0
        else:
            inside = task.mapped is not None and line.endswith(task.mapped)
    return {
        "own": round(int(fields["RssAnon"].split()[0]) / 1024),
        "file": round(pages / 1024),
    }
