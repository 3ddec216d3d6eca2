"""The events file: one float32 matrix, grouped by split so that it can be memory-mapped.

Layout of `events.h5`:

- dataset `events`, float32 (n, d), contiguous; rows of `train` first, then `validation`, `test`.
  Its attribute `features` is a JSON list of the columns' names. How figures call them is the
  config's affair: a label's edit must not make the events, and so the training, again;
- attributes `train`, `validation`, `test` of the file: first row and one past the last;
- attribute `cutflow` of the file: a JSON list of [step, events left], from `read` to `kept`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from collapse.errors import InputError
from collapse.files import atomic

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Events:
    """An events file, its values memory-mapped.

    Args:
        values: float32, shape (n, d), read-only.
        features: The columns' names, in order.
        splits: For each of `SPLITS`, its rows as a slice.
        cutflow: Pairs of step and events left.
    """

    values: np.ndarray
    features: tuple[str, ...]
    splits: dict[str, slice]
    cutflow: tuple[tuple[str, int], ...]

    def split(self, name: str) -> np.ndarray:
        """Return the rows of one split, float32 (n_split, d), without reading them."""
        return self.values[self.splits[name]]

    @property
    def names(self) -> list[str]:
        """The features' names, in column order."""
        return list(self.features)


def map_matrix(path: Path | str, name: str) -> np.ndarray:
    """Memory-map a contiguous HDF5 dataset, read-only; an empty one comes as an empty array."""
    with h5py.File(path) as file:
        dataset = file[name]
        if dataset.size == 0:
            return np.empty(dataset.shape, dataset.dtype)
        offset, dtype, shape = dataset.id.get_offset(), dataset.dtype, dataset.shape
    if offset is None:
        message = f"{path}: dataset {name} is not contiguous. Make the file again with `ingest`."
        raise InputError(message)
    return np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=shape)


def open_events(path: Path | str) -> Events:
    """Open an events file.

    Returns:
        `Events`, whose values stay on disk until they are used.

    Raises:
        InputError: If `path` is not an events file.
    """
    try:
        with h5py.File(path) as file:
            features = tuple(json.loads(file["events"].attrs["features"]))
            splits = {name: slice(*map(int, file.attrs[name])) for name in SPLITS}
            cutflow = tuple((step, count) for step, count in json.loads(file.attrs["cutflow"]))
        values = map_matrix(path, "events")
    except (OSError, KeyError) as error:
        message = f"{path} is not an events file ({error}). Make it with `ingest`."
        raise InputError(message) from error
    return Events(values, features, splits, cutflow)


@contextmanager
def create_events(
    path: Path | str,
    features: Iterable[str],
    counts: Sequence[int] | np.ndarray,
    cutflow: Iterable[tuple[str, int]],
) -> Iterator[h5py.Dataset]:
    """Create an events file and yield its matrix for filling; the file appears when all is well.

    Args:
        path: Where to write.
        features: The columns' names.
        counts: Rows of each of `SPLITS`, in that order.
        cutflow: Pairs of step and events left.

    Yields:
        A writable h5py dataset, float32 (sum of counts, d).
    """
    names, edges = list(features), np.concatenate([[0], np.cumsum(counts)])
    with atomic(path) as part, h5py.File(part, "w") as file:
        dataset = file.create_dataset("events", (edges[-1], len(names)), np.float32)
        dataset.attrs["features"] = json.dumps(names)
        for name, start, stop in zip(SPLITS, edges[:-1], edges[1:], strict=True):
            file.attrs[name] = np.array([start, stop])
        file.attrs["cutflow"] = json.dumps([[step, int(left)] for step, left in cutflow])
        yield dataset
