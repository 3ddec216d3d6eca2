import numpy as np
import pytest
from collapse.diagnosis.kinds import KINDS
from collapse.diagnosis.results import Run
from collapse.sealed import create_sealed, identify

from scripts.diagnose import diagnose
from tests.scripts.measured import NAMES, SETTINGS, measure_leg, normal

STRENGTHS = {kind.name: kind.strength for kind in KINDS if kind.strength} | {"imperfect": 0.05}


@pytest.fixture(scope="module")
def leg(tmp_path_factory):
    folder = tmp_path_factory.mktemp("leg")
    measure_leg(folder)
    with create_sealed(folder / "trace.h5", "traces", identify({}, 1, NAMES)) as file:
        file["epochs"] = [0, 1, 3, 6, 10]
        file["events"] = np.stack([normal(100, seed=seed) for seed in range(5)])
    return folder


@pytest.mark.parametrize("traces", [[], ["trace.h5"]])
def test_the_diagnosis_has_all_that_was_measured(leg, tmp_path, traces):
    diagnose(
        events=leg / "events.h5", metrics=[leg / "metrics.csv"], regions=[leg / "regions.csv"],
        traces=[leg / path for path in traces], dataset="toy", recipe="gan", seed=1,
        settings={"z": 4.0, "strengths": STRENGTHS}, evaluation=SETTINGS,
        path=tmp_path / "run.json",
    )  # fmt: skip
    run = Run.load(tmp_path / "run.json")
    assert (run.dataset, run.recipe, run.seed, run.events) == ("toy", "gan", 1, 150)
    assert [(c.epoch, c.updates) for c in run.checkpoints] == [(3, 12), (10, 40)]
    # Of the first the edges of the network are known, and the second diverged.
    assert [f.metric for f in run.first.of("support_truncated")] == ["unreachable"]
    assert run.outcome == run.last.verdict == "diverged"
    assert [(fall.low, fall.high) for fall in run.falls] == [(3, 10)]
