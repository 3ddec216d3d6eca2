"""Metrics where the modes are known: windows of a feature, or a mixture of equal Gaussians."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import chdtr, ndtr

from collapse.metrics.one_dimensional import window_fraction
from collapse.mixture import centres_of

SIGMAS = 3.0


@dataclass(frozen=True)
class Shares:
    """How generated events share out over the modes of a mixture.

    Args:
        nearest: Share of all events whose nearest mode it is, float64 (modes,).
        high_quality: Share of all events whose nearest mode it is, and within `SIGMAS` standard
            deviations of it, float64 (modes,).
        events: Events.
    """

    nearest: np.ndarray
    high_quality: np.ndarray
    events: int


def share_out(points: np.ndarray, centres: np.ndarray, sd: float, sigmas: float = SIGMAS) -> Shares:
    """Share events out over the modes of a mixture of equal Gaussians.

    Args:
        points: float, shape (n, d), in the units of the centres.
        centres: float, shape (modes, d).
        sd: Standard deviation along each axis.
        sigmas: Within so many an event is of high quality.

    Returns:
        `Shares`.
    """
    distance, mode = cKDTree(centres).query(np.float64(points))
    good = distance <= sigmas * sd
    return Shares(
        np.bincount(mode, minlength=len(centres)) / len(points),
        np.bincount(mode[good], minlength=len(centres)) / len(points),
        len(points),
    )


def true_high_quality(dimensions: int, sigmas: float = SIGMAS) -> float:
    """Return the share of a Gaussian within so many standard deviations: what truth scores.

    >>> round(true_high_quality(2), 4)
    0.9889
    """
    return float(chdtr(dimensions, sigmas**2))


def true_mode_tv(modes: int, events: int, dimensions: int) -> float:
    """Return what truth scores by `mode_tv` in the mean.

    The share beyond 3 standard deviations, and the noise of a finite sample: binomial shares, taken
    as normal, whose mean distance from equal ones is that of a folded normal distribution.

    Args:
        modes: How many, none within reach of another.
        events: Events of the sample.
        dimensions: Of the mixture.

    Returns:
        A float in [0, 1].

    >>> round(true_mode_tv(8, 10**9, 2), 4), round(true_mode_tv(25, 5000, 2), 4)
    (0.0111, 0.0334)
    """
    good = true_high_quality(dimensions)
    share, missing = good / modes, (1 - good) / modes
    sd = np.sqrt(share * (1 - share) / events)
    off = sd * np.sqrt(2 / np.pi) * np.exp(-0.5 * (missing / sd) ** 2)
    off += missing * (1 - 2 * ndtr(-missing / sd))
    return float(0.5 * (modes * off + 1 - good))


def high_quality(shares: Shares) -> float:
    """Return the share of events within 3 standard deviations of the nearest mode (VEEGAN).

    More than truth's 98.89 % in two dimensions is no merit: the modes are too narrow.
    """
    return float(shares.high_quality.sum())


def modes_captured(shares: Shares, least_share: float | None = None) -> int:
    """Return how many modes are captured.

    Args:
        shares: `Shares`.
        least_share: A mode is captured if the high-quality events nearest to it are at least this
            share of what they would be if all modes were equal. None: if there is any such event,
            as in VEEGAN (arXiv:1705.07761) and PacGAN, which one stray event satisfies.

    Returns:
        An int.

    >>> centres = np.array([[0.0], [10.0]])
    >>> shares = share_out(np.array([[0.0]] * 99 + [[10.0]]), centres, 1.0)
    >>> modes_captured(shares), modes_captured(shares, 0.25)
    (2, 1)
    """
    if least_share is None:
        return int(np.count_nonzero(shares.high_quality))
    return int(np.count_nonzero(shares.high_quality >= least_share / len(shares.nearest)))


def mode_kl(shares: Shares, only_high_quality: bool = False) -> float:
    """Return the reverse KL divergence of the modes' shares from equal ones, in nats.

    Args:
        shares: `Shares`.
        only_high_quality: Whether to count high-quality events alone, as PacGAN's table. By default
            each event counts for its nearest mode, as in R3GAN (arXiv:2501.05441).

    Returns:
        A float in [0, log modes]; for truth (modes - 1) / (2 events) in the mean; NaN without
        events.

    >>> centres = np.array([[0.0], [10.0]])
    >>> round(mode_kl(share_out(np.zeros((9, 1)), centres, 1.0)), 6)
    0.693147
    """
    p = shares.high_quality if only_high_quality else shares.nearest
    return reverse_kl(p, np.ones(len(p)))


def reverse_kl(p: np.ndarray, q: np.ndarray) -> float:
    """Return the divergence of shares p from shares q, both brought to a sum of 1, in nats.

    >>> reverse_kl(np.array([0.5, 0.5]), np.array([1.0, 1.0]))
    0.0
    """
    if not p.sum():
        return float("nan")
    p, q = p / p.sum(), q / q.sum()
    seen = p > 0
    return float(np.sum(p[seen] * np.log(p[seen] / q[seen])))


def mode_tv(shares: Shares) -> float:
    """Return the total variation of the modes' shares: half of sum |p - 1/modes| + invalid.

    p is the share, among all events, of high-quality ones nearest to a mode, and the invalid are
    the rest. (github.com/brycesandlund/paired-discriminator)

    Returns:
        A float in [0, 1]: one of 8 modes is 0.875, 4 of 8 are 0.5. Truth isn't at 0; see
        `true_mode_tv`.

    >>> shares = share_out(np.zeros((9, 1)), 10.0 * np.arange(8.0)[:, None], 1.0)
    >>> mode_tv(shares)
    0.875
    """
    p = shares.high_quality
    return float(0.5 * (np.abs(p - 1 / len(p)).sum() + 1 - p.sum()))


def window_counts(values: np.ndarray, windows: Sequence[tuple[int, float, float]]) -> np.ndarray:
    """Count the events of each window and of the rest; of windows that overlap the first counts.

    Args:
        values: float, shape (n, d).
        windows: A list of (column, low, high).

    Returns:
        int64, shape (windows + 1,), the rest last.

    >>> window_counts(np.array([[1.0], [2.0], [9.0]]), [(0, 0, 2), (0, 1, 3)]).tolist()
    [1, 1, 1]
    """
    place = np.full(len(values), len(windows))
    for i, (column, low, high) in reversed(list(enumerate(windows))):
        inside = (values[:, column] >= low) & (values[:, column] < high)
        place[inside] = i
    return np.bincount(place, minlength=len(windows) + 1)


def total_variation(p: np.ndarray, q: np.ndarray) -> float:
    """Return half of sum |p - q| of two sets of shares.

    >>> total_variation(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    0.5
    """
    return float(0.5 * np.abs(np.subtract(p, q)).sum())


def soft_share(expected: np.ndarray, fractions: np.ndarray) -> float:
    """Return how much of their share the modes hold in the mean, none more than all of it.

    A mode that loses a few events changes it by little, where `captured` jumps.

    Args:
        expected: What each mode should hold, float, shape (modes,); none is 0.
        fractions: What each holds.

    Returns:
        A float in [0, 1]; the modes count alike, however rare.

    >>> soft_share(np.array([0.4, 0.1]), np.array([0.5, 0.05]))
    0.75
    """
    return float(np.mean(np.minimum(1.0, fractions / expected)))


class Windows:
    """Windows of a feature as modes. What a mode should hold is what the real sample holds.

    Args:
        windows: Name -> (column, low, high).
        least_share: A window is captured if it holds at least this share of its real fraction.
    """

    def __init__(self, windows: Mapping[str, tuple[int, float, float]], least_share: float) -> None:
        self.names, self.windows = list(windows), list(windows.values())
        self.least_share = least_share

    def fractions(self, values: np.ndarray) -> np.ndarray:
        """Return the share of events in each window, float64 (windows,)."""
        return np.array([window_fraction(values[:, c], low, high) for c, low, high in self.windows])

    def expected(self, real: np.ndarray) -> np.ndarray:
        """Return what each window should hold, float64 (windows,)."""
        return self.fractions(real)

    def measure(self, real: np.ndarray, generated: np.ndarray) -> dict[str, float]:
        """Return `modes_captured`, `modes_share`, `modes_soft_share`, `mode_kl`, `mode_tv` by name.

        Divergence and total variation are of the shares of the windows and of the rest; a window
        that overlaps with an earlier one keeps what is left.
        """
        p, q = window_counts(generated, self.windows), window_counts(real, self.windows)
        expected, found = self.expected(real), self.fractions(generated)
        count = captured(expected, found, self.least_share)
        return {
            "modes_captured": float(count),
            "modes_share": count / len(self.windows),
            "modes_soft_share": soft_share(np.maximum(expected, 0.5 / len(real)), found),
            # Half an event more: a real sample without any would make the divergence infinite.
            "mode_kl": reverse_kl(p, q + 0.5),
            "mode_tv": total_variation(p / p.sum(), q / q.sum()),
        }

    def theory(self, size: int) -> dict[str, float]:
        """Return what truth of so many events scores in the mean, where theory says."""
        count = len(self.windows)
        # They are compared with a sample instead of the truth, and the rest is one bin more.
        return {"modes_captured": float(count), "modes_share": 1.0, "mode_kl": count / size}


class Mixture:
    """The Gaussians of a mixture as modes, all of which should hold the same share.

    Args:
        columns: The columns of the events that the centres are points of.
        centres: float, shape (modes, d).
        sd: Standard deviation along each axis.
        least_share: See `modes_captured`.
    """

    def __init__(
        self, columns: Sequence[int], centres: np.ndarray, sd: float, least_share: float
    ) -> None:
        self.columns, self.centres, self.sd = list(columns), np.asarray(centres), sd
        self.least_share = least_share
        # Adding 0 turns -0 into 0.
        points = [", ".join(f"{x + 0.0:.3g}" for x in centre) for centre in centres.round(9)]
        distinct = len(set(points)) == len(points)
        self.names = [f"({p})" if distinct else f"mode {i + 1}" for i, p in enumerate(points)]

    def share_out(self, values: np.ndarray) -> Shares:
        """Return the `Shares` of events, float (n, all features)."""
        return share_out(values[:, self.columns], self.centres, self.sd)

    def fractions(self, values: np.ndarray) -> np.ndarray:
        """Return the share of high-quality events nearest to each mode, float64 (modes,)."""
        return self.share_out(values).high_quality

    def expected(self, real: np.ndarray) -> np.ndarray:
        """Return an equal share for each mode, float64 (modes,); `real` plays no part."""
        return np.full(len(self.centres), 1 / len(self.centres))

    def measure(self, real: np.ndarray, generated: np.ndarray) -> dict[str, float]:
        """Return `high_quality`, `modes_captured`, and the others that `Windows.measure` has."""
        shares = self.share_out(generated)
        count = modes_captured(shares, self.least_share)
        return {
            "high_quality": high_quality(shares),
            "modes_captured": float(count),
            "modes_share": count / len(self.centres),
            "modes_soft_share": soft_share(self.expected(real), self.fractions(generated)),
            "mode_kl": mode_kl(shares),
            "mode_tv": mode_tv(shares),
        }

    def theory(self, size: int) -> dict[str, float]:
        """Return what truth of so many events scores in the mean, where theory says."""
        count, dimensions = len(self.centres), len(self.columns)
        return {
            "high_quality": true_high_quality(dimensions),
            "modes_captured": float(count),
            "modes_share": 1.0,
            "mode_kl": (count - 1) / (2 * size),
            "mode_tv": true_mode_tv(count, size, dimensions),
        }


def captured(expected: np.ndarray, fractions: np.ndarray, least_share: float) -> int:
    """Return how many modes hold at least a share of what they should, and anything at all.

    >>> captured(np.array([0.4, 0.1]), np.array([0.5, 0.01]), 0.25)
    1
    """
    return int(np.count_nonzero((fractions > 0) & (fractions >= least_share * expected)))


def modes_of(settings: Mapping[str, Any], names: Sequence[str]) -> Mixture | Windows | None:
    """Return a dataset's known modes: those of the mixture if it has one, otherwise the windows.

    Args:
        settings: The config's `evaluation`.
        names: The features' names, in column order.

    Returns:
        A `Mixture`, a `Windows`, or None.
    """
    mixture = settings["modes"]
    if mixture and set(mixture["features"]) <= set(names):
        columns = [names.index(feature) for feature in mixture["features"]]
        return Mixture(columns, centres_of(mixture), mixture["sd"], settings["least_mode_share"])
    return windows_of(settings, names)


def windows_of(settings: Mapping[str, Any], names: Sequence[str]) -> Windows | None:
    """Return the `Windows` whose feature a dataset has, or None."""
    windows = {
        name: (names.index(window["feature"]), window["low"], window["high"])
        for name, window in settings["windows"].items()
        if window["feature"] in names
    }
    return Windows(windows, settings["least_mode_share"]) if windows else None
