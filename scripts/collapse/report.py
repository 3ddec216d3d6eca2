"""The front page of the report and the study's key table: sentences and cells from the numbers."""

import base64
from collections import Counter
from pathlib import Path

from collapse.diagnosis.kinds import BY_NAME, KINDS
from collapse.diagnosis.results import Run
from collapse.diagnosis.tables import onset_of
from collapse.files import atomic, read_csv, read_json
from collapse.metrics.boxes import in_words

_MOST_FEATURES = 3
_IMAGE_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}
_CLAIM_SIGNIFICANT = 0.05


def write_front(*, diagnoses, reports, regions, advice, claims, maps, front, latex):
    """Write the front page, which says in sentences what the study found, and the key table.

    Args:
        diagnoses: Paths of the runs' diagnoses.
        reports: Paths of what `preflight_recipe` found for each dataset and recipe.
        regions: Path of `regions.csv`.
        advice: Path of `advice.csv`.
        claims: Path of `claims.csv`.
        maps: Paths of the datasets' collapse maps, PNG or SVG; they become part of the page.
        front: Where the page goes, as reStructuredText.
        latex: Where the key table goes, for the LaTeX package booktabs.
    """
    runs = [Run.load(path) for path in diagnoses]
    preflight = [read_json(path) for path in reports]
    pages = [
        "What happened\n-------------",
        *_bullets(_sentences(runs)),
        *[_image(path) for path in maps],
        "Where it is wrong\n-----------------",
        *_bullets(where_wrong(runs, read_csv(regions))),
        "What to change\n--------------",
        *_bullets([*ways_back(runs), *cures(preflight), *helpful(read_csv(advice))]),
        "Verdicts\n--------",
        _csv_table(*key_table(runs)),
        "The claims that this study tests\n--------------------------------",
        _csv_table(
            ("claim", "outcome", "why"),
            [(row["claim"], row["outcome"], row["why"]) for row in read_csv(claims)],
        ),
    ]
    with atomic(front) as part:
        part.write_text("\n\n".join(pages) + "\n")
    with atomic(latex) as part:
        part.write_text(as_latex(*key_table(runs)))


def _by_recipe(runs):
    found = {}
    for run in runs:
        found.setdefault((run.dataset, run.recipe), []).append(run)
    return found


def _sentences(runs):
    datasets = {run.dataset for run in runs}
    return [sentence(group, of_several=len(datasets) > 1) for group in _by_recipe(runs).values()]


