"""The generated events of a run's leg, as `sample` and `import_samples` write them."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collapse.sealed import open_sealed


@dataclass(frozen=True)
class Sample:
    """Generated events at one epoch count.

    Args:
        run: What identifies their run, from `collapse.sealed.identify`.
        epoch: The epoch count.
        events: float32, shape (n, d); of one column alone (n,).
    """

    run: str
    epoch: int
    events: np.ndarray


def read_samples(
    path: Path | str, epochs: Container[int] | None = None, column: int | None = None
) -> Iterator[Sample]:
    """Yield the samples of a leg, by epoch; the file is opened and checked once.

    Args:
        path: The file.
        epochs: The epoch counts that are asked for; by default all.
        column: The only column to read; by default all.
    """
    with open_sealed(path, "samples") as file:
        for epoch in sorted(map(int, file)):
            if epochs is None or epoch in epochs:
                events = file[str(epoch)]["events"]
                yield Sample(
                    file.attrs["run"], epoch, events[:, slice(None) if column is None else column]
                )
