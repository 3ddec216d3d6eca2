"""The front page of the report and the study's key table: sentences and cells from the numbers."""

import base64
from collections import Counter
from pathlib import Path

from collapse.diagnosis.tables import onset_of
from collapse.diagnosis.verdicts import KINDS
from collapse.files import read_csv, read_json, whole

_NAMES = {
    "diverged": "divergence",
    "point_collapse": "point collapse",
    "support_truncated": "truncated support",
    "modes_missing": "missing modes",
    "spread_shrunk": "shrunk spread",
    "tail_cut": "cut tails",
    "modes_reweighted": "reweighted modes",
    "correlation_lost": "lost correlations",
    "memorised": "memorised training events",
}
_MOST_FEATURES = 3
_IMAGE_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}
_CLAIM_SIGNIFICANT = 0.05


def write_front(*, diagnoses, reports, advice, claims, maps, front, latex):
    """Write the front page, which says in sentences what the study found, and the key table.

    Args:
        diagnoses: Paths of the runs' diagnoses.
        reports: Paths of what `check_reach` found for each dataset and recipe.
        advice: Path of `advice.csv`.
        claims: Path of `claims.csv`.
        maps: Paths of the datasets' collapse maps, PNG or SVG; they become part of the page.
        front: Where the page goes, as reStructuredText.
        latex: Where the key table goes, for the LaTeX package booktabs.
    """
    runs = [read_json(path) for path in diagnoses]
    preflight = [read_json(path) for path in reports]
    pages = [
        "What happened\n-------------",
        *_bullets(_sentences(runs)),
        *[_image(path) for path in maps],
        "What to change\n--------------",
        *_bullets([*cures(preflight), *helpful(read_csv(advice))]),
        "Verdicts\n--------",
        _csv_table(*key_table(runs)),
        "The claims that this study tests\n--------------------------------",
        _csv_table(
            ("claim", "outcome", "why"),
            [(row["claim"], row["outcome"], row["why"]) for row in read_csv(claims)],
        ),
    ]
    with whole(front) as part:
        part.write_text("\n\n".join(pages) + "\n")
    with whole(latex) as part:
        part.write_text(as_latex(*key_table(runs)))


def _by_recipe(runs):
    found = {}
    for run in runs:
        found.setdefault((run["dataset"], run["recipe"]), []).append(run)
    return found


def _sentences(runs):
    datasets = {run["dataset"] for run in runs}
    return [sentence(group, of_several=len(datasets) > 1) for group in _by_recipe(runs).values()]


def sentence(runs, of_several=False):
    """Say what became of a recipe: which kinds, from when on, in how many seeds, and how it ended.

    Args:
        runs: The diagnoses of the recipe's runs on one dataset.
        of_several: Whether to name the dataset.

    >>> point = {"kind": "point_collapse", "metric": "spread_ratio", "feature": "mass",
    ...          "value": 0.01, "effect": 0.99}
    >>> run = {"dataset": "dimuon", "recipe": "original", "seed": 1, "falls": [], "checkpoints": [
    ...     {"epoch": 1, "verdict": "learning", "auc": 0.9, "findings": []},
    ...     {"epoch": 10, "verdict": "point_collapse", "auc": 1.0, "findings": [point]}]}
    >>> said = sentence([run])
    >>> said.partition(" (")[0]
    '**original**, 1 of 1 seeds: point collapse by epoch 10'
    >>> said.partition(" (")[2]
    'widest spread 1.0 % of the real one). At epoch 10 the AUC is 1.00.'
    """
    n, first, last = len(runs), runs[0]["checkpoints"][0], runs[0]["checkpoints"][-1]
    clauses = {}
    for kind in KINDS:
        spans = [(run, epochs) for run in runs if (epochs := _epochs(kind, run))]
        if spans:
            begun = min(epochs[0] for _, epochs in spans)
            clauses.setdefault(len(spans), []).append((begun, _clause(kind, spans)))
    parts = [
        f"{count} of {n} seeds: {_and([clause for _, clause in sorted(clauses[count])])}"
        for count in sorted(clauses, reverse=True)
    ]
    if not parts:
        words = Counter(run["checkpoints"][-1]["verdict"] for run in runs)
        ended = _and([f"{word} in {count} of {n}" for word, count in words.most_common()])
        parts = [f"no collapse and no fault in {n} of {n} seeds; {ended} at epoch {last['epoch']}"]
    title = f"**{runs[0]['recipe']}**" + (f" on {runs[0]['dataset']}" if of_several else "")
    text = f"{title}, {'; '.join(parts)}."
    if fallen := [run for run in runs if run["falls"]]:
        text += f" {_onset(fallen, n, last['epoch'])}"
    aucs = [run["checkpoints"][-1]["auc"] for run in runs]
    known = sorted(auc for auc in aucs if auc is not None)
    if known:
        span = f"{known[0]:.2f}" + (f" to {known[-1]:.2f}" if len(known) > 1 else "")
        text += f" At epoch {last['epoch']} the AUC is {span}."
    if len(runs[0]["checkpoints"]) == 1:
        text += f" There is only one count, {first['epoch']}: when is not known."
    return text


def _epochs(kind, run):
    """Return the counts at which a kind is the verdict.

    A truncated support is there even when something worse is.
    """
    return [
        checkpoint["epoch"]
        for checkpoint in run["checkpoints"]
        if checkpoint["verdict"] == kind
        or (kind == "support_truncated" and _findings(kind, checkpoint))
    ]


