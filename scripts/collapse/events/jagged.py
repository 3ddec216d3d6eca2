"""Branches that hold a list of numbers per event."""

from dataclasses import dataclass

import numpy as np

from collapse.errors import InputError


@dataclass(frozen=True, eq=False)
class Jagged:
    """Lists of numbers, one per event, laid end to end.

    Args:
        content: All entries, shape (sum of counts,); lists again where an event has lists of lists.
        counts: Entries of each event, int64, shape (n,).
        width: How many each event has, where the file's layout says so.

    >>> lists = Jagged(np.array([1, 2, 3]), np.array([2, 0, 1]))
    >>> lists.take(np.array([0, 2])).counts.tolist(), lists.sum().tolist()
    ([2, 1], [3.0, 0.0, 3.0])
    """

    content: "np.ndarray | Jagged"
    counts: np.ndarray
    width: int | None = None

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def starts(self) -> np.ndarray:
        """Where each event begins in `content`, int64 (n,)."""
        return np.cumsum(self.counts) - self.counts

    @property
    def events(self) -> np.ndarray:
        """The event of each entry, int64 (sum of counts,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def numbers(self) -> np.ndarray:
        """The entries, which must be numbers.

        Raises:
            InputError: If they are lists.
        """
        if isinstance(self.content, Jagged):
            message = "its entries are lists. Take one entry of one of them, as in x[0][2]."
            raise InputError(message)
        return self.content

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self.content.nbytes + self.counts.nbytes

    def take(self, rows: np.ndarray) -> "Jagged":
        """Return the lists of the given events."""
        counts = self.counts[rows]
        shift = self.starts[rows] - (np.cumsum(counts) - counts)
        entries = np.repeat(shift, counts) + np.arange(counts.sum())
        if isinstance(self.content, Jagged):
            return Jagged(self.content.take(entries), counts)
        return Jagged(self.content[entries], counts)

    def where(self, mask: np.ndarray) -> "Jagged":
        """Return the lists of the entries where `mask`, bool (sum of counts,), is true."""
        counts = np.bincount(self.events[mask], minlength=len(self.counts))
        if isinstance(self.content, Jagged):
            return Jagged(self.content.take(np.flatnonzero(mask)), counts)
        return Jagged(self.content[mask], counts)

    def sum(self) -> np.ndarray:
        """Return the sum of each list, float64 (n,); 0 for an empty one."""
        weights = self.numbers.astype(np.float64)
        return np.bincount(self.events, weights=weights, minlength=len(self.counts))


Column = np.ndarray | Jagged
"""What is read of a branch: a number per event, shape (n,), or a list."""


def fixed_lists(values: np.ndarray) -> Column:
    """Return a block of fixed shape as a number, a list, or a list of lists per event.

    Args:
        values: Shape (n,), (n, k) or (n, k, m).

    >>> fixed_lists(np.zeros((2, 3, 4))).content.counts.tolist()
    [4, 4, 4, 4, 4, 4]
    """
    if values.ndim == 1:
        return values
    n, k = values.shape[:2]
    return Jagged(fixed_lists(values.reshape(n * k, *values.shape[2:])), np.full(n, k), k)
