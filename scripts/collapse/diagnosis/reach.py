"""What a recipe can never generate, however long it trains: known before the first epoch."""

import logging

import numpy as np

from collapse.events.store import open_events
from collapse.files import write_json
from collapse.scaling import load_scaler

# What each bounded head can put out, in scaled units. A linear head has no bound.
RANGES = {"tanh": (-1.0, 1.0)}
# A smaller share beyond reach is a few bad tracks, not a truncated support.
NOTABLE = 0.001


def out_of_reach(scaled, low, high):
    """Return what a head whose output lies in [low, high] forces on every generator.

    The best that it can do is to put the mass beyond each edge onto that edge. Events outside the
    box are then told from generated ones with certainty, and the others at best by chance.

    Args:
        scaled: Real events in scaled units, float, shape (n, d).
        low: The head's least output.
        high: Its greatest.

    Returns:
        A dict: `features`, for each column a dict of the shares `below` and `above`, the least
        `ks` and the least `w1` in scaled units; `unreachable`, the share of events with any feature
        out of reach; `auc`, the area under the best classifier's ROC curve, at least.

    >>> reach = out_of_reach(np.array([[-2.0], [0.0], [0.5], [3.0]]), -1, 1)
    >>> reach["unreachable"], reach["auc"], reach["features"][0]["w1"]
    (0.5, 0.75, 0.75)
    """
    below, above = scaled < low, scaled > high
    features = [
        {
            "below": float(b.mean()),
            "above": float(a.mean()),
            "ks": float(max(b.mean(), a.mean())),
            "w1": float(np.mean(np.abs(column - column.clip(low, high)))),
        }
        for column, b, a in zip(np.float64(scaled).T, below.T, above.T, strict=True)
    ]
    unreachable = float((below | above).any(axis=1).mean())
    return {"features": features, "unreachable": unreachable, "auc": 1 - (1 - unreachable) / 2}


def findings(recipe, names, reach):
    """Put what stands in a recipe's way into sentences, each with the change that cures it.

    Args:
        recipe: A complete recipe.
        names: The features' names.
        reach: What `out_of_reach` returned, or None for a head without bounds.

    Returns:
        A list of dicts of `kind`, `finding` and `cure`.
    """
    found = []
    if reach and reach["unreachable"] > NOTABLE:
        lost = {
            name: feature["below"] + feature["above"]
            for name, feature in zip(names, reach["features"], strict=True)
        }
        worst = sorted(lost, key=lost.get, reverse=True)
        shares = ", ".join(f"{name} {lost[name]:.1%}" for name in worst if lost[name] > NOTABLE)
        found.append(
            {
                "kind": "support_truncated",
                "finding": (
                    f"{reach['unreachable']:.1%} of the real events are out of reach of the "
                    f"{recipe['generator']['head']} head, at every epoch ({shares}). The AUC of a "
                    f"classifier can't fall below {reach['auc']:.3f}."
                ),
                "cure": "`generator: {head: linear}`, or `scaler: minmax`",
            }
        )
    dimension = recipe["noise"]["dimension"]
    narrowest = min([dimension, *recipe["generator"]["hidden"]])
    if narrowest < len(names):
        what = "Noise of dimension" if narrowest == dimension else "A layer of width"
        found.append(
            {
                "kind": "bottleneck",
                "finding": (
                    f"{what} {narrowest} confines the generator to a surface of "
                    f"{narrowest} dimensions among {len(names)} features."
                ),
                "cure": f"noise and hidden layers of the generator of at least {len(names)}",
            }
        )
    return found


def check_reach(*, events, scaler, dataset, name, recipe, path):
    """Write what a recipe can never reach on a dataset, and warn of it.

    Args:
        events: Path of the events file.
        scaler: Path of the recipe's fitted scaler.
        dataset: The dataset's name.
        name: The recipe's name.
        recipe: The complete recipe.
        path: Where to write, as JSON.
    """
    table, head = open_events(events), recipe["generator"]["head"]
    reach = None
    if head in RANGES:
        reach = out_of_reach(load_scaler(scaler).transform(table.split("train")), *RANGES[head])
    found = findings(recipe, table.names, reach)
    for finding in found:
        logging.warning(
            "%s on %s: %s Cure: %s.", name, dataset, finding["finding"], finding["cure"]
        )
    if reach:
        reach = reach | {"features": dict(zip(table.names, reach["features"], strict=True))}
    if not found:
        logging.info("%s on %s: nothing is out of reach.", name, dataset)
    write_json(
        path,
        {"dataset": dataset, "recipe": name, "head": head, "reach": reach, "findings": found},
    )
