"""One logging set-up for all scripts: the rule's log file and standard error."""

import logging
import sys
from contextlib import contextmanager
from pathlib import Path

from collapse.errors import InputError


@contextmanager
def job_log(path):
    """Log to `path` and standard error while a script runs.

    A user's mistake (`InputError`) is logged as its message alone, anything else with its
    traceback; both end the process with status 1.

    Args:
        path: The rule's log file. Missing folders are made.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        handlers=[logging.FileHandler(path, mode="w"), logging.StreamHandler()],
        force=True,
    )
    logging.captureWarnings(True)
    try:
        yield
    except InputError as error:
        logging.error("%s", error)
        sys.exit(1)
    except Exception:
        logging.exception("This is a defect of the workflow, please report it with this log:")
        sys.exit(1)
