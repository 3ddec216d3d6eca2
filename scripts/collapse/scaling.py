"""Scalers: scikit-learn's, one per feature, and a file format that can't run code.

skops would keep the transformers too, but writes the time of day into its files; this format is
the fitted numbers alone, in HDF5. scikit-learn fits; its formulas are applied here, equal to the
last bit, since importing it would cost each training and sampling job 1.7 s of CPU, as long as a
small GAN trains for thousands of steps. `scaler_kinds` has the formulas.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from collapse.errors import InputError
from collapse.scaler_kinds import KINDS, Numbers
from collapse.sealed import create_sealed, open_sealed

log = logging.getLogger(__name__)


class Scaler:
    """One fitted transformer per feature, after a logarithm where the config asks for it.

    Args:
        names: The features' names, in column order.
        kinds: The kind of each, a key of `KINDS`.
        logs: For each, whether its natural logarithm comes first.
        numbers: For each, what was fitted: a dict of arrays by the names in its kind.
    """

    def __init__(
        self,
        names: Sequence[str],
        kinds: Sequence[str],
        logs: Sequence[bool],
        numbers: Sequence[Numbers],
    ) -> None:
        self.names, self.kinds, self.logs = list(names), list(kinds), list(logs)
        self.numbers = numbers

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Scale events.

        Args:
            values: float, shape (n, d), in physical units.

        Returns:
            float32, shape (n, d).
        """
        scaled = np.empty(values.shape, np.float32)
        for i, (kind, log, numbers) in self._columns():
            column = np.asarray(values[:, i], np.float64)
            scaled[:, i] = KINDS[kind].forward(np.log(column) if log else column, numbers)
        return scaled

    def inverse_transform(self, scaled: np.ndarray) -> np.ndarray:
        """Bring scaled events back to physical units.

        Args:
            scaled: float, shape (n, d). Rows that are not finite come back not finite.

        Returns:
            float32, shape (n, d).
        """
        values = np.full(scaled.shape, np.nan, np.float32)
        finite = np.isfinite(scaled).all(axis=1)
        if not finite.any():
            return values
        with np.errstate(over="ignore"):
            for i, (kind, log, numbers) in self._columns():
                column = np.asarray(scaled[finite, i], np.float64)
                column = KINDS[kind].inverse(column, numbers)
                values[finite, i] = np.exp(column) if log else column
        return values

    def describe_inverse(self) -> list[dict[str, Any]]:
        """Describe in plain values how each feature is unscaled; see `scaler_kinds.Kind`."""
        return [
            {"name": self.names[i], "log": log} | KINDS[kind].describe(numbers)
            for i, (kind, log, numbers) in self._columns()
        ]

    def _columns(self) -> Iterator[tuple[int, tuple[str, bool, Numbers]]]:
        return enumerate(zip(self.kinds, self.logs, self.numbers, strict=True))


def fit_scaler(values: np.ndarray, names: Sequence[str], config: Mapping[str, Any]) -> Scaler:
    """Fit a scaler, one column at a time.

    A column of one value has no width to divide by. Whatever its kind, it is moved to 0 and left
    as wide as it is (`identity` leaves it where it is, too), and a warning names all such columns.

    Args:
        values: The training events, float, shape (n, d); may be memory-mapped.
        names: The features' names, in column order.
        config: `kind`, `features` (another kind for some) and `log`, as in the config's `scalers`.

    Raises:
        InputError: If a feature whose logarithm is asked for isn't positive.

    >>> values = np.array([[0.0], [10.0]])
    >>> scaler = fit_scaler(values, ["a"], {"kind": "minmax", "features": {}, "log": []})
    >>> scaler.transform(np.array([[5.0], [20.0]])).ravel().tolist()
    [0.0, 3.0]
    """
    kinds, logs, fitted, constant = [], [], [], []
    for i, name in enumerate(names):
        kind, logarithm = config["features"].get(name, config["kind"]), name in config["log"]
        column = np.asarray(values[:, i : i + 1], np.float64)
        column = _logarithm(column, name) if logarithm else column
        numbers: Numbers
        if column.min() == column.max():
            constant.append(name)
            # Linear, so that a generator that misses the value is seen to miss it.
            kind = "identity" if kind == "identity" else "standard"
            mean = {"mean_": column[0], "scale_": np.ones(1), "var_": np.zeros(1)}
            numbers = mean if kind == "standard" else {}
        else:
            numbers = KINDS[kind].fit(column)
        kinds.append(kind)
        logs.append(logarithm)
        fitted.append(numbers)
    if constant:
        log.warning(
            "One value in all training events, from which there is nothing to learn: %s. Remove "
            "what isn't needed from the features.",
            ", ".join(constant),
        )
    return Scaler(names, kinds, logs, fitted)


def _logarithm(column: np.ndarray, name: str) -> np.ndarray:
    if (low := column.min()) > 0:
        return np.log(column)
    message = (
        f"The scaler takes the logarithm of {name}, but its smallest training value is {low:g}. "
        "Remove it from the scaler's `log`, or cut such events."
    )
    raise InputError(message)


def save_scaler(path: Path | str, scaler: Scaler) -> None:
    """Write a scaler's fitted numbers to HDF5, sealed, whole or not at all."""
    with create_sealed(path, "scalers") as file:
        file.attrs["names"] = json.dumps(scaler.names)
        for i, (kind, log, numbers) in scaler._columns():
            group = file.create_group(str(i))
            group.attrs["kind"], group.attrs["log"] = kind, log
            for name in KINDS[kind].numbers:
                group[name] = numbers[name]


def load_scaler(path: Path | str, names: Sequence[str] | None = None) -> Scaler:
    """Read a scaler that `save_scaler` wrote.

    Args:
        path: The file.
        names: The features that it must be of, in column order, or None if any are right.

    Raises:
        InputError: If the file is not such a file, damaged, or of other features.
    """
    with open_sealed(path, "scalers") as file:
        found = json.loads(file.attrs["names"])
        if names is not None and found != list(names):
            message = (
                f"{path} is a scaler of {', '.join(found)}, expected one of {', '.join(names)}. "
                "Remove it and start snakemake again, which makes it anew."
            )
            raise InputError(message)
        groups = [file[str(i)] for i in range(len(found))]
        kinds = [str(group.attrs["kind"]) for group in groups]
        logs = [bool(group.attrs["log"]) for group in groups]
        numbers = [
            {name: group[name][()] for name in KINDS[kind].numbers}
            for kind, group in zip(kinds, groups, strict=True)
        ]
    return Scaler(found, kinds, logs, numbers)
