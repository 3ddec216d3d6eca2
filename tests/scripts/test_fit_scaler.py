import numpy as np
from collapse import scaling
from collapse.events.store import create_events, open_events

from scripts.fit_scaler import fit_scaler


def test_it_is_fitted_on_the_training_split_alone(tmp_path):
    events, path = tmp_path / "events.h5", tmp_path / "scaler.h5"
    with create_events(events, ["x"], [600, 200, 200], []) as matrix:
        matrix[:] = np.append(np.linspace(0, 1, 600), np.full(400, 99))[:, None]
    config = {"kind": "minmax", "features": {}, "log": []}
    fit_scaler(events=events, config=config, path=path)
    scaled = scaling.load_scaler(path, ["x"]).transform(open_events(events).split("train"))
    assert (scaled.min(), scaled.max()) == (-1, 1)
