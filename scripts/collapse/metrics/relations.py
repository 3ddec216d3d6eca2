"""Relations: features that the others determine, and generated events that don't obey.

A feature is predicted by a plane through the nearest training events. It is determined by others
where that plane leaves next to nothing of how the feature varies, both among these events and as a
whole. A generated event is off if it lies farther from its plane than all but `_FARTHER` of the
events that the plane goes through lie from theirs: real events of the same neighbourhood, so that a
distribution that is shifted or lacks a mode breaks no relation.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

NEIGHBOURS = 30
# Of the neighbours, how many may be farther from their plane than an event that is off is from it.
_FARTHER = 2
# What the plane may leave of a feature that is determined: of its spread among neighbours, and of
# its spread as a whole.
_LEFT_NEAR, _LEFT = 0.5, 0.15
# Events that are looked at: of training, of a first look, and of each comparison.
_TRAINING, _LOOK, _MOST = 20_000, 300, 2000
# Features that are followed, those that are determined best.
_FOLLOWED = 3
# A value that so many events share is no measurement, and a plane fits it by chance.
_TIED = 0.02
# Coordinates that planes are fitted in; neighbours of more are far away.
_WIDEST = 20
_BATCH = 500


def _positive_and_skew(column: np.ndarray) -> bool:
    """Whether a feature's logarithm is more even than itself, so that laws are nearer to planes."""
    if column.min() <= 0:
        return False
    logs = np.log(column)
    return bool(abs(_skewness(logs)) < abs(_skewness(column)))


def _skewness(x: np.ndarray) -> float:
    low, middle, high = np.quantile(x, [0.025, 0.5, 0.975])
    return float((high + low - 2 * middle) / (high - low)) if high > low else 0.0


