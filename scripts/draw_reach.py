"""Draw what the heads of a dataset's recipes can reach."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from collapse.events.store import open_events
from collapse.figures import style
from collapse.figures.labels import drawable_features
from collapse.figures.reach import Group, reach
from collapse.files import read_json
from collapse.logs import job_log
from collapse.scaling import load_scaler

# So many training events show what a scaler makes of them.
_SCALED = 20_000


def draw_reach(
    *, events: Path | str, scalers: Sequence[str], reports: Sequence[str],
    features: Sequence[Mapping[str, Any]], dataset: str, paths: Sequence[str],
) -> None:  # fmt: skip
    """Draw each feature as the networks see it, with what each recipe's head can reach.

    Args:
        events: Path of the events file.
        scalers: Path of each recipe's scaler, which its file is named by.
        reports: Path of what preflight found for each recipe.
        features: A dict of `Feature` fields for each column.
        dataset: The dataset.
        paths: Paths to write, one for each format.
    """
    train = open_events(events).split("train")
    some = np.asarray(train[:: -(-len(train) // _SCALED)])
    groups: dict[tuple[str, str], Group] = {}
    for scaler, path in zip(scalers, reports, strict=True):
        report = read_json(path)
        key = scaler, report["head"]
        if key not in groups:
            bounds = report["reach"] and report["reach"]["features"]
            scaled = load_scaler(scaler).transform(some)
            groups[key] = Group([], Path(scaler).stem, report["head"], scaled, bounds)
        groups[key].recipes.append(report["recipe"])
    title = f"What the generators' heads can reach, {dataset}"
    style.save(reach(list(groups.values()), drawable_features(features), title), *paths)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_reach(
            events=snakemake.input.events, scalers=snakemake.input.scalers,
            reports=snakemake.input.reaches, features=snakemake.params.features,
            dataset=snakemake.wildcards.dataset, paths=snakemake.output.reach,
        )  # fmt: skip
