"""Branches that hold a list of numbers per event."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Jagged:
    """Lists of numbers, one per event, laid end to end.

    Args:
        content: All entries, shape (sum of counts,).
        counts: Entries of each event, int64, shape (n,).

    >>> lists = Jagged(np.array([1, 2, 3]), np.array([2, 0, 1]))
    >>> lists.take(np.array([0, 2])).counts.tolist(), lists.sum().tolist()
    ([2, 1], [3.0, 0.0, 3.0])
    """

    content: np.ndarray
    counts: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """Where each event begins in `content`, int64 (n,)."""
        return np.cumsum(self.counts) - self.counts

    @property
    def events(self) -> np.ndarray:
        """The event of each entry, int64 (sum of counts,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self.content.nbytes + self.counts.nbytes

    def take(self, rows: np.ndarray) -> "Jagged":
        """Return the lists of the given events."""
        counts = self.counts[rows]
        shift = self.starts[rows] - (np.cumsum(counts) - counts)
        return Jagged(self.content[np.repeat(shift, counts) + np.arange(counts.sum())], counts)

    def sum(self) -> np.ndarray:
        """Return the sum of each list, float64 (n,); 0 for an empty one."""
        weights = self.content.astype(np.float64)
        return np.bincount(self.events, weights=weights, minlength=len(self.counts))


Column = np.ndarray | Jagged
"""What is read of a branch: a number per event, shape (n,), or a list."""