def _findings(kind, checkpoint):
    return [finding for finding in checkpoint["findings"] if finding["kind"] == kind]


def _clause(kind, spans):
    """Return a kind with its span of epochs over some runs, and the number behind it."""
    runs = [run for run, _ in spans]
    spans = [(epochs[0], epochs[-1]) for _, epochs in spans]
    firsts = {first for first, _ in spans}
    begin, end = runs[0]["checkpoints"][0]["epoch"], runs[0]["checkpoints"][-1]["epoch"]
    if firsts == {begin}:
        when = "from the start"
    elif len(firsts) == 1:
        when = f"by epoch {firsts.pop()}"
    else:
        when = f"by epoch {min(firsts)} to {max(firsts)}"
    if all(stop < end for _, stop in spans):
        when += f", not after epoch {max(stop for _, stop in spans)}"
    return f"{_NAMES[kind]} {when}{_detail(kind, runs)}"


def _detail(kind, runs):
    """Return the numbers of a kind, of the first run at the checkpoint where they are worst."""
    found = max(
        (_findings(kind, checkpoint) for checkpoint in runs[0]["checkpoints"]),
        key=lambda findings: max((f["effect"] for f in findings), default=0),
    )
    # What the head can't reach is the cause, and a pile-up its effect, or that of a collapse. A
    # checkpoint lists the worse of the two for each feature.
    cause = {
        finding["feature"]: finding
        for checkpoint in runs[0]["checkpoints"]
        for finding in _findings(kind, checkpoint)
        if finding["metric"] == "unreachable"
    }
    found = sorted(cause.values() or found, key=lambda finding: -finding["effect"])
    if not found:
        return ""
    worst = found[0]
    if kind == "point_collapse":
        if worst["metric"] == "spread_ratio":
            return f" (widest spread {_percent(worst['value'])} of the real one)"
        return f" (about {worst['value']:.0f} distinct events)"
    if kind == "diverged":
        return f" (step {worst['value']:.0f})" if worst["metric"] == "diverged_step" else ""
    if kind == "modes_reweighted":
        return f" (total variation {worst['value']:.2f})"
    if kind == "correlation_lost":
        return f" (a coefficient is off by {worst['value']:.2f})"
    if kind == "memorised":
        return f" ({_percent(worst['value'])} are nearer to a training event than to a test event)"
    said = {
        "unreachable": "{} of events out of reach",
        "pile_up": "{} of events piled up at the edges",
        "window_fraction": "{} of its share is gone",
        "mode_fraction": "{} of its share is gone",
        "spread_ratio": "{} of the spread is gone",
    }
    pieces, before = [], None
    for finding in found[:_MOST_FEATURES]:
        words = said.get(finding["metric"], "{} of the tail is gone")
        # The same words again would only be longer.
        words, before = "{}" if words == before else words, words
        pieces.append(f"{finding['feature']}: {words.format(_percent(finding['effect']))}")
    if len(found) > _MOST_FEATURES:
        pieces.append(f"{len(found) - _MOST_FEATURES} more")
    return f" ({', '.join(pieces)})"


def _percent(share):
    """Return a share as percents: with a decimal where it is small or nearly all.

    >>> _percent(0.37), _percent(0.004), _percent(0.999)
    ('37 %', '0.4 %', '99.9 %')
    """
    return f"{100 * share:.1f} %" if share < 0.095 or 0.99 < share < 1 else f"{100 * share:.0f} %"


def _onset(fallen, n, last):
    onsets = sorted(run["falls"][0]["onset"] for run in fallen)
    span = f"{onsets[0]}" + (f" to {onsets[-1]}" if onsets[-1] > onsets[0] else "")
    text = f"The coverage fell at epoch {span} in {len(fallen)} of {n}"
    early = sum(run["falls"][0]["low"] == 0 for run in fallen)
    if early:
        text += f", {early} of them before the first count"
    back = sorted(
        run["falls"][0]["recovery"] for run in fallen if run["falls"][0]["recovery"] is not None
    )
    if not back:
        return f"{text}; no recovery by {last}."
    return f"{text}; {len(back)} recovered, the first by epoch {back[0]}."


def cures(preflight):
    """List what preflight would change, a sentence for each cure, with the recipes that it is for.

    Args:
        preflight: What `check_reach` found for each dataset and recipe.
    """
    found = {}
    for report in preflight:
        for finding in report["findings"][:1]:
            found.setdefault((finding["kind"], finding["cure"]), []).append(report["recipe"])
    return [
        f"``{cure}`` in {_and([f'**{name}**' for name in dict.fromkeys(recipes)])}, "
        f"against {_NAMES.get(kind, kind.replace('_', ' '))}."
        for (kind, cure), recipes in found.items()
    ]


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
    header = ("dataset", "recipe", "seeds", "collapsed", "onset", "recovered", "verdict", "AUC")
    rows = []
    for (dataset, recipe), group in _by_recipe(runs).items():
        n, collapsed, _, _, _, recovered, median, *_ = onset_of(group)
        words = Counter(run["checkpoints"][-1]["verdict"] for run in group)
        aucs = [run["checkpoints"][-1]["auc"] for run in group]
        known = [auc for auc in aucs if auc is not None]
        rows.append(
            (
                dataset, recipe, str(n), f"{collapsed} of {n}", str(median) or "none",
                f"{recovered} of {collapsed}" if collapsed else "none",
                ", ".join(w.replace("_", " ") for w, _ in words.most_common()),
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
