"""Simulation of a mixture of Gaussians, whose modes are known."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from collapse.events.root_writer import write_tree
from collapse.mixture import centres_of, draw


def simulate_mixture(
    path: Path | str, *, events: int, mixture: Mapping[str, Any], seed: int
) -> None:
    """Draw from a mixture of equal Gaussians and write the events to a ROOT file.

    The tree `Events` has the coordinates `x1`, `x2`, ... and `mode`, the number of the Gaussian
    that the event came from. The string `simulation` beside it holds JSON: how the file was made.
    The same arguments give the same bytes.

    Args:
        path: Where to write.
        events: Events to make.
        mixture: As for `collapse.mixture.centres_of`, with `sd`.
        seed: At least 0.
    """
    centres = centres_of(mixture)
    points, modes = draw(centres, mixture["sd"], events, seed)
    columns = {f"x{i + 1}": column for i, column in enumerate(points.T)} | {"mode": modes}
    provenance = json.dumps(
        {
            "centres": centres.tolist(),
            "sd": float(mixture["sd"]),
            "events": events,
            "seed": seed,
        }
    )
    write_tree(
        path,
        types={name: column.dtype for name, column in columns.items()},
        columns={name: np.ascontiguousarray(column) for name, column in columns.items()},
        title="Mixture of Gaussians",
        identity=provenance,
        strings={"simulation": provenance},
    )
    logging.info("%d events of %d Gaussians", events, len(centres))
