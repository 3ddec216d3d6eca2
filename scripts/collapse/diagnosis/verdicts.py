"""What is wrong with a checkpoint, from several metrics together.

A kind is named when its metric is both significant against its floor, |z| of at least `z`, and as
large as a strength: every real GAN is significantly off, and not every significant difference
matters. An effect is measured with noise, so that one of exactly the strength would be missed every
second time; it is as large as the strength if with 2.5 standard deviations more it would be.
Several kinds may hold; the worst comes first, in the order of `KINDS`.
"""

import math
from dataclasses import asdict, dataclass

COLLAPSES = ("point_collapse", "modes_missing", "spread_shrunk")
FAULTS = ("support_truncated", "tail_cut", "modes_reweighted", "correlation_lost", "memorised")
# From the worst to the least. A mode can be missing since the support is truncated, so that comes
# first, but for a run that has fallen from its best.
KINDS = (
    "diverged",
    "point_collapse",
    "support_truncated",
    "modes_missing",
    "spread_shrunk",
    "tail_cut",
    "modes_reweighted",
    "correlation_lost",
    "memorised",
)
# Verdicts of a checkpoint of which no kind is named.
OTHERS = ("learning", "imperfect", "healthy")
_DIFFERENT = "imperfect"
# Standard deviations by which noise may hide an effect. With 2 one in 40 of the strength would be
# missed if they were known; but a floor's own are off by 15 % where it has 20 draws, and too small
# where these share a few events.
_LEEWAY = 2.5
# The standard deviation of a normal number over that of its absolute value. Of a distance that is
# nowhere near 0 the noise is no longer folded.
_UNFOLDED = 1 / math.sqrt(1 - 2 / math.pi)


@dataclass(frozen=True)
class Finding:
    """One kind, with the numbers that decided it.

    Attributes:
        kind: One of `KINDS`, or `imperfect`.
        metric: The metric that decided.
        feature: Its feature, window or mode; empty for a joint metric.
        value: Its value.
        floor: The mean of its floor.
        z: Standard deviations of the floor that it is off.
        effect: How large it is, in the units of the strength.
        strength: What the effect had to reach.
    """

    kind: str
    metric: str
    feature: str
    value: float
    floor: float
    z: float
    effect: float
    strength: float


@dataclass(frozen=True)
class Measured:
    """A metric's value beside its floor.

    Attributes:
        value: The value; NaN if it couldn't be measured.
        floor: The mean of truth against truth.
        z: (value - floor) / sd of the floor.
    """

    value: float
    floor: float
    z: float

    @property
    def noise(self):
        """The standard deviation of the floor; 0 where it can't be told.

        >>> Measured(0.9, 0.5, 8.0).noise
        0.05
        """
        known = math.isfinite(self.z) and self.z != 0
        return abs((self.value - self.floor) / self.z) if known else 0.0


