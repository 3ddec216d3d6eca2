import numpy as np
import pytest
from collapse.diagnosis.course import PARTS
from collapse.diagnosis.traces import measure_trace

EVALUATION = {
    "windows": {"middle": {"feature": "x", "low": -1, "high": 1}},
    "modes": None, "least_mode_share": 0.25, "folds": 2,
}  # fmt: skip


def normal(n, seed):
    return np.random.default_rng(seed).normal(size=(n, 2))


def test_parts_are_one_for_truth_and_fall_with_what_is_lost():
    truth, point, gone = normal(300, 1), np.tile([0.5, 0.5], (300, 1)), normal(300, 2)
    point += 1e-3 * normal(300, 3)
    gone[:160] = np.nan
    outside = normal(300, 4) + np.array([5.0, 0.0])
    sets = [truth, point, gone, outside]
    trace = measure_trace([1, 2, 3, 4], sets, normal(1000, 0), ["x", "y"], EVALUATION)
    good, narrow, lost, away = trace.parts
    assert set(good) == set(PARTS)
    assert all(share > 0.85 for share in good.values())
    assert (narrow["covered"], narrow["finite"]) == (pytest.approx(0, abs=0.05), 1.0)
    assert narrow["spread"] < 0.01
    assert lost == dict.fromkeys(PARTS, 0.0) | {"finite": 140 / 300}
    # The window holds two thirds of the real events.
    assert away["shares"] == away["captured"] == 0
    assert trace.of("middle") == ([1, 2, 3, 4], [parts["shares"] for parts in trace.parts])
