import math

from collapse.diagnosis.results import Checkpoint, Finding, Run

from tests.diagnosis.runs import run


def test_a_run_is_read_as_it_was_written(tmp_path):
    found = [Finding("diverged", "diverged_step", "", 870.0, math.nan, math.inf, 870.0, 0)]
    point = Checkpoint(3, 30, "diverged", 1.0, "steady", math.nan, math.nan, found)
    whole = Run("d", "r", 1, 5000, "diverged", 1.0, [point], run(1, 8).falls)
    whole.save(tmp_path / "run.json")
    read = Run.load(tmp_path / "run.json")
    assert read.falls == whole.falls
    assert read.last.verdict == "diverged"
    assert math.isnan(read.last.auc)
    assert read.last.findings[0].value == 870
    read.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "run.json").read_bytes()
