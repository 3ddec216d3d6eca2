"""Records what a Python process's imports take. Python imports this at its start.

Written at the process's end as JSON: `stage`, and CPU seconds of the `interpreter` before this, of
the `imports` and of `all`.
"""

import atexit
import importlib
import json
import os
import sys
import time
from pathlib import Path

_interpreter = time.process_time()
_imports, _depth = 0.0, 0
# All imports of a module that isn't loaded yet come through here; `__import__` would miss those of
# importlib.
_find = importlib._bootstrap._find_and_load


def _timed(name, import_):
    global _imports, _depth
    _depth += 1
    start = time.process_time()
    try:
        return _find(name, import_)
    finally:
        _depth -= 1
        if _depth == 0:
            _imports += time.process_time() - start


def _stage():
    """Return the rule of a Snakemake script, `.snakemake/scripts/tmpabc.train.py`."""
    script = Path(sys.argv[0])
    if script.parent.name == "scripts" and script.name.startswith("tmp"):
        return script.name.split(".")[-2]
    return "Snakemake" if "snakemake" in str(script) else "other Python"


@atexit.register
def _write():
    record = {
        "stage": _stage(),
        "interpreter": _interpreter,
        "imports": _imports,
        "all": time.process_time(),
    }
    path = Path(os.environ["COLLAPSE_RECORDS"], f"{os.getpid()}.json")
    path.write_text(json.dumps(record))


if "COLLAPSE_RECORDS" in os.environ:
    importlib._bootstrap._find_and_load = _timed
else:
    atexit.unregister(_write)
