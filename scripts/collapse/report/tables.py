"""Runs as tables to read: of all runs in plain text, and the study's key table."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from collapse.diagnosis.onset import onset_of
from collapse.diagnosis.results import Run, by_recipe
from collapse.report.sentences import onset_in_words


def readable(runs: Iterable[Run]) -> str:
    """Return a table to read: a line for each run.

    >>> from collapse.diagnosis.results import Checkpoint
    >>> points = [Checkpoint(epoch, 10 * epoch, verdict, 1.0, "steady", 0.9, 0.5, [])
    ...           for epoch, verdict in ((1, "imperfect"), (3, "imperfect"), (10, "healthy"))]
    >>> print(readable([Run("d", "r", 1, 5000, "healthy", 0.97, points, [])]), end="")
    dataset  recipe  seed  verdicts by epoch           outcome  certainty  onset  recovery
    d        r       1     1-3 imperfect, 10 healthy   healthy  0.97       -      -
    """
    lines = [
        (
            "dataset", "recipe", "seed", "verdicts by epoch", "outcome", "certainty", "onset",
            "recovery",
        )
    ]  # fmt: skip
    for run in runs:
        parts = []
        for verdict, group in groupby(run.checkpoints, key=lambda c: c.verdict):
            epochs = [checkpoint.epoch for checkpoint in group]
            span = f"{epochs[0]}-{epochs[-1]}" if len(epochs) > 1 else f"{epochs[0]}"
            parts.append(f"{span} {verdict}")
        onsets = ", ".join(onset_in_words(fall) for fall in run.falls)
        onsets = onsets or (f"since {run.since}" if run.since is not None else "-")
        back = ", ".join(str(fall.recovery or "-") for fall in run.falls) or "-"
        lines.append(
            (
                run.dataset, run.recipe, str(run.seed), ", ".join(parts), run.outcome,
                f"{run.certainty:.2f}", onsets, back,
            )
        )  # fmt: skip
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    widths[3] += 1
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def key_table(runs: Iterable[Run]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Return the header and rows of the study's key table, a row for each dataset and recipe."""
    header = (
        "dataset", "recipe", "seeds", "collapsed", "onset", "recovered", "outcome", "AUC",
    )  # fmt: skip
    rows: list[Sequence[str]] = []
    for (dataset, recipe), group in by_recipe(runs).items():
        onset = onset_of(group)
        n, fell = onset.runs, onset.collapsed
        median = "none" if onset.median_onset is None else str(onset.median_onset)
        words = Counter(run.outcome for run in group).most_common()
        known = [run.last.auc for run in group if run.last.auc == run.last.auc]
        rows.append(
            (
                dataset, recipe, str(n), f"{fell} of {n}", median,
                f"{onset.recovered} of {fell}" if fell else "none",
                ", ".join(f"{word.replace('_', ' ')} ({count})" for word, count in words),
                f"{sum(known) / len(known):.3f}" if known else "none",
            )
        )  # fmt: skip
    return header, rows


def as_latex(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
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


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "&%$#_{}" else c for c in text)
