"""The cuts that generated events must pass, and which events of a generator's stream do."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from collapse.events.derived import Parsed, compute_columns, cuts_of, parse_derived, parse_select
from collapse.events.expressions import Expression

# So many events are generated for each that is asked for, at most.
MOST = 20


class Acceptance:
    """The cuts, to be asked of events.

    Args:
        select: The config's `generated.select`.
        derived: The config's `evaluation.derived`.
        names: The features' names, in column order.
    """

    def __init__(
        self, select: str | Mapping[str, str], derived: Mapping[str, Mapping[str, Any]],
        names: Sequence[str]
    ) -> None:  # fmt: skip
        self._names, self._derived = list(names), parse_derived(derived, names)
        self.cuts: dict[str, Expression] = {
            name: parse_select(name, text, [*names, *self._derived])
            for name, text in cuts_of(select).items()
        }

    def failing(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Return which events fail each cut, and any of them as `all`.

        What is not a number fails none: it is counted for itself.

        Args:
            values: Features, float, shape (n, d).

        Returns:
            Cut -> bool, shape (n,).
        """
        finite = np.isfinite(values).all(axis=1)
        asked: Parsed = self._derived | {f"cut {name}": cut for name, cut in self.cuts.items()}
        found = compute_columns(values, self._names, asked)
        failing = {name: finite & ~(found[f"cut {name}"] == 1) for name in self.cuts}
        return failing | {"all": np.any(list(failing.values()), axis=0)}


@dataclass
class Passed:
    """What of a generator's stream was taken.

    Attributes:
        events: The first events that pass, float32 (n, d); if too few of so many do, filled up by
            those that fail, so that figures show what is wrong.
        drawn: Events that were generated.
        failed: Cut -> how many of them failed it; `all` for any.
    """

    events: np.ndarray
    drawn: int = 0
    failed: dict[str, int] = field(default_factory=dict)

    def note(self, attributes: Any) -> None:
        """Write the counts into the attributes of an HDF5 group."""
        attributes["acceptance"] = json.dumps({"drawn": self.drawn, "failed": self.failed})


def take_passing(pieces: Iterable[np.ndarray], acceptance: Acceptance, n: int) -> Passed:
    """Take the first n events that pass; look at `MOST` times as many at most.

    Args:
        pieces: The stream, pieces of float32 (k, d).
        acceptance: The cuts.
        n: Events to take.

    Returns:
        A `Passed`. More events of the same stream begin with these.
    """
    passing: list[np.ndarray] = []
    failing: list[np.ndarray] = []
    taken = looked = 0
    failed = dict.fromkeys([*acceptance.cuts, "all"], 0)
    for piece in pieces:
        found = acceptance.failing(piece)
        passes = ~found["all"]
        # Not beyond the last one that is taken: the counts are of what was looked at.
        if taken + passes.sum() >= n:
            stop = int(np.searchsorted(np.cumsum(passes), n - taken)) + 1
            piece, passes = piece[:stop], passes[:stop]
        for name, of in found.items():
            failed[name] += int(of[: len(piece)].sum())
        looked, taken = looked + len(piece), taken + int(passes.sum())
        passing.append(piece[passes])
        if sum(len(part) for part in failing) < n:
            failing.append(piece[~passes])
        if taken >= n or looked >= MOST * n:
            break
    return Passed(np.concatenate([*passing, *failing])[:n], looked, failed)


def read_counts(attributes: Any) -> tuple[int, dict[str, int]] | None:
    """Return what `Passed.note` wrote: events that were generated, and cut -> how many failed."""
    if "acceptance" not in attributes:
        return None
    noted = json.loads(attributes["acceptance"])
    return noted["drawn"], noted["failed"]
