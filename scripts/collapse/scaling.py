"""Scalers: scikit-learn's, one per feature, and a file format that can't run code.

skops would keep the transformers too, but writes the time of day into its files; this format is
the fitted numbers alone, in HDF5. scikit-learn fits; its formulas are applied here, equal to the
last bit, since importing it would cost each training and sampling job 1.7 s of CPU, as long as a
small GAN trains for thousands of steps.
"""

import json
import logging

import numpy as np

from collapse.errors import InputError
from collapse.sealed import create_sealed, open_sealed

log = logging.getLogger(__name__)

# The fitted attributes of scikit-learn's transformer that each kind's formulas need.
KINDS = {
    "standard": ("mean_", "scale_", "var_"),
    "minmax": ("scale_", "min_", "data_min_", "data_max_"),
    "robust": ("center_", "scale_"),
    "quantile": ("quantiles_", "references_"),
    "power": ("lambdas_", "_scaler/mean_", "_scaler/scale_", "_scaler/var_"),
    "identity": (),
}
# Nearer than this to an end of the quantiles is at the end, as in scikit-learn.
_END = 1e-7


class Scaler:
    """One fitted transformer per feature, after a logarithm where the config asks for it.

    Args:
        names: The features' names, in column order.
        kinds: The kind of each, a key of `KINDS`.
        logs: For each, whether its natural logarithm comes first.
        numbers: For each, what was fitted: a dict of arrays by the names in `KINDS`.
    """

    def __init__(self, names, kinds, logs, numbers):
        self.names, self.kinds, self.logs = list(names), list(kinds), list(logs)
        self.numbers = numbers

    def transform(self, values):
        """Scale events.

        Args:
            values: float, shape (n, d), in physical units.

        Returns:
            float32, shape (n, d).
        """
        scaled = np.empty(values.shape, np.float32)
        for i, (kind, log, numbers) in self._columns():
            column = np.asarray(values[:, i], np.float64)
            scaled[:, i] = _FORMULAS[kind][0](np.log(column) if log else column, **numbers)
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
            for i, (kind, log, numbers) in self._columns():
                column = np.asarray(scaled[finite, i], np.float64)
                column = _FORMULAS[kind][1](column, **numbers)
                values[finite, i] = np.exp(column) if log else column
        return values

    def _columns(self):
        return enumerate(zip(self.kinds, self.logs, self.numbers, strict=True))


def fit_scaler(values, names, config):
    """Fit a scaler, one column at a time.

    A column of one value has no width to divide by. Whatever its kind, it is moved to 0 and left
    as wide as it is (`identity` leaves it where it is, too), and a warning names all such columns.

    Args:
        values: The training events, float, shape (n, d); may be memory-mapped.
        names: The features' names, in column order.
        config: `kind`, `features` (another kind for some) and `log`, as in the config's `scalers`.

    Returns:
        A `Scaler`.

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
        if logarithm:
            low = column.min()
            if low <= 0:
                message = (
                    f"The scaler takes the logarithm of {name}, but its smallest training value is "
                    f"{low:g}. Remove it from the scaler's `log`, or cut such events."
                )
                raise InputError(message)
            column = np.log(column)
        if column.min() == column.max():
            constant.append(name)
            # Linear, so that a generator that misses the value is seen to miss it.
            kind = "identity" if kind == "identity" else "standard"
            mean = {"mean_": column[0], "scale_": np.ones(1), "var_": np.zeros(1)}
            numbers = mean if kind == "standard" else {}
        else:
            transformer = create_transformer(kind, len(column)).fit(column)
            numbers = {
                number.rpartition("/")[2]: _number(transformer, number) for number in KINDS[kind]
            }
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


def create_transformer(kind, n_events):
    """Create the scikit-learn transformer of a kind, as it is fitted on so many events."""
    from sklearn import preprocessing

    match kind:
        case "standard":
            return preprocessing.StandardScaler()
        case "minmax":
            return preprocessing.MinMaxScaler((-1, 1))
        case "robust":
            return preprocessing.RobustScaler()
        case "quantile":
            return preprocessing.QuantileTransformer(
                n_quantiles=min(1000, n_events),
                output_distribution="normal",
                subsample=1_000_000,
                random_state=0,
            )
        case "power":
            return preprocessing.PowerTransformer()
        case "identity":
            return preprocessing.FunctionTransformer()
    message = f"Unknown kind of scaler: {kind}"
    raise ValueError(message)


def _number(transformer, name):
    for part in name.split("/"):
        transformer = getattr(transformer, part)
    return transformer


def save_scaler(path, scaler):
    """Write a scaler's fitted numbers to HDF5, sealed, whole or not at all."""
    with create_sealed(path, "scalers") as file:
        file.attrs["names"] = json.dumps(scaler.names)
        for i, (kind, log, numbers) in scaler._columns():
            group = file.create_group(str(i))
            group.attrs["kind"], group.attrs["log"] = kind, log
            for name in KINDS[kind]:
                group[name] = numbers[name.rpartition("/")[2]]


