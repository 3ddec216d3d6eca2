import os
import subprocess
import sys

import pytest
from collapse.files import atomic, read_csv, scratch, write_csv, write_json


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
