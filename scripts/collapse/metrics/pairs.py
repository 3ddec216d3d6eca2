"""Distances of all pairs of events, a block of rows at a time: memory grows with n alone."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike

# Of a block, so that it stays in the processor's cache.
ENTRIES = 2**18

Blocks = Iterator[tuple[slice, np.ndarray]]


def squared_distances(a: np.ndarray, b: np.ndarray, dtype: DTypeLike = np.float32) -> Blocks:
    """Yield the squared Euclidean distances of all pairs, a block of rows at a time.

    One matrix product gives a block: |x|^2 + |y|^2 - 2 x y, of vectors with two entries more. It
    costs some precision, about 1e-7 of |x|^2 in single and 1e-16 in double precision, so that a
    distance of zero may come out slightly off, on either side.

    Args:
        a: float, shape (n, d).
        b: float, shape (m, d).
        dtype: Precision of the distances.

    Yields:
        A slice of the rows of `a`, and their distances, shape (rows, m): a buffer that may be
        overwritten, and will be by the next block.
    """
    middle = np.mean(b, axis=0, dtype=np.float64)
    a, b = np.asarray(a, float) - middle, np.asarray(b, float) - middle
    left = np.empty((len(a), a.shape[1] + 2), dtype)
    left[:, :-2], left[:, -2], left[:, -1] = -2 * a, np.einsum("ij,ij->i", a, a), 1
    right = np.empty((b.shape[1] + 2, len(b)), dtype)
    right[:-2], right[-2], right[-1] = b.T, 1, np.einsum("ij,ij->i", b, b)
    step = max(1, min(len(a), ENTRIES // len(b)))
    buffer = np.empty((step, len(b)), dtype)
    for start in range(0, len(a), step):
        rows = slice(start, min(start + step, len(a)))
        block = buffer[: rows.stop - rows.start]
        np.matmul(left[rows], right, out=block)
        yield rows, block


def off_diagonal(points: np.ndarray, value: float, dtype: DTypeLike = np.float32) -> Blocks:
    """Yield the blocks of a sample against itself, with `value` where an event meets itself."""
    for rows, block in squared_distances(points, points, dtype):
        count = rows.stop - rows.start
        block[np.arange(count), np.arange(rows.start, rows.stop)] = value
        yield rows, block
