import logging
import os
import subprocess
import sys

import pytest
from collapse.files import atomic, read_csv, scratch, write_csv, write_json
from collapse.logs import job_log


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic(path) as part:
        part.write_text("half")
        assert not path.exists()
    assert path.read_text() == "half"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with atomic(path) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_csv_keeps_every_digit(tmp_path):
    write_csv(tmp_path / "a.csv", ("a", "b"), [(0.1 + 0.2, "x,y"), (1, "")])
    assert read_csv(tmp_path / "a.csv") == [
        {"a": "0.30000000000000004", "b": "x,y"},
        {"a": "1", "b": ""},
    ]


def test_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "says", "trace"),
    [
        ("raise InputError('Expected a. Received: b.')", "Expected a. Received: b.", False),
        ("raise RuntimeError('ours')", "defect of the workflow", True),
    ],
)
def test_a_users_mistake_is_a_message_and_ours_a_traceback(line, says, trace, tmp_path, root):
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
    for text in (done.stderr, log.read_text()):
        assert says in text
        assert ("Traceback" in text) == trace


def test_warnings_reach_the_log(tmp_path):
    import warnings

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


def test_what_killed_processes_left_is_removed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    path, dead, alive = tmp_path / "a.h5", gone.pid, os.getppid()
    (tmp_path / f".a.{dead}.part").mkdir()
    (tmp_path / f".a.{dead}.part" / "train").write_text("half")
    left = [f".a.{dead}.part.h5", f".a.{dead}.part.dated.keras"]
    kept = [f".a.{alive}.part.h5", f".b.{dead}.part.h5", ".a.x.part.h5", "a.1.part"]
    for name in (*left, *kept):
        (tmp_path / name).write_text("half")
    with atomic(path) as part:
        part.write_text("whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["a.h5", *kept])


def test_a_scratch_folder_goes_with_its_work(tmp_path):
    def fail(path):
        with scratch(path) as folder, atomic(path):
            (folder / "part").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail(tmp_path / "new" / "a.h5")
    assert list((tmp_path / "new").iterdir()) == []


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
