"""Ingest files, each in a process of its own with bounds on its time and memory.

Run as a script, so that the forked processes inherit neither pytest nor its threads:
`python attempts.py FOLDER SECONDS GIGABYTES`, with one JSON object {name: dataset} on standard
input. Each writes `FOLDER/{name}.log` and perhaps `FOLDER/{name}/events.h5`; standard output is a
JSON object of how each ended: its exit status, or minus the signal that killed it.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

from collapse.logs import job_log

from scripts.ingest import ingest


def attempt(dataset, folder, name, seconds, memory):
    """Ingest in a fork of this process; return its exit status, negative for a signal."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 70
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # The processes that a thread waits for in vain die of it too: SIGALRM has no handler.
        signal.alarm(seconds)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with job_log(folder / f"{name}.log"):
            ingest(dataset=dataset, path=folder / name / "events.h5")
        status = 0
    except SystemExit as ended:
        status = ended.code
    finally:
        os._exit(status)


if __name__ == "__main__":
    folder, seconds, memory = Path(sys.argv[1]), int(sys.argv[2]), int(float(sys.argv[3]) * 2**30)
    datasets = json.load(sys.stdin)
    json.dump(
        {name: attempt(d, folder, name, seconds, memory) for name, d in datasets.items()},
        sys.stdout,
    )
