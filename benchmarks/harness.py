"""Races: each contestant in a process of its own on the same core, in turns."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONTESTANTS = ROOT / "benchmarks" / "contestants"

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "CUDA_VISIBLE_DEVICES": "",
    "JAX_PLATFORMS": "cpu",
    "KERAS_BACKEND": "tensorflow",
}
# These would fix the kernels that NumPy's library chooses for this processor itself.
_UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "TF_XLA_FLAGS")


@dataclass
class Result:
    """What a contestant did.

    Attributes:
        parameters: Parameters of the generator and the discriminator.
        turns: What each turn took: dicts of `steps`, `wall` and `cpu` seconds, and memory in MB.
    """

    parameters: list[int]
    turns: list[dict] = field(default_factory=list)

    def milliseconds(self):
        """Return the ms per step of each turn, in CPU time, which other load touches least.

        With one thread on one core that is the time on the clock, if the core is free.
        """
        return [1000 * turn["cpu"] / turn["steps"] for turn in self.turns]

    @property
    def best(self):
        """The ms per step of the quickest turn. Other load can only add to it."""
        return min(self.milliseconds())

    @property
    def median(self):
        """The median of the ms per step."""
        return statistics.median(self.milliseconds())

    @property
    def busy(self):
        """The share of the time in which the process had its core."""
        return sum(turn["cpu"] for turn in self.turns) / sum(turn["wall"] for turn in self.turns)


class _Process:
    """A contestant that waits for its turn."""

    def __init__(self, name, python, script, task):
        self._name = name
        environment = {key: value for key, value in os.environ.items() if key not in _UNSET}
        # A pipe that nobody reads would stop a contestant that says much.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [str(python), str(CONTESTANTS / f"{script}.py"), json.dumps(task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment | _ONE_THREAD,
        )

    def turn(self, seconds):
        """Let it take its turn, and return what it says."""
        try:
            self._process.stdin.write(f"{seconds}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.answer()

    def answer(self):
        """Wait for its next answer."""
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            message = f"{self._name} stopped:\n{self._errors.read()[-3000:]}"
            raise RuntimeError(message)
        return json.loads(line)

    def end(self):
        """End it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
        self._errors.close()


def race(entries, *, seconds, rounds, say=lambda text: print(text, file=sys.stderr, flush=True)):
    """Let contestants take steps in turns, so that all meet the same machine.

    All of them wait, warm, while one takes its turn.

    Args:
        entries: Name -> (Python to run it, script in `contestants`, arguments of its `Task`).
        seconds: How long a turn takes, about.
        rounds: Turns of each.
        say: Told of the progress.

    Returns:
        Name -> `Result`.
    """
    free = _pin()
    processes, results = {}, {}
    try:
        for name, entry in entries.items():
            say(f"  starting {name}")
            processes[name] = _Process(name, *entry)
            results[name] = Result(processes[name].answer()["parameters"])
        for i in range(rounds):
            say(f"  round {i + 1} of {rounds}")
            for name, process in processes.items():
                results[name].turns.append(process.turn(seconds))
    finally:
        for process in processes.values():
            process.end()
        if free:
            os.sched_setaffinity(0, free)
    return results


def _pin():
    """Keep this process, and those that it starts, to one core; return what was allowed before."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    free = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(free)})
    return free


def has(python, module):
    """Tell whether a Python has a module."""
    if not Path(python).is_file():
        return False
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([str(python), "-c", code], check=False).returncode == 0


def version(python, distribution):
    """Return the version of an installed distribution."""
    code = f"from importlib.metadata import version; print(version({distribution!r}))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "?"