def sentence(runs, of_several=False):
    """Say what became of a recipe: which kinds, from when on, in how many seeds, and how it ended.

    Args:
        runs: The `Run` of each seed of the recipe on one dataset.
        of_several: Whether to name the dataset.

    >>> from collapse.diagnosis.results import Checkpoint, Finding
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
    clauses = {}
    for kind in KINDS:
        spans = [(run, epochs) for run in runs if (epochs := _epochs(kind.name, run))]
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


# What a run did, by its outcome; a fault is said to be what it ended with.
_DID = {
    "diverged": "diverged",
    "collapsed": "collapsed",
    "collapsed from the start": "collapsed from the start",
    "recovered": "collapsed and recovered",
    "growing": "is still growing",
    "imperfect": "ended imperfect",
    "healthy": "ended healthy, indistinguishable at n = {events:,}",
    "scaled_units": "is in other units than the real events",
}


def _outcomes(runs):
    """Return what the runs did, the commonest first, with how many and how sure it is."""
    parts = []
    for outcome, count in Counter(run.outcome for run in runs).most_common():
        ended = f"ended with {BY_NAME[outcome].phrase}" if outcome in BY_NAME else ""
        did = _DID.get(outcome, ended).format(events=runs[0].events)
        even = sum(run.outcome == outcome and 0.2 < run.certainty < 0.8 for run in runs)
        sure = f", about even in {even} of them" if even else ""
        parts.append(f"{did} in {count} of {len(runs)} seeds{sure}")
    return parts


def _epochs(kind, run):
    """Return the counts at which a kind is the verdict.

    A truncated support is there even when something worse is.
    """
    return [
        checkpoint.epoch
        for checkpoint in run.checkpoints
        if checkpoint.verdict == kind or (kind == "support_truncated" and checkpoint.of(kind))
    ]


def _clause(kind, spans):
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


def _detail(kind, runs):
    """Return the numbers of a kind, of the first run at the checkpoint where they are worst."""
    found = max(
        (checkpoint.of(kind.name) for checkpoint in runs[0].checkpoints),
        key=lambda findings: max((f.effect for f in findings), default=0),
    )
    # What the head can't reach is the cause, and a pile-up its effect, or that of a collapse. A
    # checkpoint lists the worse of the two for each feature.
    cause = {
        finding.feature: finding
        for checkpoint in runs[0].checkpoints
        for finding in checkpoint.of(kind.name)
        if finding.metric == "unreachable"
    }
    found = sorted(cause.values() or found, key=lambda finding: -finding.effect)
    pieces, before = [], None
    for finding in found[:_MOST_FEATURES]:
        words = kind.detail[finding.metric]
        numbers = {
            "effect": _percent(finding.effect), "percent": _percent(finding.value),
            "value": finding.value, "floor": finding.floor, "feature": finding.feature,
        }  # fmt: skip
        # The same words again would only be longer.
        again = words == before and words.startswith("{effect}")
        said = "{effect}" if again else words
        before = words
        # The widest spread is that of all, whose feature plays no part.
        named = finding.feature and kind.name != "point_collapse" and "{feature}" not in words
        where = in_words(finding.feature) if finding.metric == "region_ratio" else finding.feature
        pieces.append((f"{where}: " if named else "") + said.format(**numbers))
    if len(found) > _MOST_FEATURES:
        pieces.append(f"{len(found) - _MOST_FEATURES} more")
    return f" ({', '.join(pieces)})" if pieces else ""


def _percent(share):
    """Return a share as percents: with a decimal where it is small or nearly all.

    >>> _percent(0.37), _percent(0.004), _percent(0.999)
    ('37 %', '0.4 %', '99.9 %')
    """
    return f"{100 * share:.1f} %" if share < 0.095 or 0.99 < share < 1 else f"{100 * share:.0f} %"


def _onset(fallen, last):
    """Say when runs fell and came back; those that never were better did so at no time."""
    placed = [run for run in fallen if run.fall.placed_by != "start"]
    if not placed:
        return ""
    onsets = sorted(run.fall.onset for run in placed)
    span = f"{onsets[0]}" + (f" to {onsets[-1]}" if onsets[-1] > onsets[0] else "")
    text = f" The onset of collapse is at epoch {span} in {len(placed)} of them"
    early = sum(run.fall.low == 0 for run in placed)
    if early:
        text += f", {early} before the first count"
    back = sorted(run.fall.recovery for run in placed if run.fall.recovery is not None)
    if not back:
        return f"{text}; no recovery by {last}."
    more = sum(len(run.falls) > 1 for run in placed)
    again = f"; {more} fell again" if more else ""
    return f"{text}; {len(back)} recovered, the first by epoch {back[0]}{again}."


def where_wrong(runs, regions):
    """Say of each recipe in which region its first run ends with too few or too many events.

    Args:
        runs: All runs, a `Run` each.
        regions: The rows of `regions.csv`.

    >>> row = {"dataset": "d", "recipe": "r", "seed": "1", "epoch": "10", "real_share": "0.12",
    ...        "generated_share": "0.001", "ratio": "0.0083", "box": "mass [81, 101); pt [38, inf)"}
    >>> from collapse.diagnosis.results import Checkpoint
    >>> last = Checkpoint(10, 100, "imperfect", 1.0, "steady", 0.8, 0.9, [])
    >>> where_wrong([Run("d", "r", 1, 5000, "imperfect", 1.0, [last], [])], [row])
    ['**r**, seed 1: 81 <= mass < 101, pt >= 38: 12 % of the real events, 0.1 % of the generated.']
    """
    said = []
    for (dataset, recipe), group in _by_recipe(runs).items():
        run = group[0]
        if run.outcome == "scaled_units":
            continue
        found = [
            row
            for row in regions
            if (row["dataset"], row["recipe"]) == (dataset, recipe)
            and int(row["seed"]) == run.seed
            and int(row["epoch"]) == run.last.epoch
        ]
        worst = [
            f"{in_words(row['box'])}: {_percent(float(row['real_share']))} of the real events, "
            f"{_percent(float(row['generated_share']))} of the generated"
            for row in found[:2]
        ]
        if worst:
            several = len({of for of, _ in _by_recipe(runs)}) > 1
            of = f" on {dataset}" if several else ""
            said.append(f"**{recipe}**{of}, seed {run.seed}: {'; '.join(worst)}.")
    return said


def ways_back(runs):
    """Say how to bring events that are in other units to those of the real ones.

    Args:
        runs: All runs, a `Run` each.
    """
    kind, said = BY_NAME["scaled_units"], []
    for run in runs:
        if run.outcome == kind.name:
            ways = [
                kind.detail[f.metric].format(feature=f.feature, value=f.value, floor=f.floor)
                for f in run.last.of(kind.name)
            ]
            said.append(
                f"The events of **{run.recipe}**, seed {run.seed}, have to be in the units of the "
                f"real ones: {', '.join(ways)}."
            )
    return said


def cures(preflight):
    """List what preflight would change, a sentence for each cure, with the recipes that it is for.

    Args:
        preflight: What `preflight_recipe` found for each dataset and recipe.
    """
    found = {}
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


def _phrase(kind):
    return BY_NAME[kind].phrase if kind in BY_NAME else kind.replace("_", " ")


def helpful(advice):
    """List the pieces of advice whose effect on the primary outcome is significant.

    Args:
        advice: The rows of `advice.csv`.

    >>> row = {"primary": "True", "p_holm": "0.01", "better": "True", "recipe": "capable",
    ...     "base": "original", "metric": "recall", "difference": "0.4", "low": "0.3",
    ...     "high": "0.5", "seeds": "10", "epoch": "200"}
    >>> helpful([row])[0].partition(" helps: ")[2]
    'recall +0.40 (+0.30 to +0.50) after 200 epochs, 10 seeds.'
    """
    found = []
    tests = [row for row in advice if row["primary"] == "True"]
    for row in tests:
        if row["p_holm"] and float(row["p_holm"]) < _CLAIM_SIGNIFICANT:
            helps = "helps" if row["better"] == "True" else "harms"
            low, high = float(row["low"]), float(row["high"])
            found.append(
                f"**{row['recipe']}** instead of **{row['base']}** {helps}: {row['metric']} "
                f"{float(row['difference']):+.2f} ({low:+.2f} to {high:+.2f}) after "
                f"{row['epoch']} epochs, {row['seeds']} seeds."
            )
    if tests and not found:
        found.append(
            f"None of {len(tests)} comparisons of recipes is significant with {tests[0]['seeds']} "
            "seeds each; more seeds would tell."
        )
    return found


def key_table(runs):
    """Return the header and rows of the study's key table, a row for each dataset and recipe."""
    header = (
        "dataset", "recipe", "seeds", "collapsed", "onset", "recovered", "outcome", "AUC",
    )  # fmt: skip
    rows = []
    for (dataset, recipe), group in _by_recipe(runs).items():
        n, collapsed, _, _, _, recovered, median, *_ = onset_of(group)
        words = Counter(run.outcome for run in group).most_common()
        known = [run.last.auc for run in group if run.last.auc == run.last.auc]
        rows.append(
            (
                dataset, recipe, str(n), f"{collapsed} of {n}", str(median) or "none",
                f"{recovered} of {collapsed}" if collapsed else "none",
                ", ".join(f"{word.replace('_', ' ')} ({count})" for word, count in words),
                f"{sum(known) / len(known):.3f}" if known else "none",
            )
        )  # fmt: skip
    return header, rows