def load_scaler(path, names=None):
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
            {name.rpartition("/")[2]: group[name][()] for name in KINDS[kind]}
            for kind, group in zip(kinds, groups, strict=True)
        ]
    return Scaler(found, kinds, logs, numbers)


def _standardise(x, mean_, scale_, var_):
    return (x - mean_) / scale_


def _unstandardise(x, mean_, scale_, var_):
    return x * scale_ + mean_


def _to_range(x, scale_, min_, data_min_, data_max_):
    return x * scale_ + min_


def _from_range(x, scale_, min_, data_min_, data_max_):
    return (x - min_) / scale_


def _to_quartiles(x, center_, scale_):
    return (x - center_) / scale_


def _from_quartiles(x, center_, scale_):
    return x * scale_ + center_


def _to_normal(x, quantiles_, references_):
    from scipy.special import ndtri

    quantiles = quantiles_[:, 0]
    # From either side, since repeated values make repeated quantiles.
    share = 0.5 * (
        np.interp(x, quantiles, references_) - np.interp(-x, -quantiles[::-1], -references_[::-1])
    )
    share[x + _END > quantiles[-1]] = 1
    share[x - _END < quantiles[0]] = 0
    end = _END - np.spacing(1)
    return np.clip(ndtri(share), ndtri(end), ndtri(1 - end))


def _from_normal(x, quantiles_, references_):
    from scipy.special import ndtr

    share, quantiles = ndtr(x), quantiles_[:, 0]
    values = np.interp(share, references_, quantiles)
    values[share + _END > 1] = quantiles[-1]
    values[share - _END < 0] = quantiles[0]
    return values


def _yeo_johnson(x, lambdas_, **inner):
    power, positive = lambdas_[0], x >= 0
    y = np.empty_like(x)
    y[positive] = _box(np.log1p(x[positive]), power)
    y[~positive] = -_box(np.log1p(-x[~positive]), 2 - power)
    return _standardise(y, **inner)


def _inverse_yeo_johnson(y, lambdas_, **inner):
    power, y = lambdas_[0], _unstandardise(y, **inner)
    positive = y >= 0
    x = np.empty_like(y)
    # What no event is mapped to comes back as NaN.
    with np.errstate(invalid="ignore"):
        x[positive] = _unbox(y[positive], power)
        x[~positive] = -_unbox(-y[~positive], 2 - power)
    return x


def _box(logarithm, power):
    return logarithm if abs(power) < np.spacing(1.0) else np.expm1(power * logarithm) / power


def _unbox(y, power):
    return np.exp(y) - 1 if abs(power) < np.spacing(1.0) else (y * power + 1) ** (1 / power) - 1


def _same(x):
    return x


_FORMULAS = {
    "standard": (_standardise, _unstandardise),
    "minmax": (_to_range, _from_range),
    "robust": (_to_quartiles, _from_quartiles),
    "quantile": (_to_normal, _from_normal),
    "power": (_yeo_johnson, _inverse_yeo_johnson),
    "identity": (_same, _same),
}
