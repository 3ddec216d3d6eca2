import logging
import os
import subprocess
import sys
import warnings

import pytest
from collapse.logs import SHOWN_LATER, job_log, last_errors


@pytest.mark.parametrize(
    ("line", "says", "trace"),
    [
        ("raise InputError('Expected a. Received: b.')", "Expected a. Received: b.", False),
        ("raise RuntimeError('ours')", "defect of the workflow", True),
    ],
)
@pytest.mark.parametrize("later", [False, True])
def test_a_mistake_is_a_message_and_a_defect_a_traceback(
    line, says, trace, later, tmp_path, root, monkeypatch
):
    """In the log in any case, on the screen unless the workflow shows it at its end."""
    monkeypatch.setenv(SHOWN_LATER, "1" if later else "")
    log = tmp_path / "logs" / "a.log"
    code = (
        "from collapse.logs import job_log\nfrom collapse.errors import InputError\n"
        f"with job_log({str(log)!r}):\n    {line}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root / "scripts", capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr or later
    assert not (done.stderr and later)
    for text in filter(None, (done.stderr, log.read_text())):
        assert says in text
        assert ("Traceback" in text) == trace


def test_warnings_reach_the_log(tmp_path):
    root, handlers = logging.getLogger(), logging.getLogger().handlers[:]
    with job_log(tmp_path / "a.log"), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("a warning", stacklevel=1)
        logging.info("a line")
    logging.captureWarnings(False)
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    text = (tmp_path / "a.log").read_text()
    assert "a warning" in text
    assert "a line" in text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("raise OSError(28, 'No space left on device', 'a.h5')", "a.h5: no room is left"),
        ("raise RuntimeError('unable to flush (errno = 28, ...)')", "no room is left"),
        ("raise OSError(30, 'Read-only file system', 'a.h5')", "can only be read"),
        ("raise ValueError from OSError(122, 'Disk quota exceeded')", "quota"),
    ],
)
def test_a_disk_that_fails_is_a_sentence(line, says, tmp_path, root):
    """Also where not even the log can be written."""
    code = (
        f"from collapse.logs import job_log\nwith job_log({str(tmp_path / 'file/a.log')!r}):\n"
        f"    {line}\n"
    )
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root / "scripts", capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert says in done.stderr
    assert "There is no log file" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_message_of_odd_characters_is_logged(tmp_path, root):
    log = tmp_path / "a.log"
    code = (
        "from collapse.logs import job_log\nfrom collapse.errors import InputError\n"
        f"with job_log({str(log)!r}):\n    raise InputError('branch \\udcff\u00e9 is odd')\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=root / "scripts", capture_output=True, check=False
    )
    assert "branch \\udcff\u00e9 is odd" in log.read_text("utf-8")


def test_the_last_errors_of_a_study_are_found_in_its_logs(tmp_path):
    stamp = "2026-01-01 10:00:00,000"
    logs = {
        "old.log": f"{stamp} ERROR of another run\n",
        "a/good.log": f"{stamp} INFO all is well\n",
        "a/bad.log": f"{stamp} INFO begun\n{stamp} ERROR two files:\n- one\n- two\n",
        "b/ours.log": f"{stamp} ERROR This is a defect of the workflow, please report it with this "
        "log:\nTraceback (most recent call last):\n  ...\nValueError: why\n",
    }
    for name, text in logs.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    os.utime(tmp_path / "old.log", (1, 1))
    assert last_errors(tmp_path, 1000.0) == [
        f"two files:\n- one\n- two\nLog: {tmp_path}/a/bad.log",
        "This is a defect of the workflow, please report it with this log:\nValueError: why\n"
        f"Log: {tmp_path}/b/ours.log",
    ]