def as_latex(header, rows):
    r"""Return a table for LaTeX's booktabs.

    >>> print(as_latex(("a_b", "n"), [("50 %", "1")]), end="")
    \begin{tabular}{ll}
    \toprule
    a\_b & n \\
    \midrule
    50 \% & 1 \\
    \bottomrule
    \end{tabular}
    """
    lines = [" & ".join(map(_escaped, row)) + r" \\" for row in (header, *rows)]
    body = [lines[0], r"\midrule", *lines[1:]]
    frame = [rf"\begin{{tabular}}{{{'l' * len(header)}}}", r"\toprule"]
    return "\n".join([*frame, *body, r"\bottomrule", r"\end{tabular}", ""])


def _escaped(text):
    return "".join(f"\\{c}" if c in "&%$#_{}" else c for c in text)


def _and(parts):
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _bullets(sentences):
    return ["\n".join(f"* {line}" for line in sentences)] if sentences else ["Nothing."]


def _csv_table(header, rows):
    cells = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return "\n".join(
        [".. csv-table::", f"   :header: {', '.join(header)}", "", *(f"   {row}" for row in cells)]
    )


def _image(path):
    path = Path(path)
    # In short lines, since docutils refuses long ones and joins these.
    lines = base64.encodebytes(path.read_bytes()).decode().split()
    data = "\n".join(f"   {line}" for line in lines)
    kind = _IMAGE_TYPES[path.suffix]
    return f".. image:: data:{kind};base64,\n{data}\n   :alt: Verdict of each checkpoint"
