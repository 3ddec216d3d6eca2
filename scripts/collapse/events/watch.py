"""What is odd about features, noticed while the events pass."""

import itertools
import logging
from collections.abc import Sequence

import numpy as np

log = logging.getLogger(__name__)

_HASHES = 1_000_000  # rows among which identical ones are counted
_REPEATED = 0.01
_ROUNDED = 1e-4  # of a feature's range, by which float32 moves its values at most
_FEW = 10  # rows too few to tell an event's number from a measured one


class Watch:
    """Notices features that a GAN can't or shouldn't learn, while the events pass.

    Args:
        names: The features' names, in column order.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.infinite = np.zeros(len(names), np.int64)
        self.low, self.high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
        self.equal = list(itertools.combinations(range(len(names)), 2))
        self.rising = np.ones(len(names), bool)
        self.falling = np.ones(len(names), bool)
        self.whole = np.ones(len(names), bool)
        self.rounding = np.zeros(len(names))
        self.last = np.empty((0, len(names)))
        self.count = 0
        self.hashes: list[np.ndarray] = []
        self.hashed = 0

    def see_finite(self, finite: np.ndarray) -> None:
        """Take note of where features, bool (n, d), are finite."""
        self.infinite += np.sum(~finite, axis=0)

    def see_rows(self, rows: np.ndarray) -> None:
        """Take note of kept rows, float64 (n, d), in the order of reading."""
        if len(rows) == 0:
            return
        self.count += len(rows)
        self.low = np.minimum(self.low, rows.min(axis=0))
        self.high = np.maximum(self.high, rows.max(axis=0))
        moved = np.abs(rows - rows.astype(np.float32))
        self.rounding = np.maximum(self.rounding, moved.max(axis=0))
        self.equal = [(i, j) for i, j in self.equal if np.array_equal(rows[:, i], rows[:, j])]
        steps = np.diff(np.concatenate([self.last, rows]), axis=0)
        whole = (rows == np.floor(rows)).all(axis=0)
        self.whole &= whole
        self.rising &= whole & (steps > 0).all(axis=0)
        self.falling &= whole & (steps < 0).all(axis=0)
        self.last = rows[-1:]

    def see_hashes(self, hashes: np.ndarray) -> None:
        """Take note of kept rows' hashes, uint64 (n,), as long as there is room for them."""
        hashes = hashes[: _HASHES - self.hashed]
        self.hashes.append(hashes)
        self.hashed += len(hashes)

    def report(self) -> None:
        """Log what was noticed, one warning for each."""
        for name, count in zip(self.names, self.infinite, strict=True):
            if count:
                log.warning(
                    "features.%s was not finite in %d events, which were dropped. If that is not"
                    " meant, add a cut for what it needs.",
                    name,
                    count,
                )
        constant = self.low == self.high
        for name, value in zip(np.array(self.names)[constant], self.low[constant], strict=True):
            log.warning("features.%s is %g in all events. Remove it.", name, value)
        for first, second in self.equal:
            if not constant[first]:
                names = self.names[first], self.names[second]
                log.warning("features.%s and features.%s are equal. Remove one.", *names)
        counting = (self.rising | self.falling) & (self.count >= _FEW)
        for name in np.array(self.names)[counting]:
            log.warning(
                "features.%s counts up or down from event to event, as an event's number does."
                " Remove it unless it is measured.",
                name,
            )
        # A continuous value loses a ten-millionth of itself, which matters to nobody.
        relevant = self.rounding > np.where(self.whole, 0, _ROUNDED * (self.high - self.low))
        for i in np.flatnonzero(relevant & ~constant):
            log.warning(
                "features.%s has values up to %.10g, which float32 rounds by up to %.3g. A time or"
                " a number of an event is no feature; else subtract its least value, %.10g.",
                self.names[i],
                max(abs(self.low[i]), abs(self.high[i])),
                self.rounding[i],
                self.low[i],
            )
        hashes = np.concatenate(self.hashes)
        repeated = 1 - len(np.unique(hashes)) / max(1, len(hashes))
        if repeated > _REPEATED:
            log.warning(
                "%.1f %% of the rows repeat another one exactly. Copies share a side of the split,"
                " but a diversity measured on them is too low: check the files for duplicates.",
                100 * repeated,
            )
