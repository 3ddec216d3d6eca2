"""Scalers: scikit-learn's, one per feature, and a file format that can't run code.

skops would keep the transformers too, but writes the time of day into its files; this format is
the fitted numbers alone, in HDF5.
"""

import json

import h5py
import numpy as np
from sklearn.preprocessing import (
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from collapse.errors import InputError
from collapse.files import whole

# The constructor of each kind, and the fitted attributes that its transform needs.
KINDS = {
    "standard": (StandardScaler, ("mean_", "scale_", "var_")),
    "minmax": (lambda: MinMaxScaler((-1, 1)), ("scale_", "min_", "data_min_", "data_max_")),
    "robust": (RobustScaler, ("center_", "scale_")),
    "quantile": (
        lambda: QuantileTransformer(output_distribution="normal", subsample=1_000_000),
        ("quantiles_", "references_"),
    ),
    "power": (PowerTransformer, ("lambdas_",)),
}
# PowerTransformer standardises with a scaler of its own.
_INNER = "_scaler"


class Scaler:
    """One fitted transformer per feature, after a logarithm where the config asks for it.

    Args:
        names: The features' names, in column order.
        kinds: The kind of each, a key of `KINDS`.
        logs: For each, whether its natural logarithm comes first.
        transformers: Fitted scikit-learn transformers of one column each.
    """

    def __init__(self, names, kinds, logs, transformers):
        self.names, self.kinds, self.logs = list(names), list(kinds), list(logs)
        self._transformers = transformers

    def transform(self, values):
        """Scale events.

        Args:
            values: float, shape (n, d), in physical units.

        Returns:
            float32, shape (n, d).
        """
        scaled = np.empty(values.shape, np.float32)
        for i, (log, transformer) in enumerate(zip(self.logs, self._transformers, strict=True)):
            column = np.asarray(values[:, i : i + 1], np.float64)
            scaled[:, i] = transformer.transform(np.log(column) if log else column)[:, 0]
        return scaled

    def inverse_transform(self, scaled):
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
            for i, (log, transformer) in enumerate(zip(self.logs, self._transformers, strict=True)):
                column = np.asarray(scaled[finite, i : i + 1], np.float64)
                column = transformer.inverse_transform(column)[:, 0]
                values[finite, i] = np.exp(column) if log else column
        return values


def fit_scaler(values, names, config):
    """Fit a scaler, one column at a time.

    Args:
        values: The training events, float, shape (n, d); may be memory-mapped.
        names: The features' names, in column order.
        config: `kind`, `features` (another kind for some) and `log`, as in the config's `scalers`.

    Returns:
        A `Scaler`.

    Raises:
        InputError: If a feature can't be scaled as asked.

    >>> values = np.array([[0.0], [10.0]])
    >>> scaler = fit_scaler(values, ["a"], {"kind": "minmax", "features": {}, "log": []})
    >>> scaler.transform(np.array([[5.0], [20.0]])).ravel().tolist()
    [0.0, 3.0]
    """
    kinds, logs, transformers = [], [], []
    for i, name in enumerate(names):
        kind, log = config["features"].get(name, config["kind"]), name in config["log"]
        column = np.asarray(values[:, i : i + 1], np.float64)
        if log:
            low = column.min()
            if low <= 0:
                message = (
                    f"The scaler takes the logarithm of {name}, but its smallest training value is "
                    f"{low:g}. Remove it from the scaler's `log`, or cut such events."
                )
                raise InputError(message)
            column = np.log(column)
        if column.min() == column.max():
            message = (
                f"{name} has the one value {column[0, 0]:g} in all training events, so there is "
                "nothing to scale or learn. Remove it from the features."
            )
            raise InputError(message)
        transformer = KINDS[kind][0]()
        if kind == "quantile":
            transformer.set_params(n_quantiles=min(1000, len(column)), random_state=0)
        kinds.append(kind)
        logs.append(log)
        transformers.append(transformer.fit(column))
    return Scaler(names, kinds, logs, transformers)


def save_scaler(path, scaler):
    """Write a scaler's fitted numbers to HDF5, whole or not at all."""
    with whole(path) as part, h5py.File(part, "w") as file:
        file.attrs["names"] = json.dumps(scaler.names)
        for i, (kind, log, transformer) in enumerate(
            zip(scaler.kinds, scaler.logs, scaler._transformers, strict=True)
        ):
            group = file.create_group(str(i))
            group.attrs["kind"], group.attrs["log"] = kind, log
            for name in KINDS[kind][1]:
                group[name] = getattr(transformer, name)
            if hasattr(transformer, _INNER):
                for name in KINDS["standard"][1]:
                    group[f"{_INNER}/{name}"] = getattr(getattr(transformer, _INNER), name)


def load_scaler(path):
    """Read a scaler that `save_scaler` wrote.

    Raises:
        InputError: If the file is not such a file.
    """
    try:
        with h5py.File(path) as file:
            names = json.loads(file.attrs["names"])
            groups = [file[str(i)] for i in range(len(names))]
            kinds = [str(group.attrs["kind"]) for group in groups]
            logs = [bool(group.attrs["log"]) for group in groups]
            transformers = [
                _restore(kind, group) for kind, group in zip(kinds, groups, strict=True)
            ]
    except (OSError, KeyError, ValueError) as error:
        message = f"{path} is not a scaler's file ({error}). Make it again with `fit_scaler`."
        raise InputError(message) from error
    return Scaler(names, kinds, logs, transformers)


def _restore(kind, group):
    create, attributes = KINDS[kind]
    transformer = create()
    for name in attributes:
        setattr(transformer, name, group[name][()])
    transformer.n_features_in_ = 1
    if kind == "power":
        inner = StandardScaler()
        for name in KINDS["standard"][1]:
            setattr(inner, name, group[f"{_INNER}/{name}"][()])
        inner.n_features_in_ = 1
        setattr(transformer, _INNER, inner)
    if kind == "quantile":
        transformer.n_quantiles_ = len(transformer.references_)
    return transformer
