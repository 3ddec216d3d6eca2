from types import SimpleNamespace

import numpy as np
from collapse.files import write_json

from scripts import draw_reach as script
from tests.scripts import drawn

BOUNDS = {name: {"low": -1.0, "high": None} for name in drawn.NAMES}


def test_recipes_that_see_and_reach_the_same_share_a_row(tmp_path, monkeypatch):
    reports = []
    for recipe, head in (("a", "tanh"), ("b", "tanh"), ("c", None), ("d", "tanh")):
        reports.append(str(tmp_path / f"{recipe}.json"))
        reach = head and {"features": BOUNDS}
        write_json(reports[-1], {"recipe": recipe, "head": head, "reach": reach})
    loaded, groups = [], []
    scaler = SimpleNamespace(transform=lambda events: 2 * events)
    monkeypatch.setattr(script, "load_scaler", lambda path: loaded.append(path) or scaler)
    reach = script.reach

    def draw(given, *others):
        groups.extend(given)
        return reach(given, *others)

    monkeypatch.setattr(script, "reach", draw)
    script.draw_reach(
        events=drawn.write_events(tmp_path),
        scalers=["x/standard.h5", "x/standard.h5", "x/standard.h5", "x/quantile.h5"],
        reports=reports,
        features=drawn.FEATURES,
        dataset="toy",
        paths=drawn.pictures(tmp_path, "reach"),
    )
    assert [(group.recipes, group.scaler, group.head, group.reach) for group in groups] == [
        (["a", "b"], "standard", "tanh", BOUNDS),
        (["c"], "standard", None, None),
        (["d"], "quantile", "tanh", BOUNDS),
    ]
    assert len(loaded) == 3
    assert np.isfinite(groups[0].scaled).all()
    assert (tmp_path / "reach.svg").is_file()
