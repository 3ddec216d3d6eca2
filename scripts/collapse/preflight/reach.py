"""Support: what a generator's head can never put out, however long it trains."""

from typing import Any

import numpy as np

from collapse.gan import registry

UNKNOWN = (
    "what networks of a file of your own can reach is not known before they are built; the "
    "diagnosis reads it from the trained ones."
)


def head_bounds(head: str | None, train: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return what a head can put out for each feature, as its trick declares.

    Args:
        head: A recipe's `generator.head`.
        train: Training events in scaled units, float, shape (n, d).

    Returns:
        Two arrays of length d in scaled units, the least and the greatest output, infinite for a
        head without bounds; None for a head that doesn't say.

    >>> head_bounds("range", np.array([[0.0, 5.0], [2.0, 4.0]]))
    (array([0., 4.]), array([2., 5.]))
    """
    for _, _, bounds in registry.having({"generator": {"head": head}}, "bounds"):
        low, high = (np.broadcast_to(edge, train.shape[1:]) for edge in bounds(train))
        return low, high
    return None


def out_of_reach(
    scaled: np.ndarray, low: float | np.ndarray, high: float | np.ndarray
) -> dict[str, Any]:
    """Return what a head whose output lies in [low, high] forces on every generator.

    KS: below `low` a generator has nothing and the real events have the share `below`, so the two
    distribution functions differ by that much there, and by `above` at `high`. W1: the cheapest
    is to move each event beyond an edge onto that edge. AUC: events outside the box are told from
    generated ones with certainty, which ranks them first, and the others at worst by chance; with a
    share u outside, u + (1 - u) / 2. Each is reached by some generator, so none can be raised.

    An event whose scaled value is not a number is out of reach as well, but counts neither as
    below nor as above, nor in `w1`.

    Args:
        scaled: Real events in scaled units, float, shape (n, d).
        low: The head's least output, a number or one for each feature.
        high: Its greatest.

    Returns:
        A dict: `features`, for each column a dict of the shares `below`, `above` and `not_finite`,
        their sum `unreachable`, the least `ks` and the least `w1` in scaled units; `unreachable`,
        the share of events with any feature out of reach; `auc`, the area under the best
        classifier's ROC curve, at least.

    >>> reach = out_of_reach(np.array([[-2.0], [0.0], [0.5], [3.0]]), -1, 1)
    >>> reach["unreachable"], reach["auc"], reach["features"][0]["w1"]
    (0.5, 0.75, 0.75)
    """
    low, high = (np.broadcast_to(edge, scaled.shape[1:]) for edge in (low, high))
    outside, features = np.zeros(len(scaled), bool), []
    for column, least, greatest in zip(np.asarray(scaled, float).T, low, high, strict=True):
        finite = np.isfinite(column)
        below, above = finite & (column < least), finite & (column > greatest)
        beyond = below | above | ~finite
        kept = column[finite]
        moved = np.abs(kept - kept.clip(least, greatest))
        features.append(
            {
                "below": float(below.mean()),
                "above": float(above.mean()),
                "not_finite": float(1 - finite.mean()),
                "unreachable": float(beyond.mean()),
                "ks": float(max(below.mean(), above.mean())),
                "w1": float(moved.mean()) if len(kept) else 0.0,
            }
        )
        outside |= beyond
    unreachable = float(outside.mean())
    return {"features": features, "unreachable": unreachable, "auc": (1 + unreachable) / 2}
