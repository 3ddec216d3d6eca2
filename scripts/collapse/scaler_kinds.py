"""The kinds of scaler: how each is fitted, applied, undone and told to others.

A new kind is an entry of `KINDS`: the config, its schema, the files of scalers and `export` take it
from there. Only the standard library is imported, since every cluster job parses the config again;
NumPy, SciPy and scikit-learn are where they are needed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

# What was fitted, by the attribute of scikit-learn's transformer that it was.
Numbers = Mapping[str, "np.ndarray"]

# Nearer than this to an end of the quantiles is at the end, as in scikit-learn.
_END = 1e-7


@dataclass(frozen=True)
class Kind:
    """A kind of scaler, of one column.

    Attributes:
        meaning: What it scales to, for the config's schema.
        transformer: Creates scikit-learn's transformer, for so many events.
        numbers: The fitted attributes of the transformer that the formulas need.
        forward: Scales a column, float64 (n,), with the numbers; equal to the last bit to
            scikit-learn's.
        inverse: Undoes it.
        describe: The inverse in plain values: `slope` and `offset` of a line, perhaps after the
            inverse of Yeo and Johnson's `power`, or a curve through points, of `shares` of the
            normal distribution and `values`.
    """

    meaning: str
    transformer: Callable[[int], Any]
    numbers: tuple[str, ...]
    forward: "Callable[[np.ndarray, Numbers], np.ndarray]"
    inverse: "Callable[[np.ndarray, Numbers], np.ndarray]"
    describe: Callable[[Numbers], dict[str, Any]]

    def fit(self, column: "np.ndarray") -> dict[str, "np.ndarray"]:
        """Return the numbers for a column, float64 (n, 1)."""
        fitted, found = self.transformer(len(column)).fit(column), {}
        for name in self.numbers:
            value = fitted
            for part in name.split("/"):
                value = getattr(value, part)
            found[name] = value
        return found


def schema() -> dict[str, Any]:
    """Return the JSON schema of a kind's name.

    >>> schema()["enum"][:2]
    ['standard', 'minmax']
    """
    meanings = (f"{name}: {kind.meaning}." for name, kind in KINDS.items())
    return {"enum": list(KINDS), "description": " ".join(meanings)}


def _line(slope: Any, offset: Any) -> dict[str, Any]:
    return {"slope": float(slope[0]), "offset": float(offset[0])}


def _sklearn() -> Any:
    from sklearn import preprocessing

    return preprocessing


def _to_normal(x: "np.ndarray", n: Numbers) -> "np.ndarray":
    import numpy as np
    from scipy.special import ndtri

    quantiles, references = n["quantiles_"][:, 0], n["references_"]
    # From either side, since repeated values make repeated quantiles.
    share = 0.5 * (
        np.interp(x, quantiles, references) - np.interp(-x, -quantiles[::-1], -references[::-1])
    )
    share[x + _END > quantiles[-1]] = 1
    share[x - _END < quantiles[0]] = 0
    end = _END - np.spacing(1)
    return np.clip(ndtri(share), ndtri(end), ndtri(1 - end))


def _from_normal(x: "np.ndarray", n: Numbers) -> "np.ndarray":
    import numpy as np
    from scipy.special import ndtr

    share, quantiles = ndtr(x), n["quantiles_"][:, 0]
    values = np.interp(share, n["references_"], quantiles)
    values[share + _END > 1] = quantiles[-1]
    values[share - _END < 0] = quantiles[0]
    return values


def _yeo_johnson(x: "np.ndarray", n: Numbers) -> "np.ndarray":
    import numpy as np

    def box(logarithm: np.ndarray, power: float) -> np.ndarray:
        straight = abs(power) < np.spacing(1.0)
        return logarithm if straight else np.expm1(power * logarithm) / power

    power, positive = n["lambdas_"][0], x >= 0
    y = np.empty_like(x)
    y[positive] = box(np.log1p(x[positive]), power)
    y[~positive] = -box(np.log1p(-x[~positive]), 2 - power)
    return (y - n["_scaler/mean_"]) / n["_scaler/scale_"]


def _inverse_yeo_johnson(y: "np.ndarray", n: Numbers) -> "np.ndarray":
    import numpy as np

    def unbox(y: np.ndarray, power: float) -> np.ndarray:
        straight = abs(power) < np.spacing(1.0)
        return np.exp(y) - 1 if straight else (y * power + 1) ** (1 / power) - 1

    power, y = n["lambdas_"][0], y * n["_scaler/scale_"] + n["_scaler/mean_"]
    positive = y >= 0
    x = np.empty_like(y)
    # What no event is mapped to comes back as NaN.
    with np.errstate(invalid="ignore"):
        x[positive] = unbox(y[positive], power)
        x[~positive] = -unbox(-y[~positive], 2 - power)
    return x


KINDS = {
    "standard": Kind(
        meaning="zero mean, unit variance",
        transformer=lambda _: _sklearn().StandardScaler(),
        numbers=("mean_", "scale_", "var_"),
        forward=lambda x, n: (x - n["mean_"]) / n["scale_"],
        inverse=lambda x, n: x * n["scale_"] + n["mean_"],
        describe=lambda n: _line(n["scale_"], n["mean_"]),
    ),
    "minmax": Kind(
        meaning="to [-1, 1]",
        transformer=lambda _: _sklearn().MinMaxScaler((-1, 1)),
        numbers=("scale_", "min_", "data_min_", "data_max_"),
        forward=lambda x, n: x * n["scale_"] + n["min_"],
        inverse=lambda x, n: (x - n["min_"]) / n["scale_"],
        describe=lambda n: _line(1 / n["scale_"], -n["min_"] / n["scale_"]),
    ),
    "robust": Kind(
        meaning="median and quartiles",
        transformer=lambda _: _sklearn().RobustScaler(),
        numbers=("center_", "scale_"),
        forward=lambda x, n: (x - n["center_"]) / n["scale_"],
        inverse=lambda x, n: x * n["scale_"] + n["center_"],
        describe=lambda n: _line(n["scale_"], n["center_"]),
    ),
    "quantile": Kind(
        meaning="to a normal distribution",
        transformer=lambda events: _sklearn().QuantileTransformer(
            n_quantiles=min(1000, events),
            output_distribution="normal",
            subsample=1_000_000,
            random_state=0,
        ),
        numbers=("quantiles_", "references_"),
        forward=_to_normal,
        inverse=_from_normal,
        describe=lambda n: {
            "shares": n["references_"].tolist(),
            "values": n["quantiles_"][:, 0].tolist(),
        },
    ),
    "power": Kind(
        meaning="Yeo-Johnson",
        transformer=lambda _: _sklearn().PowerTransformer(),
        numbers=("lambdas_", "_scaler/mean_", "_scaler/scale_", "_scaler/var_"),
        forward=_yeo_johnson,
        inverse=_inverse_yeo_johnson,
        describe=lambda n: (
            _line(n["_scaler/scale_"], n["_scaler/mean_"]) | {"power": float(n["lambdas_"][0])}
        ),
    ),
    "identity": Kind(
        meaning="none, the features as they are",
        transformer=lambda _: _sklearn().FunctionTransformer(),
        numbers=(),
        forward=lambda x, _: x,
        inverse=lambda x, _: x,
        describe=lambda _: _line([1.0], [0.0]),
    ),
}
