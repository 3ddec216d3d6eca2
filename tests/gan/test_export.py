import json
from pathlib import Path

import pytest
from collapse.gan.export import describe_use, save_keras

from tests.gan.made import write_leg


def test_nothing_is_left_of_a_failed_export(tmp_path):
    class Failing:
        def save(self, path):
            Path(path).touch()
            raise OSError

    with pytest.raises(OSError):
        save_keras(Failing(), tmp_path / "a.keras")
    assert list(tmp_path.iterdir()) == []


def test_what_it_takes_to_use_it_is_plain(tmp_path):
    options, _, scaler = write_leg(tmp_path, {"generator": {"dropout": 0.5}}, "quantile")
    described = json.loads(
        json.dumps(describe_use(options, scaler, {"updates": 70, "diverged_step": 0}))
    )
    assert described["noise"] == {"dimension": 4, "distribution": "normal", "uniform": 80}
    assert described["diverged_step"] is None
    x, y, z = described["features"]
    assert (x["log"], y["log"], z["log"]) == (False, True, False)
    assert set(x) == {"name", "log", "shares", "values"}
    assert set(z) == {"name", "log", "slope", "offset"}
