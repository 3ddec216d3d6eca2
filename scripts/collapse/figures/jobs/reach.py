"""What the heads of a dataset's recipes can reach."""

import numpy as np

from collapse.events.store import open_events
from collapse.figures.jobs.inputs import drawable_features, save_all
from collapse.figures.reach import reach
from collapse.files import read_json
from collapse.scaling import load_scaler

# So many training events show what a scaler makes of them.
_SCALED = 20_000


def draw_reach(*, events, features, groups, dataset, paths):
    """Draw each feature as the networks see it, with what each recipe's head can reach.

    Args:
        events: Path of the events file.
        features: A dict of `Feature` fields for each column.
        groups: (recipe, scaler's name, path of the scaler, path of what the recipe can reach) of
            each recipe.
        dataset: The dataset.
        paths: Paths to write, one for each format.
    """
    features = drawable_features(features)
    train = open_events(events).split("train")
    some = np.asarray(train[:: -(-len(train) // _SCALED)])
    rows = {}
    for recipe, scaler, file, report in groups:
        report = read_json(report)
        bounds = report["reach"] and report["reach"]["features"]
        row = {"recipes": [], "scaler": scaler, "head": report["head"], "reach": bounds}
        row = rows.setdefault((scaler, report["head"]), row | {"file": file})
        row["recipes"].append(recipe)
    for row in rows.values():
        row["scaled"] = load_scaler(row["file"]).transform(some)
    title = f"What the generators' heads can reach, {dataset}"
    save_all(reach(list(rows.values()), features, title), paths)
