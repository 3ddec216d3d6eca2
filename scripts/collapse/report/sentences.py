"""What a study found in sentences, from the records of its diagnosis."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collapse.diagnosis.advice import SIGNIFICANT, Comparison
from collapse.diagnosis.kinds import BY_NAME, INPUTS, KINDS, Kind
from collapse.diagnosis.results import Fall, Finding, Run, by_recipe
from collapse.metrics.boxes import in_words

_MOST_FEATURES = 3
# What a run did, by its outcome; of a fault its kind says it.
_DID = {
    "collapsed": "collapsed",
    "collapsed from the start": "collapsed from the start",
    "recovered": "collapsed and recovered",
    "growing": "is still growing",
    "imperfect": "ended imperfect",
    "healthy": "ended healthy, indistinguishable at n = {events:,}",
}


@dataclass(frozen=True)
class RegionOfRun:
    """What sentences say of a row of `tables/regions.csv`."""

    dataset: str
    recipe: str
    seed: int
    epoch: int
    box: str
    real_share: float
    generated_share: float


def onset_in_words(fall: Fall) -> str:
    """Say when a run fell, and how well that is known.

    >>> onset_in_words(Fall(8, 3, 10, "trace", "covered", 0.9, 0.1, None, 1.0))
    '8 (3-10)'
    >>> onset_in_words(Fall(1, 0, 3, "trace", "covered", 0.9, 0.1, None, 1.0))
    '1 (before 3)'
    >>> onset_in_words(Fall(1, 0, 1, "start", "covered", 0.1, 0.1, None, 1.0))
    'from the start'
    """
    if fall.placed_by == "start":
        return "from the start"
    bracket = f"{fall.low}-{fall.high}" if fall.low else f"before {fall.high}"
    return f"{fall.onset} ({bracket})"


def sentences(runs: Iterable[Run]) -> list[str]:
    """Say what became of each recipe on each dataset."""
    groups = by_recipe(runs)
    several = len({dataset for dataset, _ in groups}) > 1
    return [sentence(group, of_several=several) for group in groups.values()]


def sentence(runs: Sequence[Run], of_several: bool = False) -> str:
    """Say what became of a recipe: which kinds, from when on, in how many seeds, and how it ended.

    Args:
        runs: The `Run` of each seed of the recipe on one dataset.
        of_several: Whether to name the dataset.

    >>> from collapse.diagnosis.results import Checkpoint
    >>> point = Finding("point_collapse", "spread_ratio", "mass", 0.01, 1.0, -50.0, 0.99, 0.9)
    >>> points = [Checkpoint(1, 10, "imperfect", 1.0, "steady", 0.8, 0.9, []),
    ...           Checkpoint(10, 100, "point_collapse", 1.0, "falling", 0.0, 1.0, [point])]
    >>> said = sentence([Run("dimuon", "original", 1, 5000, "collapsed", 1.0, points, [])])
    >>> said.partition(" (")[0]
    '**original** collapsed in 1 of 1 seeds. 1 of 1: point collapse by epoch 10'
    >>> said.partition(" (")[2]
    'widest spread 1.0 % of the real one). At epoch 10 the AUC is 1.00.'
    """
    n, first, last = len(runs), runs[0].first, runs[0].last
    title = f"**{runs[0].recipe}**" + (f" on {runs[0].dataset}" if of_several else "")
    text = f"{title} {_and(_outcomes(runs))}."
    clauses: dict[int, list[tuple[int, str]]] = {}
    for kind in KINDS:
        spans = [(run, epochs) for run in runs if (epochs := _epochs(kind, run))]
        if spans:
            begun = min(epochs[0] for _, epochs in spans)
            clauses.setdefault(len(spans), []).append((begun, _clause(kind, spans)))
    parts = [
        f"{count} of {n}: {_and([clause for _, clause in sorted(clauses[count])])}"
        for count in sorted(clauses, reverse=True)
    ]
    if parts:
        text += f" {'; '.join(parts)}."
    if fallen := [run for run in runs if run.falls]:
        text += _onset(fallen, last.epoch)
    known = sorted(run.last.auc for run in runs if run.last.auc == run.last.auc)
    if known:
        span = f"{known[0]:.2f}" + (f" to {known[-1]:.2f}" if len(known) > 1 else "")
        text += f" At epoch {last.epoch} the AUC is {span}."
    if len(runs[0].checkpoints) == 1:
        text += f" There is only one count, {first.epoch}: when is not known."
    return text


def _outcomes(runs: Sequence[Run]) -> list[str]:
    """Return what the runs did, the commonest first, with how many and how sure it is."""
    parts = []
    for outcome, count in Counter(run.outcome for run in runs).most_common():
        did = _DID.get(outcome) or BY_NAME[outcome].ended
        did = did.format(events=runs[0].events, phrase=_phrase(outcome))
        even = sum(run.outcome == outcome and 0.2 < run.certainty < 0.8 for run in runs)
        sure = f", about even in {even} of them" if even else ""
        parts.append(f"{did} in {count} of {len(runs)} seeds{sure}")
    return parts


def _epochs(kind: Kind, run: Run) -> list[int]:
    """Return the counts at which a kind is the verdict, or is told even when another is."""
    return [
        checkpoint.epoch
        for checkpoint in run.checkpoints
        if checkpoint.verdict == kind.name or (kind.standing and checkpoint.of(kind.name))
    ]


def _clause(kind: Kind, spans: Sequence[tuple[Run, list[int]]]) -> str:
    """Return a kind with its span of epochs over some runs, and the number behind it."""
    runs = [run for run, _ in spans]
    firsts = {epochs[0] for _, epochs in spans}
    begin, end = runs[0].first.epoch, runs[0].last.epoch
    if firsts == {begin}:
        when = "from the start"
    elif len(firsts) == 1:
        when = f"by epoch {firsts.pop()}"
    else:
        when = f"by epoch {min(firsts)} to {max(firsts)}"
    if all(epochs[-1] < end for _, epochs in spans):
        when += f", not after epoch {max(epochs[-1] for _, epochs in spans)}"
    return f"{kind.phrase} {when}{_detail(kind, runs)}"


def _detail(kind: Kind, runs: Sequence[Run]) -> str:
    """Return the numbers of a kind, of the first run at the checkpoint where they are worst."""
    each = [checkpoint.of(kind.name) for checkpoint in runs[0].checkpoints]
    found = max(each, key=lambda findings: max((f.effect for f in findings), default=0))
    # A pile-up is the effect of what the head can't reach, or that of a collapse. A checkpoint
    # lists the worse of the two for each feature.
    cause = {f.feature: f for findings in each for f in findings if f.metric == kind.cause}
    found = sorted(cause.values() or found, key=lambda finding: -finding.effect)
    pieces, before = [], ""
    for finding in found[:_MOST_FEATURES]:
        words = kind.detail[finding.metric]
        # The same words again would only be longer.
        again = words == before and words.startswith("{effect}")
        pieces.append(_named(kind, finding) + _filled("{effect}" if again else words, finding))
        before = words
    if len(found) > _MOST_FEATURES:
        pieces.append(f"{len(found) - _MOST_FEATURES} more")
    return f" ({', '.join(pieces)})" if pieces else ""


def _named(kind: Kind, finding: Finding) -> str:
    if not finding.feature or kind.of_all or "{feature}" in kind.detail[finding.metric]:
        return ""
    is_box = finding.metric == "region_ratio"
    return f"{in_words(finding.feature) if is_box else finding.feature}: "


def _filled(words: str, finding: Finding) -> str:
    return words.format(
        effect=_percent(finding.effect), percent=_percent(finding.value), value=finding.value,
        floor=finding.floor, feature=finding.feature,
    )  # fmt: skip


def _percent(share: float) -> str:
    """Return a share as percents: with a decimal where it is small or nearly all.

    >>> _percent(0.37), _percent(0.004), _percent(0.999)
    ('37 %', '0.4 %', '99.9 %')
    """
    return f"{100 * share:.1f} %" if share < 0.095 or 0.99 < share < 1 else f"{100 * share:.0f} %"


def _onset(fallen: Sequence[Run], last: int) -> str:
    """Say when runs fell and came back; those that never were better did so at no time."""
    placed = [run.falls for run in fallen if run.falls[0].placed_by != "start"]
    if not placed:
        return ""
    onsets = sorted(falls[0].onset for falls in placed)
    span = f"{onsets[0]}" + (f" to {onsets[-1]}" if onsets[-1] > onsets[0] else "")
    text = f" The onset of collapse is at epoch {span} in {len(placed)} of them"
    early = sum(falls[0].censored for falls in placed)
    if early:
        text += f", {early} before the first count"
    back = sorted(falls[0].recovery for falls in placed if falls[0].recovery is not None)
    if not back:
        return f"{text}; no recovery by {last}."
    more = sum(len(falls) > 1 for falls in placed)
    again = f"; {more} fell again" if more else ""
    return f"{text}; {len(back)} recovered, the first by epoch {back[0]}{again}."


def where_wrong(runs: Iterable[Run], regions: Sequence[RegionOfRun]) -> list[str]:
    """Say of each recipe in which region its first run ends with too few or too many events.

    >>> from collapse.diagnosis.results import Checkpoint
    >>> region = RegionOfRun("d", "r", 1, 10, "mass [81, 101); pt [38, inf)", 0.12, 0.001)
    >>> last = Checkpoint(10, 100, "imperfect", 1.0, "steady", 0.8, 0.9, [])
    >>> where_wrong([Run("d", "r", 1, 5000, "imperfect", 1.0, [last], [])], [region])
    ['**r**, seed 1: 81 <= mass < 101, pt >= 38: 12 % of the real events, 0.1 % of the generated.']
    """
    said = []
    groups = by_recipe(runs)
    several = len({dataset for dataset, _ in groups}) > 1
    for (dataset, recipe), (run, *_) in groups.items():
        if run.outcome in INPUTS:
            continue
        last = dataset, recipe, run.seed, run.last.epoch
        worst = [
            f"{in_words(r.box)}: {_percent(r.real_share)} of the real events, "
            f"{_percent(r.generated_share)} of the generated"
            for r in regions
            if (r.dataset, r.recipe, r.seed, r.epoch) == last
        ][:2]
        if worst:
            of = f" on {dataset}" if several else ""
            said.append(f"**{recipe}**{of}, seed {run.seed}: {'; '.join(worst)}.")
    return said


def ways_back(runs: Iterable[Run]) -> list[str]:
    """Say how to bring events that are in other units to those of the real ones."""
    said = []
    for run in runs:
        if run.outcome in INPUTS:
            kind = BY_NAME[run.outcome]
            ways = [_filled(kind.detail[f.metric], f) for f in run.last.of(kind.name)]
            said.append(
                f"The events of **{run.recipe}**, seed {run.seed}, have to be in the units of the "
                f"real ones: {', '.join(ways)}."
            )
    return said


def cures(preflight: Iterable[Mapping[str, Any]]) -> list[str]:
    """List what preflight would change, a sentence for each cure, with the recipes that it is for.

    Args:
        preflight: What `preflight_recipe` found for each dataset and recipe.
    """
    found: dict[tuple[str, str, bool], list[str]] = {}
    for report in preflight:
        for finding in report["findings"][:1]:
            # In words where the config can't cure it; some cures are of the data or the evaluation.
            change = finding["change"]
            cure = f"``{finding['cure']}``" if change else finding["cure"]
            inside = not change or "recipes" in change
            found.setdefault((finding["kind"], cure, inside), []).append(report["recipe"])
    said = []
    for (kind, cure, inside), recipes in found.items():
        where = f" in {_and([f'**{name}**' for name in dict.fromkeys(recipes)])}"
        said.append(f"{cure}{where if inside else ''}, against {_phrase(kind)}.")
    return said


def _phrase(kind: str) -> str:
    return BY_NAME[kind].phrase if kind in BY_NAME else kind.replace("_", " ")


def helpful(advice: Iterable[Comparison]) -> list[str]:
    """List the pieces of advice whose effect on the primary outcome is significant.

    >>> row = Comparison("d", "capable", "original", "recall", 200, 10, 0.1, 0.5, 0.4, 0.3, 0.5,
    ...                  better=True, primary=True, p=0.01, p_holm=0.01)
    >>> helpful([row])[0].partition(" helps: ")[2]
    'recall +0.40 (+0.30 to +0.50) after 200 epochs, 10 seeds.'
    """
    tests = [row for row in advice if row.primary]
    found = [
        f"**{row.recipe}** instead of **{row.base}** {'helps' if row.better else 'harms'}: "
        f"{row.metric} {row.difference:+.2f} ({row.low:+.2f} to {row.high:+.2f}) after "
        f"{row.epoch} epochs, {row.seeds} seeds."
        for row in tests
        if row.p_holm < SIGNIFICANT
    ]
    if tests and not found:
        found.append(
            f"None of {len(tests)} comparisons of recipes is significant with {tests[0].seeds} "
            "seeds each; more seeds would tell."
        )
    return found


def _and(parts: Sequence[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
