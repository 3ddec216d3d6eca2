"""The calibration of the diagnosis, in short: one draw of each case, where that is cheap.

The figures of benchmarks/README.md come from many draws in all.
"""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from collapse.diagnosis.results import Checkpoint, Fall, Run

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def calibration():
    """The calibration, without a trace in other tests."""
    loaded = set(sys.modules)
    sys.path.insert(0, str(BENCHMARKS))
    yield importlib.import_module("calibration")
    sys.path.remove(str(BENCHMARKS))
    for name in set(sys.modules) - loaded:
        if str(BENCHMARKS) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


@pytest.fixture(scope="module")
def laboratory(calibration):
    made = {}

    def get(dataset, size=2000, windows=True):
        key = calibration.Setting(dataset, size, windows)
        if key not in made:
            made[key] = calibration.Laboratory(key, (30, 8))
        return made[key]

    return get


# Those that an earlier judge was fooled with, each in a setting that shows it.
CASES = {
    "point": "dimuon", "point with one far event": "dimuon", "window missing": "dimuon",
    "window halved": "dimuon", "slab missing": "dimuon", "hole in two features": "dimuon",
    "0.5 % not numbers": "dimuon", "4 % not numbers": "peak", "most not numbers": "peak",
    "20 distinct events": "dimuon", "200 distinct events": "peak",
    "half as many distinct": "dimuon", "a tenth in one place": "dimuon",
    "a tenth repeated": "peak", "feature constant": "dimuon",
    "all features shrunk to 0.6": "peak", "tail cut at 99 %": "dimuon", "cut at 85 %": "dimuon",
    "clipped at 1 sd": "peak", "one feature permuted": "dimuon",
    "copies of training events": "dimuon", "negative where nothing is": "dimuon",
    "standard-scaled": "dimuon", "Gaussian copula": "dimuon", "mass smeared by 5 %": "dimuon",
    "on a curve": "dimuon",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_is_put_in_is_named_first(calibration, laboratory, name):
    case = next(case for case in calibration.INJECTIONS if case.name == name)
    lab = laboratory(CASES[name])
    generated = case.inject(lab.trial([9, 1]))
    assert generated.shape == (2000, len(lab.names))
    assert lab.judge(lab.evidence(generated)).verdict in case.accepted


def test_every_case_is_tried(calibration):
    assert set(CASES) == {case.name for case in calibration.INJECTIONS}
    names = [case.name for case in calibration.CASES]
    assert len(names) == len(set(names))
    assert len(calibration.ADVERSARIES) >= 20


@pytest.mark.slow
def test_truth_is_healthy(laboratory):
    for dataset in ("dimuon", "peak"):
        lab = laboratory(dataset)
        for seed in range(5):
            pool = lab.trial([8, seed]).pool
            assert lab.judge(lab.evidence(pool[:2000])).verdict == "healthy"


@pytest.mark.slow
def test_a_fault_that_comes_and_goes_is_a_fall_and_a_recovery(calibration, laboratory):
    lab = laboratory("peak")
    good = [lab.evidence(lab.trial([7, i]).pool[:2000]) for i in range(4)]
    for name in ("20 distinct events", "cut at 85 %", "feature constant"):
        case = next(case for case in calibration.INJECTIONS if case.name == name)
        bad = [lab.evidence(case.inject(lab.trial([6, i]))) for i in range(2)]
        run = lab.diagnose(calibration.COUNTS, [*good[:3], *bad, good[3]])
        assert [(fall.low, fall.high, fall.recovery) for fall in run.falls] == [(10, 30, 100)]
        assert run.outcome == "recovered"
        ended = lab.diagnose(calibration.COUNTS[:5], [*good[:3], *bad])
        assert ended.outcome == "collapsed"
        # What comes later changes no earlier verdict or trend.
        before = [(c.epoch, c.verdict, c.trend, c.certainty) for c in ended.checkpoints]
        after = [(c.epoch, c.verdict, c.trend, c.certainty) for c in run.checkpoints]
        assert after[:5] == before


@pytest.mark.slow
def test_report_and_figure(calibration, tmp_path):
    sizes = calibration.Sizes(
        draws=2, nulls=6, floors=(10, 4), settings=(calibration.Setting("peak", 500),)
    )
    results = calibration.calibrate(sizes, workers=1)
    text = calibration.report(results)
    assert "| peak, n = 500 |" in text
    assert "point: `point_collapse`" in text
    calibration.figure(results, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_trained_runs_are_told(calibration, tmp_path):
    points = [
        Checkpoint(epoch, epoch, verdict, 1.0, "steady", covered, 0.9, [])
        for epoch, verdict, covered in (
            (1, "modes_missing", 0.2), (10, "modes_missing", 0.6), (30, "repeated", 0.24),
        )
    ]  # fmt: skip
    fall = Fall(14, 10, 30, "trace", "covered", 0.6, 0.24, None, 0.98)
    run = Run("grid", "vanilla", 1, 5000, "collapsed", 0.97, points, [fall])
    run.save(tmp_path / "results/grid/runs/grid/vanilla/seed1/diagnosis.json")
    row = calibration.trained(tmp_path).splitlines()[-1]
    assert row == (
        "| grid, seed 1 | 1: 20, 10: 60, 30: 24 | 1-10 `modes_missing`, 30-30 `repeated` "
        "| collapsed (0.97) | 14 (10-30) |"
    )


def test_what_flips_between_processors_is_counted(tmp_path):
    sys.path.insert(0, str(BENCHMARKS))
    try:
        reproducible = importlib.import_module("reproducible")
    finally:
        sys.path.remove(str(BENCHMARKS))

    def run(verdict, certainty):
        point = Checkpoint(1, 1, verdict, certainty, "steady", 0.9, 0.6, [])
        return {("r", 1): Run("d", "r", 1, 5000, verdict, certainty, [point], [])}

    found = {"a": run("healthy", 0.95), "b": run("healthy", 0.99), "c": run("imperfect", 0.93)}
    text = reproducible.report(found)
    assert "| verdict | 1 of 1 | 0 of 0 |" in text
    assert "| r, seed 1, epoch 1 | healthy | healthy | imperfect | 0.93 |" in text
    found["c"] = run("healthy", 0.5)
    assert "| verdict | 0 of 0 | 0 of 1 |" in reproducible.report(found)
    assert np.isfinite(reproducible.SURE)
