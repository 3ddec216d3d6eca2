"""Scalers: scikit-learn's, one per feature, and a file format that can't run code.

skops would keep the transformers too, but writes the time of day into its files; this format is
the fitted numbers alone, in HDF5. scikit-learn fits; its formulas are applied here, equal to the
last bit, since importing it would cost each training and sampling job 1.7 s of CPU, as long as a
small GAN trains for thousands of steps. `scaler_kinds` has the formulas.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from collapse.errors import InputError
from collapse.scaler_kinds import KINDS, Numbers
from collapse.sealed import create_sealed, open_sealed


@dataclass(frozen=True)
class ScaledColumn:
    """What a scaler does to one feature.

    Attributes:
        name: The feature's.
        kind: A key of `KINDS`.
        log: Whether its natural logarithm comes first.
        numbers: What was fitted, by the names in its kind.
    """

    name: str
    kind: str
    log: bool
    numbers: Numbers

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Scale a column, float64 (n,)."""
        return KINDS[self.kind].forward(np.log(values) if self.log else values, self.numbers)

    def inverse_transform(self, scaled: np.ndarray) -> np.ndarray:
        """Bring a scaled column, float64 (n,), back to physical units."""
        values = KINDS[self.kind].inverse(scaled, self.numbers)
        return np.exp(values) if self.log else values

    def describe_inverse(self) -> dict[str, Any]:
        """Describe in plain values how it is unscaled; see `Kind.describe`."""
        told = KINDS[self.kind].describe(self.numbers)
        return {"name": self.name, "log": self.log} | told


@dataclass(frozen=True)
class Scaler:
    """One fitted transformer per feature, after a logarithm where the config asks for it.

    Attributes:
        columns: What is done to each feature, in column order.
    """

    columns: Sequence[ScaledColumn]

    @property
    def names(self) -> list[str]:
        """The features' names, in column order."""
        return [column.name for column in self.columns]

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Scale events.

        Args:
            values: float, shape (n, d), in physical units.

        Returns:
            float32, shape (n, d).
        """
        scaled = np.empty(values.shape, np.float32)
        for i, column in enumerate(self.columns):
            scaled[:, i] = column.transform(np.asarray(values[:, i], np.float64))
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
        if finite.any():
            with np.errstate(over="ignore"):
                for i, column in enumerate(self.columns):
                    part = np.asarray(scaled[finite, i], np.float64)
                    values[finite, i] = column.inverse_transform(part)
        return values


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
    columns, constant = [], []
    for i, name in enumerate(names):
        kind, log = config["features"].get(name, config["kind"]), name in config["log"]
        column = np.asarray(values[:, i : i + 1], np.float64)
        column = _logarithm(column, name) if log else column
        numbers: Numbers = {}
        if column.min() != column.max():
            numbers = KINDS[kind].fit(column)
        else:
            constant.append(name)
            if kind != "identity":
                # Linear, so that a generator that misses the value is seen to miss it.
                kind = "standard"
                numbers = {"mean_": column[0], "scale_": np.ones(1), "var_": np.zeros(1)}
        columns.append(ScaledColumn(name, kind, log, numbers))
    if constant:
        logging.warning(
            "One value in all training events, from which there is nothing to learn: %s. Remove "
            "what isn't needed from the features.",
            ", ".join(constant),
        )
    return Scaler(columns)


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
        for i, column in enumerate(scaler.columns):
            group = file.create_group(str(i))
            group.attrs["kind"], group.attrs["log"] = column.kind, column.log
            for name in KINDS[column.kind].numbers:
                group[name] = column.numbers[name]


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
        return Scaler([_load_column(file[str(i)], name) for i, name in enumerate(found)])


def _load_column(group: Any, name: str) -> ScaledColumn:
    kind, log = str(group.attrs["kind"]), bool(group.attrs["log"])
    return ScaledColumn(name, kind, log, {n: group[n][()] for n in KINDS[kind].numbers})