def findings(measured, strengths, z, least_mode_share=0.25, unreachable=None):
    """Name the kinds that hold at a checkpoint.

    Args:
        measured: (metric, feature) -> `Measured`.
        strengths: Kind -> the effect from which on it is named; see `config/schema.yaml` for the
            effect of each kind.
        z: How many standard deviations of the floor an effect must exceed.
        least_mode_share: The share of its real fraction below which a mode is missing.
        unreachable: Feature -> the share of real events that the head can't reach, which is
            certain and so needs no floor; or None.

    Returns:
        A list of `Finding`, the worst first, each kind once for each feature that shows it.

    >>> one = {("spread_ratio", "mass"): Measured(0.5, 1.0, -40.0)}
    >>> [(f.kind, f.feature, f.effect) for f in findings(one, {"spread_shrunk": 0.2}, 4)]
    [('spread_shrunk', 'mass', 0.5)]
    """
    strengths = {kind: strengths.get(kind, math.inf) for kind in (*KINDS, _DIFFERENT)}
    checkpoint = _Checkpoint(measured, strengths, z)
    lost = measured.get(("non_finite", ""))
    least = strengths["diverged"]
    if lost is not None and lost.value >= least:
        return [
            Finding("diverged", "non_finite", "", lost.value, lost.floor, lost.z, lost.value, least)
        ]
    found = _point_collapse(checkpoint)
    point = bool(found)
    found += _modes_missing(checkpoint, 1 - least_mode_share)
    missing = any(finding.kind == "modes_missing" for finding in found)
    least = strengths["support_truncated"]
    found += checkpoint.above("support_truncated", "pile_up", lambda m: m.value - m.floor)
    found += [
        Finding("support_truncated", "unreachable", feature, share, 0.0, math.inf, share, least)
        for feature, share in (unreachable or {}).items()
        if share >= least
    ]
    # What follows would only repeat what a point, lost modes or a cut support say.
    if not point:
        truncated = {f.feature for f in found if f.kind == "support_truncated"}
        shrunk = checkpoint.lost("spread_shrunk", "spread_ratio")
        shrunk = [finding for finding in shrunk if finding.feature not in truncated]
        narrow = truncated | {finding.feature for finding in shrunk}
        found += shrunk
        for metric in ("tail_ratio_q01", "tail_ratio_q99", "tail_ratio_q999"):
            cut = checkpoint.lost("tail_cut", metric)
            found += [finding for finding in cut if finding.feature not in narrow]
        found += checkpoint.apart("correlation_lost", "correlation_distance")
    if not missing:
        found += checkpoint.apart("modes_reweighted", "mode_tv")
    near = measured.get(("precision", ""))
    if not point and (near is None or near.value >= 0.5 * near.floor):
        # What lies far from all real events is nearer to one side of them for no good reason.
        found += checkpoint.above("memorised", "memorisation", lambda m: m.value - m.floor)
    return sorted(_worst_of_a_feature(found), key=lambda f: (KINDS.index(f.kind), -f.effect))


def differences(measured, strengths, z):
    """List how a checkpoint differs from truth, whatever the kind: if at all, it is `imperfect`.

    Args:
        measured: (metric, feature) -> `Measured`.
        strengths: `imperfect` is used: a difference of AUC, recall, precision or KS distance.
        z: How many standard deviations of the floor it must exceed.

    Returns:
        A list of `Finding` of kind `imperfect`, the largest first.
    """
    checkpoint = _Checkpoint(measured, strengths, z)
    found = checkpoint.above(_DIFFERENT, "auc", lambda m: m.value - m.floor)
    found += checkpoint.above(_DIFFERENT, "ks", lambda m: m.value - m.floor)
    found += checkpoint.below(_DIFFERENT, "recall", lambda m: m.floor - m.value)
    found += checkpoint.below(_DIFFERENT, "precision", lambda m: m.floor - m.value)
    return sorted(found, key=lambda f: -f.effect)


def as_row(finding):
    """Return a finding as a dict of plain values, ready for JSON.

    >>> as_row(Finding("memorised", "memorisation", "", 0.9, 0.5, float("inf"), 0.4, 0.1))["z"]
    """
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in asdict(finding).items()
    }


class _Checkpoint:
    def __init__(self, measured, strengths, z):
        self.measured, self.strengths, self.z = measured, strengths, z

    def of(self, metric):
        return [
            (feature, m)
            for (name, feature), m in self.measured.items()
            if name == metric and not math.isnan(m.value)
        ]

    def above(self, kind, metric, effect):
        return self._named(kind, metric, effect, +1)

    def below(self, kind, metric, effect):
        return self._named(kind, metric, effect, -1)

    def lost(self, kind, metric):
        """Of a ratio to the real one, whose noise shrinks with it."""
        return self._named(kind, metric, lambda m: 1 - m.value, -1, 1 - self.strengths[kind])

    def apart(self, kind, metric):
        """Of a distance, which noise alone keeps from 0."""
        return self._named(kind, metric, _beyond_noise, +1, _UNFOLDED)

    def _named(self, kind, metric, effect, sign, scale=1.0):
        strength = self.strengths[kind]
        return [
            Finding(kind, metric, feature, m.value, m.floor, m.z, effect(m), strength)
            for feature, m in self.of(metric)
            if sign * m.z >= self.z and effect(m) >= strength - _LEEWAY * scale * m.noise
        ]


