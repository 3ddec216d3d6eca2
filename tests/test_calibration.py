"""The calibration of the diagnosis, in short: few trials, one dataset.

The figures of benchmarks/README.md come from many trials on several.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from collapse.metrics.correlation import spearman

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SIZE = 1500


@pytest.fixture(scope="module")
def modules():
    """The calibration and its injections, without a trace in other tests."""
    loaded = set(sys.modules)
    sys.path.insert(0, str(BENCHMARKS))
    yield importlib.import_module("calibration"), importlib.import_module("injections")
    sys.path.remove(str(BENCHMARKS))
    for name in set(sys.modules) - loaded:
        if str(BENCHMARKS) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


@pytest.fixture(scope="module")
def calibration(modules):
    return modules[0]


@pytest.fixture(scope="module")
def cases(calibration, tmp_path_factory):
    found = calibration.load_cases(tmp_path_factory.mktemp("calibration"))
    for case in found:
        case.measure_floors(SIZE, (20, 4))
    return {case.name: case for case in found}


def trial_of(modules, case, seed=0):
    truth, memory, pool = case.split(SIZE, np.random.default_rng(seed))
    trial = modules[1].Trial(pool, memory, SIZE, case, np.random.default_rng(seed))
    return truth, trial


# Twice what the config calls a kind, since so few events show no less.
@pytest.mark.parametrize(
    ("dataset", "name", "strength"),
    [
        ("normal", "point", 0.95),
        ("dimuon", "few events", 0.95),
        ("grid", "mode missing", 1.0),
        ("normal", "spread shrunk", 0.4),
        ("dimuon", "support truncated", 0.05),
        ("normal", "tail cut", 0.4),
        ("dimuon", "modes reweighted", 0.2),
        ("normal", "correlation lost", 0.4),
        ("dimuon", "memorised", 0.2),
        ("grid", "not finite", 0.02),
    ],
)
def test_what_is_put_in_is_named_first(modules, cases, dataset, name, strength):
    calibration, injections = modules
    case = cases[dataset]
    kind, inject = injections.INJECTIONS[name]
    truth, trial = trial_of(modules, case)
    generated = inject(trial, strength)
    assert generated.shape == (SIZE, len(case.names))
    assert calibration.kinds_of(case, truth, generated, trial)[0] == kind


def test_truth_has_nothing(modules, cases):
    calibration, _ = modules
    for case in cases.values():
        for seed in range(5):
            truth, trial = trial_of(modules, case, seed)
            assert calibration.kinds_of(case, truth, trial.truth, trial) == []


def test_injections_have_the_strength_that_they_say(modules, cases):
    """Against the true events themselves, without the noise of a second sample."""
    _, injections = modules
    case = cases["normal"]
    truth, trial = trial_of(modules, case)
    trial.pool, trial.size = case.events, len(case.events)
    shrunk = injections.spread_shrunk(trial, 0.2)
    ratios = np.ptp(np.quantile(shrunk, [0.05, 0.95], axis=0), axis=0) / np.ptp(
        np.quantile(case.events, [0.05, 0.95], axis=0), axis=0
    )
    np.testing.assert_allclose(np.sort(ratios), [0.8, 1, 1, 1], rtol=1e-3)
    lost = spearman(injections.correlation_lost(trial, 0.2))
    assert np.abs(lost - spearman(case.events)).max() == pytest.approx(0.2, abs=0.02)
    copied = injections.memorised(trial, 0.1)
    fresh = (copied == case.events[: len(copied)]).all(axis=1)
    assert np.mean(~fresh) == pytest.approx(0.2, abs=0.01)
    injections.support_truncated(trial, 0.01)
    assert list(trial.unreachable.values()) == [pytest.approx(0.01, abs=1e-4)]
    assert len(truth.real) == SIZE
    case = cases["grid"]
    _, trial = trial_of(modules, case)
    trial.pool, trial.size = case.events, len(case.events) // 2
    shares = case.modes.share_out(injections.modes_reweighted(trial, 0.1)).nearest
    assert 0.5 * np.abs(shares - 1 / 25).sum() == pytest.approx(0.1, abs=0.015)
    shares = case.modes.share_out(injections.mode_missing(trial, 0.75)).nearest
    assert shares.min() * 25 == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("dataset", ["grid", "normal"])
def test_onsets_and_recoveries_are_where_they_were_put(calibration, cases, dataset):
    sizes = calibration.Sizes(onset=SIZE, trajectories=2)
    score = calibration.onset_score(calibration.measure_onsets(cases[dataset], sizes, seed=3))
    assert score["with"] == score["right"] > 0
    assert score["false"] == 0
    assert score["recovered"] == score["recoveries"]


def test_report_and_figure(calibration, cases, tmp_path):
    sizes = calibration.Sizes(
        SIZE, SIZE, SIZE, trials=1, others=1, nulls=1, trajectories=1, draws=(10, 3)
    )
    results = calibration.calibrate([cases["grid"]], sizes)
    text = calibration.report(results)
    assert "| truth against truth | grid | all |" in text
    assert "`point_collapse`: few events" in text
    calibration.draw(results, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_trained_runs_are_told(calibration, tmp_path):
    path = tmp_path / "results/grid/runs/grid/vanilla/seed1/diagnosis.json"
    path.parent.mkdir(parents=True)
    checkpoints = [
        {"epoch": 1, "coverage": 0.2, "verdict": "learning"},
        {"epoch": 10, "coverage": 0.6, "verdict": "learning"},
        {"epoch": 30, "coverage": 0.24, "verdict": "modes_missing"},
    ]
    fall = {"onset": 14, "low": 10, "high": 30, "placed_by": "trace", "recovery": None}
    path.write_text(json.dumps({"seed": 1, "checkpoints": checkpoints, "falls": [fall]}))
    row = calibration.trained(tmp_path).splitlines()[-1]
    assert row == (
        "| grid, seed 1 | 1: 20, 10: 60, 30: 24 | 1-10 `learning`, 30-30 `modes_missing` "
        "| 14 (10-30) |"
    )
