"""The verdict of a checkpoint, from several metrics together, with the certainty of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from collapse.diagnosis.evidence import Evidence
from collapse.diagnosis.kinds import KINDS, VERDICTS, Candidate, Findings, differences
from collapse.diagnosis.results import Finding

_DIFFERENT = "imperfect"
DRAWS = 200


@dataclass(frozen=True)
class Judgement:
    """What is said of a checkpoint.

    Attributes:
        verdict: The worst kind that holds; `imperfect` or `healthy` without one.
        certainty: The share of draws of other samples that give the same verdict.
        findings: A list of `Finding`, those of the verdict first.
        drawn: The verdict of what was measured and of each draw, as places in `VERDICTS`, int.
    """

    verdict: str
    certainty: float
    findings: list[Finding]
    drawn: np.ndarray


def judge(
    evidence: Evidence, strengths: Mapping[str, float], least_mode_share: float, seed: int = 0,
    draws: int = DRAWS
) -> Judgement:  # fmt: skip
    """Give a checkpoint its verdict.

    Args:
        evidence: What was measured.
        strengths: Kind -> the effect from which on it is named; `imperfect` for a difference
            without a kind.
        least_mode_share: The share of its real fraction below which a mode or region is missing.
        seed: Of the draws.
        draws: How many.

    >>> from collapse.diagnosis.evidence import Measured
    >>> evidence = Evidence({("spread_ratio", "mass"): Measured(0.5, 0.01, 1.0, 0.01, -40.0),
    ...                      ("spread_ratio", "pt"): Measured(1.0, 0.01, 1.0, 0.01, 0.0)})
    >>> said = judge(evidence, {"spread_shrunk": 0.2, "imperfect": 0.05}, 0.25)
    >>> said.verdict, said.certainty, [(f.kind, f.feature, f.effect) for f in said.findings]
    ('spread_shrunk', 1.0, [('spread_shrunk', 'mass', 0.5)])
    """
    drawn = evidence.draw(np.random.default_rng(seed), draws)
    found = Findings(drawn, strengths, least_mode_share)
    verdicts = np.full(draws + 1, VERDICTS.index("healthy"))
    different = list(differences(drawn, strengths[_DIFFERENT]))
    verdicts[_any(different, draws)] = VERDICTS.index(_DIFFERENT)
    said = _findings(_DIFFERENT, different)
    for place, kind in reversed(list(enumerate(KINDS))):
        candidates = found.of(kind.name)
        holds = _any(candidates, draws)
        if kind.alone and holds[0]:
            said = []
        verdicts[holds] = place
        said = _findings(kind.name, candidates) + said
    certainty = float(np.mean(verdicts[1:] == verdicts[0])) if draws else 1.0
    return Judgement(VERDICTS[verdicts[0]], certainty, said, verdicts)


def _any(candidates: Iterable[Candidate], draws: int) -> np.ndarray:
    holds = np.zeros(draws + 1, bool)
    for candidate in candidates:
        holds |= candidate.holds
    return holds


def _findings(kind: str, candidates: Iterable[Candidate]) -> list[Finding]:
    """Return those that hold as measured, the largest first, each feature once."""
    found: dict[str, Finding] = {}
    for c in candidates:
        if not np.ravel(c.holds)[0]:
            continue
        m = c.measured
        value, z, effect = (float(np.ravel(x)[0]) for x in (m.value, m.z, c.effect))
        finding = Finding(kind, c.metric, c.feature, value, float(m.floor), z, effect, c.least)
        if c.feature not in found or effect > found[c.feature].effect:
            found[c.feature] = finding
    return sorted(found.values(), key=lambda finding: -finding.effect)
