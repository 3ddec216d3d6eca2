import logging
import signal
import subprocess
import sys

import numpy as np
import pytest
from collapse.gan import recovery
from collapse.gan.recovery import Recovery

FULL = """
import resource, sys
sys.path[:] = {path!r}
import numpy as np
from collapse.gan.recovery import Recovery
from collapse.logs import job_log
with job_log("job.log"):
    point = Recovery("a.h5", 0, "key")
    point.tell(lambda file: file.create_dataset("x", data=np.arange(3)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    point.tell(lambda file: file.create_dataset("x", data=np.arange(30_000)))
print("went on")
"""


def writing(values):
    return lambda file: file.create_dataset("x", data=values)


def held(point):
    """What a point holds, or None."""
    found = []
    read = point.load(lambda file: found.append(file["x"][()].tolist()))
    assert read == bool(found)
    return found[0] if read else None


def test_a_point_that_does_not_fit_is_ignored(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    path = tmp_path / "a.h5"
    point = Recovery(path, 0, "this")
    assert held(point) is None
    point.tell(writing(np.arange(1000)))
    assert held(point) == list(range(1000))
    assert held(Recovery(path, 0, "another")) is None
    assert "another recipe, seed, data or code" in caplog.text
    whole = path.read_bytes()
    for damaged in (whole[:-300], whole.replace(np.arange(9).tobytes(), b"?" * 72), b"", b"PK"):
        path.write_bytes(damaged)
        caplog.clear()
        assert held(point) is None
        assert "A recovery point is ignored" in caplog.text
        assert caplog.records[0].levelname == "WARNING"


def test_a_full_disk_leaves_the_point_before(tmp_path):
    """HDF5 itself is made to fail, which it does in several places."""
    code = FULL.format(path=sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "went on\n"
    assert "No recovery point could be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.glob("*.h5")] == ["a.h5"]
    assert held(Recovery(tmp_path / "a.h5", 0, "key")) == [0, 1, 2]


def test_what_cannot_be_written_costs_a_warning(tmp_path, caplog):
    (tmp_path / "file").touch()
    Recovery(tmp_path / "file/a.h5", 0, "key").tell(writing([1]))
    assert "No recovery point could be written" in caplog.text


def test_a_job_that_is_told_to_stop_writes_a_point_first(tmp_path):
    with Recovery(tmp_path / "a.h5", 1e6, "key") as point:
        point.tell(writing([1]))
        assert held(point) is None
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(SystemExit) as stop:
            point.tell(writing([2]))
    assert stop.value.code == recovery._EXIT == 143
    assert held(point) == [2]
