"""The kinds of collapse and fault: what each is, what decides it, how it is called and drawn.

A kind is a record here and nothing else: report, map, schema, documents and tests read it. It holds
at a checkpoint when its metric is both significant against truth and as large as a strength: every
real GAN is significantly off, and not every significant difference matters. Tests of several
features or windows are corrected for their number.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from collapse.diagnosis.evidence import Evidence, Measured, Number, Region, Truth

# A window's share is another one if it is off by so much of itself.
_RESHARED = 0.25
# A tail is cut if so many real events lie beyond the generated extremes.
_BEYOND = 0.005
# A feature without a width to speak of: narrower than any peak in it.
_CONSTANT = 1e-4
# Most events repeat one another, which says all: what else is missing only follows.
_MOST = 0.5


@dataclass(frozen=True)
class Candidate:
    """What may be a `Finding` of a kind, at what was measured and at other draws of it.

    Attributes:
        metric: The metric that decides.
        feature: Its feature, window, mode or region; empty for a joint metric.
        measured: Its value and floor.
        effect: How large it is, in the units of the strength.
        least: What the effect must reach.
        holds: Whether it does, significantly.
    """

    metric: str
    feature: str
    measured: Measured
    effect: Number
    least: float
    holds: Truth


def _candidate(
    metric: str, feature: str, m: Measured, effect: Number, least: float, significant: Truth
) -> Candidate:
    return Candidate(metric, feature, m, effect, least, significant & (effect >= least))


class Findings:
    """The candidates of every kind at a checkpoint, each kind's computed once.

    Args:
        evidence: What was measured.
        strengths: Kind -> its strength.
        least_mode_share: The share of its real fraction below which a mode is missing.
    """

    def __init__(
        self, evidence: Evidence, strengths: Mapping[str, float], least_mode_share: float
    ) -> None:
        self.evidence, self.strengths = evidence, strengths
        self.least_mode_share = least_mode_share
        self._found: dict[str, list[Candidate]] = {}

    def of(self, kind: str) -> list[Candidate]:
        """Return the candidates of a kind."""
        if kind not in self._found:
            least = self.strengths.get(kind, BY_NAME[kind].strength or 0.0)
            self._found[kind] = list(BY_NAME[kind].rule(self, least))
        return self._found[kind]

    def holds(self, kind: str, feature: str | None = None, least: float = -math.inf) -> Truth:
        """Return whether a kind holds, for any feature or for one, with at least such an effect."""
        found: Truth = np.False_
        for c in self.of(kind):
            if feature in {None, c.feature}:
                found = found | (c.holds & (c.effect >= least))
        return found


# The rules: each yields the candidates of its kind.


def _diverged(found: Findings, least: float) -> Iterator[Candidate]:
    step = found.evidence.one("diverged_step")
    if step is not None:
        yield _candidate("diverged_step", "", step, step.value, 0, step.value > 0)
    lost = found.evidence.one("non_finite")
    if lost is not None:
        yield _candidate("non_finite", "", lost, lost.value, least, lost.value > 0)


def _scaled_units(found: Findings, _: float) -> Iterator[Candidate]:
    told = found.evidence.one("scaled_units")
    if told is None:
        return
    # By the first draw, which was measured: the test is of shapes, and has no error of its own.
    if np.ravel(told.value)[0] != 1:
        return
    offsets = found.evidence.of("units_offset")
    for feature, m in found.evidence.of("units_factor").items():
        factor, offset = np.ravel(m.value)[0], np.ravel(offsets[feature].value)[0]
        same = np.full(np.shape(m.value), factor != 1 or offset != 0)
        # The way back needs both numbers, and a test of shapes has no floor.
        way = Measured(factor, 0.0, offset, 0.0, math.inf)
        yield Candidate("units_factor", feature, way, abs(np.log(factor)), 0, same)


def _point_collapse(found: Findings, least: float) -> Iterator[Candidate]:
    spreads = found.evidence.of("spread_ratio")
    if not spreads:
        return
    widest = max(spreads, key=lambda name: np.ravel(spreads[name].value)[0])
    narrow = np.all([m.value <= 1 - least for m in spreads.values()], axis=0)
    m = spreads[widest]
    z = found.evidence.critical()
    yield _candidate("spread_ratio", widest, m, 1 - m.value, least, narrow & (m.z <= -z))


def _support_truncated(found: Findings, least: float) -> Iterator[Candidate]:
    evidence, spreads = found.evidence, found.evidence.of("spread_ratio")
    for feature, m in evidence.of("unreachable").items():
        yield _candidate("unreachable", feature, m, m.value, least, m.value > 0)
    piles, z = evidence.of("pile_up"), evidence.critical(len(evidence.of("pile_up")))
    for feature, m in piles.items():
        # Where all events are in one place, the place is no edge.
        wide = spreads[feature].value > 0.1 if feature in spreads else True
        wide = wide & ~_repeats(found)
        yield _candidate("pile_up", feature, m, m.value, least, wide & (m.z >= z))


def _modes_missing(found: Findings, _: float) -> Iterator[Candidate]:
    evidence, spreads = found.evidence, found.evidence.of("spread_ratio")
    for metric in ("window_fraction", "mode_fraction"):
        modes = {name: m for name, m in evidence.of(metric).items() if m.floor}
        z = evidence.critical(len(modes))
        for name, m in modes.items():
            # The feature of a window, or any of those that a mixture's modes are points of.
            own = (
                set(spreads) if metric == "mode_fraction" else {(evidence.windows or {}).get(name)}
            )
            varies = np.all([s.value > _CONSTANT for f, s in spreads.items() if f in own], axis=0)
            lost = 1 - m.value / m.floor
            significant = varies & (m.z <= -z) & ~_repeats(found)
            yield _candidate(metric, name, m, lost, 1 - found.least_mode_share, significant)


def _repeats(found: Findings) -> Truth:
    """Return whether most events repeat one another."""
    return found.holds("repeated", least=_MOST)


def _repeated(found: Findings, least: float) -> Iterator[Candidate]:
    m, copies = found.evidence.one("repeated"), found.evidence.one("copied")
    if m is None:
        return
    effect = m.value - m.floor
    significant = m.z >= found.evidence.critical()
    if copies is not None:
        # Of copied training events some come twice.
        significant = significant & ((copies.value - copies.floor < _MOST) | (effect >= _MOST))
    yield _candidate("repeated", "", m, effect, least, significant)


def _region_missing(found: Findings, _: float) -> Iterator[Candidate]:
    z, named = found.evidence.critical(), np.False_
    for kind in ("support_truncated", "spread_shrunk", "tail_cut", "correlation_lost"):
        named = named | found.holds(kind)
    for region in found.evidence.regions:
        # Regions are missing where a feature is shrunk, cut or permuted as well. Then they say it
        # again, unless leaving them out makes the samples alike.
        significant = (region.z <= -z) & ~_repeats(found) & (region.explains | ~named)
        # A peak that is smeared is no longer in its place, but beside it.
        significant = significant & (not region.displaced)
        if region.tail:
            significant = significant & ~found.holds("tail_cut")
        holds = significant & (region.ratio < found.least_mode_share)
        yield _of_region(region, 1 - region.ratio, 1 - found.least_mode_share, holds)


def _of_region(region: Region, effect: Number, least: float, holds: Truth) -> Candidate:
    measured = Measured(region.ratio, 0.0, 1.0, 0.0, region.z)
    return Candidate("region_ratio", region.box, measured, effect, least, holds)


def _is_cut(found: Findings, feature: str) -> Truth:
    """Return whether a feature is as real events within the generated range are."""
    evidence = found.evidence
    whole, within = evidence.of("ks").get(feature), evidence.of("ks_within").get(feature)
    if whole is None or within is None:
        return np.False_
    noise = 4 * within.error
    return within.value <= np.maximum(0.5 * whole.value, noise)


def _spread_shrunk(found: Findings, least: float) -> Iterator[Candidate]:
    spreads = found.evidence.of("spread_ratio")
    z = found.evidence.critical(len(spreads))
    cut = found.holds("point_collapse") | _repeats(found)
    for feature, m in spreads.items():
        hidden = cut | found.holds("support_truncated", feature)
        hidden = hidden | (_is_cut(found, feature) & (m.value > 0.1))
        yield _candidate("spread_ratio", feature, m, 1 - m.value, least, (m.z <= -z) & ~hidden)


def _tail_cut(found: Findings, least: float) -> Iterator[Candidate]:
    evidence = found.evidence
    hidden = found.holds("point_collapse") | _repeats(found)
    ratios = {
        (metric, feature): m
        for metric in ("tail_ratio_q01", "tail_ratio_q99", "tail_ratio_q999")
        for feature, m in evidence.of(metric).items()
    }
    beyond = {
        (metric, feature): m
        for metric in ("beyond_low", "beyond_high")
        for feature, m in evidence.of(metric).items()
    }
    for tests, effect, strength, sign in (
        (beyond, lambda m: m.value, _BEYOND, 1),
        (ratios, lambda m: 1 - m.value, least, -1),
    ):
        z = evidence.critical(len(tests))
        for (metric, feature), m in tests.items():
            narrow = hidden | found.holds("support_truncated", feature)
            narrow = narrow | found.holds("spread_shrunk", feature)
            significant = (sign * m.z >= z) & ~narrow
            yield _candidate(metric, feature, m, effect(m), strength, significant)


def _outside_support(found: Findings, least: float) -> Iterator[Candidate]:
    tests = found.evidence.of("outside_support")
    z = found.evidence.critical(len(tests))
    hidden = found.holds("point_collapse")
    for feature, m in tests.items():
        # Any feature together counts only where no single one does.
        yield _candidate("outside_support", feature, m, m.value, least, (m.z >= z) & ~hidden)


def _outside_acceptance(found: Findings, least: float) -> Iterator[Candidate]:
    tests = found.evidence.of("outside_acceptance")
    z = found.evidence.critical(len(tests))
    for cut, m in tests.items():
        yield _candidate("outside_acceptance", cut, m, m.value - m.floor, least, m.z >= z)


def _relation_broken(found: Findings, least: float) -> Iterator[Candidate]:
    tests = found.evidence.of("off_relation")
    z = found.evidence.critical(len(tests))
    for feature, m in tests.items():
        yield _candidate("off_relation", feature, m, m.value - m.floor, least, m.z >= z)


def _correlation_lost(found: Findings, least: float) -> Iterator[Candidate]:
    m = found.evidence.one("correlation_distance")
    if m is None:
        return
    hidden = found.holds("point_collapse") | _repeats(found)
    significant = (m.z >= found.evidence.critical()) & ~hidden
    yield _candidate("correlation_distance", "", m, _beyond_noise(m), least, significant)


def _beyond_noise(m: Measured) -> Number:
    """Return a distance less its floor, which noise adds to it in quadrature."""
    return np.sqrt(np.maximum(m.value**2 - m.floor**2, 0))


def _modes_reweighted(found: Findings, least: float) -> Iterator[Candidate]:
    evidence = found.evidence
    hidden = found.holds("point_collapse") | _repeats(found)
    m = evidence.one("mode_tv")
    if m is not None:
        significant = (m.z >= evidence.critical()) & ~hidden & ~found.holds("modes_missing")
        yield _candidate("mode_tv", "", m, _beyond_noise(m), least, significant)
    modes = {name: m for name, m in evidence.of("window_fraction").items() if m.floor}
    z = evidence.critical(len(modes))
    for name, m in modes.items():
        effect = abs(m.value / m.floor - 1)
        significant = (abs(m.z) >= z) & ~hidden & ~found.holds("modes_missing", name)
        yield _candidate("window_fraction", name, m, effect, _RESHARED, significant)


def _memorised(found: Findings, least: float) -> Iterator[Candidate]:
    evidence, hidden = found.evidence, found.holds("point_collapse")
    copies = evidence.one("copied")
    if copies is not None:
        significant = (copies.z >= evidence.critical()) & ~hidden
        yield _candidate("copied", "", copies, copies.value - copies.floor, least / 2, significant)
    m, near = evidence.one("memorisation"), evidence.one("precision")
    if m is not None:
        # What lies far from all real events is nearer to one side of them for no good reason.
        close = True if near is None else near.value >= 0.5 * near.floor
        significant = (m.z >= evidence.critical()) & ~hidden & close
        yield _candidate("memorisation", "", m, m.value - m.floor, least, significant)


def _non_finite(found: Findings, _: float) -> Iterator[Candidate]:
    m = found.evidence.one("non_finite")
    if m is not None:
        yield _candidate("non_finite", "", m, m.value, 0, (m.value > 0) & ~found.holds("diverged"))


@dataclass(frozen=True)
class Kind:
    """A kind of collapse or fault.

    Attributes:
        name: Its name, in tables and in the config.
        group: `collapse`, `fault`, `input` for a mistake of who made the samples, or `end`.
        phrase: How sentences call it.
        colour: Its colour in the map. Blues are good; collapses are red to yellow, and the darker
            the worse; other faults are neither. A test holds each pair apart for the colour-blind.
        strength: The default of its strength; None if the config has none.
        effect: What the strength is a size of.
        rule: A function of `Findings` and the strength that yields candidates.
        detail: What a sentence says of its number, by metric; after the name of the feature, if
            there is one and the words don't say it.
        ended: What a sentence says of a run that ended with it.
        alone: Whether nothing else is told where it holds.
        adds: Whether it loses nothing: what only adds events, or copies them, is no fall.
        empties: Whether a run that never covered anything and ends with it has collapsed from the
            start; so it is with each collapse.
        standing: Whether sentences tell it where something worse is the verdict.
        cause: The metric that is told in place of the others where it holds.
        of_all: Whether its number is that of all features, whichever it was found in.
    """

    name: str
    group: str
    phrase: str
    colour: str
    strength: float | None
    effect: str
    rule: Callable[[Findings, float], Iterable[Candidate]]
    detail: dict[str, str]
    ended: str = "ended with {phrase}"
    alone: bool = False
    adds: bool = False
    empties: bool = False
    standing: bool = False
    cause: str = ""
    of_all: bool = False


# From the worst to the least: of several kinds that hold the verdict is the first. A mode can be
# missing since the support is truncated, so that comes first.
KINDS = (
    Kind(
        "diverged", "end", "divergence", "#111111", 0.5,
        "Share of events that are not numbers, from which on a run has diverged.",
        _diverged,
        {"diverged_step": "step {value:.0f}", "non_finite": "{effect} of the events not finite"},
        ended="diverged",
        alone=True,
    ),
    Kind(
        "scaled_units", "input", "events in other units", "#dbe095", None,
        "",
        _scaled_units,
        {"units_factor": "{feature} = {value:.6g} x the generated one {floor:+.6g}"},
        ended="is in other units than the real events",
        alone=True, adds=True,
    ),
    Kind(
        "point_collapse", "collapse", "point collapse", "#7a0019", 0.9,
        "What is lost of the widest feature's spread.",
        _point_collapse,
        {"spread_ratio": "widest spread {percent} of the real one"},
        of_all=True,
    ),
    Kind(
        "support_truncated", "fault", "truncated support", "#8a8a8a", 0.01,
        "Share of a feature's events beyond the head's reach, or piled up at the sample's edges.",
        _support_truncated,
        {"unreachable": "{effect} of events out of reach",
         "pile_up": "{effect} of events piled up at the edges"},
        empties=True, standing=True, cause="unreachable",
    ),
    Kind(
        "modes_missing", "collapse", "missing modes", "#d6402b", None,
        "",
        _modes_missing,
        {"window_fraction": "{effect} of its share is gone",
         "mode_fraction": "{effect} of its share is gone"},
    ),
    Kind(
        "region_missing", "collapse", "missing regions", "#fe920e", None,
        "",
        _region_missing,
        {"region_ratio": "{effect} of its share is gone"},
    ),
    Kind(
        "repeated", "collapse", "repeated events", "#e638ae", 0.05,
        "Share of events that have another at the same place, above that of truth.",
        _repeated,
        {"repeated": "{effect} of the events have another at the same place"},
    ),
    Kind(
        "spread_shrunk", "collapse", "shrunk spread", "#fdae61", 0.2,
        "What is lost of a feature's spread.",
        _spread_shrunk,
        {"spread_ratio": "{effect} of the spread is gone"},
    ),
    Kind(
        "tail_cut", "fault", "cut tails", "#b18d6b", 0.2,
        "What is lost of the distance from the median to an outer quantile; real events beyond the "
        "generated extremes count from a share of 0.005 on.",
        _tail_cut,
        {"beyond_low": "{effect} of the real events lie below the least generated one",
         "beyond_high": "{effect} of the real events lie above the greatest generated one",
         "tail_ratio_q01": "{effect} of the tail is gone",
         "tail_ratio_q99": "{effect} of the tail is gone",
         "tail_ratio_q999": "{effect} of the tail is gone"},
    ),
    Kind(
        "outside_support", "fault", "events where no real one lies", "#267387", 0.01,
        "Share of generated events below the least or above the greatest of all real ones.",
        _outside_support,
        {"outside_support": "{effect} of the generated events outside the real range"},
        adds=True,
    ),
    Kind(
        "outside_acceptance", "fault", "events outside the acceptance", "#fac0f7", 0.5,
        "Share of generated events that fail the cuts of `generated.select`, above that of real "
        "ones.",
        _outside_acceptance,
        {"outside_acceptance": "{percent} of the generated events fail"},
        adds=True,
    ),
    Kind(
        "correlation_lost", "fault", "lost correlations", "#674b5a", 0.2,
        "Largest change of a rank correlation.",
        _correlation_lost,
        {"correlation_distance": "a coefficient is off by {value:.2f}"},
    ),
    Kind(
        "modes_reweighted", "fault", "reweighted modes", "#8fe6b7", 0.1,
        "Total variation between the modes' shares; a single window's share is off by a quarter.",
        _modes_reweighted,
        {"mode_tv": "total variation {value:.2f}",
         "window_fraction": "its share is off by {effect}"},
    ),
    Kind(
        "memorised", "fault", "memorised training events", "#9753dd", 0.1,
        "Share of events nearer to a training event than to a held-out one, above one half; half "
        "of it for the share that is at a training event's place.",
        _memorised,
        {"memorisation": "{percent} are nearer to a training event than to a test event",
         "copied": "{percent} are at the place of a training event"},
        adds=True,
    ),
    Kind(
        "non_finite", "fault", "events that are not numbers", "#636651", None,
        "",
        _non_finite,
        {"non_finite": "{effect} of the events"},
        adds=True,
    ),
    Kind(
        "relation_broken", "fault", "broken relations", "#c2ff13", 0.2,
        "Share of generated events that aren't where a feature's relation to the others puts them, "
        "above that of real ones.",
        _relation_broken,
        {"off_relation": "{percent} of the events aren't where the other features put it"},
        adds=True,
    ),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}
ORDER = tuple(BY_NAME)
COLLAPSES = tuple(kind.name for kind in KINDS if kind.group == "collapse")
# A test of shapes says it, and the rest of the run means nothing.
INPUTS = frozenset(kind.name for kind in KINDS if kind.group == "input")
ADDING = frozenset(kind.name for kind in KINDS if kind.adds)
# Verdicts of a checkpoint of which no kind holds, with their colours.
OTHERS = {"imperfect": "#5b9bd5", "healthy": "#00437c"}
VERDICTS = (*ORDER, *OTHERS)


def differences(evidence: Evidence, strength: float) -> Iterator[Candidate]:
    """Yield how a checkpoint differs from truth, whatever the kind: if at all, it is `imperfect`.

    A family of metrics each, so that nothing is healthy because one of them is blind to it.

    Args:
        evidence: What was measured.
        strength: The strength of `imperfect`: a difference of AUC, of a KS distance, of the
            coverage, of the precision.
    """

    def tested(
        metric: str, sign: int, effect: Callable[[Measured], Number], least: float
    ) -> Iterator[Candidate]:
        tests = evidence.of(metric)
        z = evidence.critical(len(tests))
        for feature, m in tests.items():
            if m.floor or metric not in {"window_fraction", "mode_fraction"}:
                off = abs(m.z) if sign == 0 else sign * m.z
                yield _candidate(metric, feature, m, effect(m), least, off >= z)

    for metric in ("auc", "auc_derived"):
        yield from tested(metric, 1, lambda m: m.value - 0.5, strength)
    yield from tested("ks", 1, lambda m: m.value - m.floor, strength)
    yield from tested("covered", -1, lambda m: m.floor - m.value, strength)
    yield from tested("precision", -1, lambda m: m.floor - m.value, strength)
    # Where the share of a window counts from a quarter on, a tenth is a difference.
    for metric in ("window_fraction", "mode_fraction"):
        yield from tested(metric, 0, lambda m: abs(m.value / m.floor - 1), 2 * strength)
    yield from tested("correlation_distance", 1, _beyond_noise, 2 * strength)
    for metric in ("beyond_low", "beyond_high", "outside_support"):
        yield from tested(metric, 1, lambda m: m.value, _BEYOND / 2)
    for metric in ("tail_ratio_q01", "tail_ratio_q99", "distinct_values"):
        yield from tested(metric, 0, lambda m: abs(1 - m.value), 2 * strength)
    for metric in ("repeated", "copied"):
        yield from tested(metric, 1, lambda m: m.value - m.floor, strength / 2)
    yield from tested("memorisation", 1, lambda m: m.value - m.floor, strength)
    for region in evidence.regions:
        effect = abs(region.generated_share - region.real_share)
        # Significant is what was found at all.
        holds = (np.sign(region.z) * region.z > 0) & (effect >= strength / 2)
        yield _of_region(region, effect, strength / 2, holds)