def _beyond_noise(measured):
    """Return a distance less its floor, which noise adds to it in quadrature.

    >>> round(_beyond_noise(Measured(0.5, 0.4, 9.0)), 9)
    0.3
    """
    return math.sqrt(max(measured.value**2 - measured.floor**2, 0))


def _point_collapse(checkpoint):
    """Everything in one place, or in so few that the same events come again and again."""
    strength, spreads = checkpoint.strengths["point_collapse"], checkpoint.of("spread_ratio")
    if spreads:
        feature, widest = max(spreads, key=lambda item: item[1].value)
        most = (1 - strength) * (1 + _LEEWAY * widest.noise)
        if widest.value <= most and -widest.z >= checkpoint.z:
            finding = Finding(
                "point_collapse", "spread_ratio", feature, widest.value, widest.floor, widest.z,
                1 - widest.value, strength,
            )  # fmt: skip
            return [finding]
    # Squared, as a number of distinct events falls faster than a spread: a distribution of a third
    # of the width in many features is no point.
    return [
        Finding(
            "point_collapse", "birthday_support", feature, m.value, m.floor, m.z,
            1 - math.sqrt(m.value / m.floor), strength,
        )
        for feature, m in checkpoint.of("birthday_support")
        if -m.z >= checkpoint.z
        and m.value <= (1 - strength) ** 2 * (m.floor + _LEEWAY * m.noise)
    ]  # fmt: skip


def _modes_missing(checkpoint, strength):
    found = []
    for metric in ("window_fraction", "mode_fraction"):
        for mode, m in checkpoint.of(metric):
            if not m.floor:
                continue
            lost = 1 - m.value / m.floor
            # The fewer events are left, the less they fluctuate.
            leeway = _LEEWAY * m.noise / m.floor * math.sqrt(1 - strength)
            if lost >= strength - leeway and -m.z >= checkpoint.z:
                found.append(
                    Finding("modes_missing", metric, mode, m.value, m.floor, m.z, lost, strength)
                )
    return found


def _worst_of_a_feature(found):
    worst = {}
    for finding in found:
        key = finding.kind, finding.feature
        if key not in worst or finding.effect > worst[key].effect:
            worst[key] = finding
    return list(worst.values())


def verdicts(counts, named, different, coverage, auc, fallen, margin, strengths):
    """Say in a word what each checkpoint of a run is.

    A checkpoint of which a kind is named is `learning` all the same if the run has not fallen from
    its best, and goes on improving or has improved since it was trained half as long: a generator
    that does not yet cover all has not collapsed. What training can't cure is never learning.

    Args:
        counts: The epoch count of each checkpoint, increasing.
        named: What `findings` returned at each checkpoint.
        different: What `differences` returned at each.
        coverage: c at each.
        auc: The classifier's AUC at each; NaN where not measured.
        fallen: Whether each lies in a fall.
        margin: The change of c that counts.
        strengths: Kind -> strength; an AUC that falls by `imperfect` is an improvement as well.

    Returns:
        A list of one of `KINDS` or `OTHERS` for each checkpoint.
    """
    words = []
    for i, found in enumerate(named):
        kinds = [finding.kind for finding in found]
        curable = [k for k in kinds if k not in ("diverged", "support_truncated", "memorised")]
        lost = [kind for kind in kinds if kind in COLLAPSES]
        if fallen[i] and lost and kinds[0] != "diverged":
            words.append(lost[0])
        elif len(curable) < len(kinds) or (kinds and fallen[i]):
            words.append(kinds[0])
        elif not kinds and not different[i]:
            words.append("healthy")
        elif not fallen[i] and _improving(i, counts, coverage, auc, margin, strengths["imperfect"]):
            words.append("learning")
        else:
            words.append(kinds[0] if kinds else _DIFFERENT)
    return words


def _improving(i, counts, coverage, auc, margin, auc_margin):
    """Whether a run gets better after checkpoint i, or has got better in its latter half."""

    def better(late, early):
        return coverage[late] > coverage[early] + margin or (
            auc[late] < auc[early] - auc_margin and coverage[late] >= coverage[early] - margin
        )

    half = max((j for j in range(i) if 2 * counts[j] <= counts[i]), default=0)
    return better(i, half) or any(better(j, i) for j in range(i + 1, len(counts)))