class Relations:
    """The relations that training events obey.

    Args:
        training: float, shape (n, d), finite. Of many some are looked at, evenly spread.
        real: Other real events, float, shape (m, d), to see what is determined.
    """

    def __init__(self, training: np.ndarray, real: np.ndarray) -> None:
        step = -(-len(training) // _TRAINING)
        training = np.asarray(training[::step], np.float64)
        self.width = training.shape[1]
        self._logs = [_positive_and_skew(column) for column in training.T]
        logged = self._log(training)
        low, middle, high = np.quantile(logged, [0.16, 0.5, 0.84], axis=0)
        self._middle, self._scale = middle, np.where(high > low, (high - low) / 2, np.inf)
        self._training = self._coordinates(training)
        self._real = np.asarray(real[:_MOST], np.float64)

    def _log(self, values: np.ndarray) -> np.ndarray:
        """Return values, some as logarithms; what has none is far below all that have one."""
        tiny = np.finfo(float).tiny
        columns = [
            np.log(np.maximum(column, tiny)) if log else column
            for column, log in zip(np.asarray(values, float).T, self._logs, strict=True)
        ]
        return np.column_stack(columns)

    def _coordinates(self, values: np.ndarray) -> np.ndarray:
        return (self._log(values) - self._middle) / self._scale

    @cached_property
    def left(self) -> dict[int, float]:
        """The determined features, best first -> what the others leave of their spread."""
        n, d = self._training.shape
        if not (2 <= d <= _WIDEST) or n < 10 * NEIGHBOURS:
            return {}
        found = {}
        look = self._coordinates(self._real[:_LOOK])
        for feature in range(d):
            column = self._training[:, feature]
            counts = np.unique(column, return_counts=True)[1]
            if np.max(counts) > max(_TIED * n, 2) or not np.isfinite(self._scale[feature]):
                continue
            fits = [
                (np.median(np.abs(around), axis=1), np.median(np.abs(apart), axis=1))
                for _, around, apart, _ in self._fit(look, feature)
            ]
            around, apart = (np.concatenate(side) for side in zip(*fits, strict=True))
            left = float(np.median(around)) / 0.6745
            if left < _LEFT and np.median(around) < _LEFT_NEAR * np.median(apart):
                found[feature] = left
        return dict(sorted(found.items(), key=lambda item: item[1])[:_FOLLOWED])

    def _tree(self, feature: int) -> Any:
        # Here, so that the preflight, which may have nothing to look up, starts without SciPy.
        from scipy.spatial import cKDTree

        if feature not in self._trees:
            self._trees[feature] = cKDTree(np.delete(self._training, feature, axis=1))
        return self._trees[feature]

    @cached_property
    def _trees(self) -> dict[int, Any]:
        return {}

    def _fit(self, events: np.ndarray, feature: int) -> Iterator[tuple[np.ndarray, ...]]:
        """Yield, of batches, how far events and their neighbours are from the plane, and how near.

        Yields:
            The distance of each event from the plane, shape (b,); that of each neighbour from the
            plane through the others, and from the others' mean, shape (b, k); and how far away the
            last neighbour is, shape (b,).
        """
        others = np.delete(events, feature, axis=1)
        k = max(NEIGHBOURS, 3 * self.width)
        for start in range(0, len(events), _BATCH):
            part = others[start : start + _BATCH]
            distance, rows = self._tree(feature).query(part, k=k)
            near = np.delete(self._training, feature, axis=1)[rows] - part[:, None]
            values = self._training[rows, feature]
            plane = np.concatenate([np.ones((*rows.shape, 1)), near], axis=2)
            # A ridge of rounding's size keeps constant features from making it singular.
            square = plane.transpose(0, 2, 1) @ plane + 1e-9 * np.eye(plane.shape[2])
            solved = np.linalg.solve(square, plane.transpose(0, 2, 1))
            slopes = (solved @ values[..., None])[..., 0]
            leverage = np.einsum("bki,bik->bk", plane, solved)
            gap = values - (plane @ slopes[..., None])[..., 0]
            around = gap / np.maximum(1 - leverage, 1e-3)
            apart = (values - values.mean(axis=1, keepdims=True)) * k / (k - 1)
            off = events[start : start + _BATCH, feature] - slopes[:, 0]
            yield off, around, apart, distance[:, -1]

    def _off(self, events: np.ndarray, feature: int) -> tuple[np.ndarray, np.ndarray]:
        """Return which events are off, and how far away their last neighbour is."""
        found = [
            (np.abs(off) > np.sort(np.abs(around), axis=1)[:, -1 - _FARTHER], reach)
            for off, around, _, reach in self._fit(self._coordinates(events), feature)
        ]
        off, reach = (np.concatenate(side) for side in zip(*found, strict=True))
        return off, reach

    @cached_property
    def _of_real(self) -> dict[int, tuple[float, float]]:
        """The share of real events that is off, and within which distance neighbours lie."""
        found = {}
        for feature in self.left:
            off, reach = self._off(self._real, feature)
            found[feature] = float(off.mean()), float(np.quantile(reach, 0.9))
        return found

    def off_relation(self, generated: np.ndarray) -> np.ndarray:
        """Return the share of generated events that is off, for each feature.

        Args:
            generated: float, shape (m, d), finite. Events that are far from all real ones tell of
                no relation, and are left out.

        Returns:
            float64, shape (d,): 0 for a feature that the others don't determine, and that of real
            events where fewer than 100 events tell.
        """
        shares, some = np.zeros(self.width), generated[:_MOST]
        for feature, (share, reach) in self._of_real.items():
            off, distance = self._off(some, feature)
            near = distance <= reach
            shares[feature] = off[near].mean() if near.sum() >= 100 else share
        return shares

    def sigmas(self, shares: np.ndarray, generated: int) -> np.ndarray:
        """Return how unlikely shares are for truth, as standard deviations of a normal number."""
        found = np.zeros(self.width)
        for feature, (share, _) in self._of_real.items():
            n, m = len(self._real), min(generated, _MOST)
            both = (share * n + shares[feature] * m + 1) / (n + m + 2)
            error = np.sqrt(both * (1 - both) * (1 / n + 1 / m))
            found[feature] = (shares[feature] - share) / error
        return found
