import json
import logging

import numpy as np
import pytest
from collapse.diagnosis.reach import check_reach, findings, out_of_reach
from collapse.events.store import create_events
from collapse.scaling import fit_scaler, save_scaler
from scipy import stats

RECIPE = {
    "scaler": "standard",
    "generator": {"hidden": [50, 25, 5], "head": "tanh"},
    "noise": {"dimension": 100},
}


@pytest.mark.parametrize(("d", "auc"), [(1, 0.659), (5, 0.926), (7, 0.965), (10, 0.989)])
def test_tanh_on_standard_scaled_normal_features(d, auc):
    """The question's recipe: the numbers that no training time can change."""
    # A grid of quantiles, each column in an order of its own: independent, without noise.
    grid = stats.norm.ppf((np.arange(400_000) + 0.5) / 400_000)
    rng = np.random.default_rng(0)
    reach = out_of_reach(np.stack([rng.permutation(grid) for _ in range(d)], axis=1), -1, 1)
    assert reach["auc"] == pytest.approx(1 - 0.6827**d / 2, abs=0.001)
    assert reach["auc"] == pytest.approx(auc, abs=0.001)
    for feature in reach["features"]:
        assert feature["below"] + feature["above"] == pytest.approx(0.3173, abs=1e-4)
        assert feature["ks"] == pytest.approx(0.1587, abs=1e-4)
        assert feature["w1"] == pytest.approx(0.1666, abs=1e-4)


def test_a_falling_spectrum_is_cut_on_one_side():
    grid = stats.expon.ppf((np.arange(100_000) + 0.5) / 100_000)[:, None] - 1
    (feature,) = out_of_reach(grid, -1, 1)["features"]
    assert feature["below"] == 0
    assert feature["above"] == pytest.approx(np.exp(-2), abs=1e-4)


def test_what_fits_has_no_findings():
    names = list("abcdef")
    reach = out_of_reach(np.random.default_rng(0).uniform(-1, 1, (1000, 6)), -1, 1)
    wide = {"generator": {"hidden": [64], "head": "tanh"}, "noise": {"dimension": 6}}
    assert findings(wide, names, reach) == []
    bare = {"generator": {"hidden": [], "head": "linear"}, "noise": {"dimension": 6}}
    assert findings(bare, names, None) == []
    bare["noise"]["dimension"] = 1
    assert "Noise of dimension 1" in findings(bare, names, None)[0]["finding"]


def test_the_questions_recipe_is_named_and_cured(tmp_path, caplog):
    values = np.random.default_rng(0).normal(size=(5000, 6)).astype(np.float32)
    names = list("abcdef")
    with create_events(tmp_path / "events.h5", names, [4000, 500, 500], []) as matrix:
        matrix[:] = values
    config = {"kind": "standard", "features": {}, "log": []}
    save_scaler(tmp_path / "standard.h5", fit_scaler(values[:4000], names, config))
    with caplog.at_level(logging.WARNING):
        check_reach(
            events=tmp_path / "events.h5", scaler=tmp_path / "standard.h5", dataset="toy",
            name="original", recipe=RECIPE, path=tmp_path / "reach.json",
        )  # fmt: skip
    content = json.loads((tmp_path / "reach.json").read_text())
    assert [finding["kind"] for finding in content["findings"]] == [
        "support_truncated",
        "bottleneck",
    ]
    assert content["reach"]["unreachable"] == pytest.approx(1 - 0.6827**6, abs=0.02)
    assert "out of reach of the tanh head, at every epoch" in caplog.text
    assert "`scaler: minmax`" in caplog.text
    assert "A layer of width 5 confines" in caplog.text
