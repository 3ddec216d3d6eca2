"""The preflight of a study: all that `inspect` found, as a table and as a text to read."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from collapse.preflight.reach import UNKNOWN

Report = Mapping[str, Any]

HEADER = (
    *("dataset", "recipe", "unreachable", "auc"),
    *("kind", "features", "value", "finding", "cure"),
)


def rows_of(report: Report) -> list[list]:
    """Return a report's rows with the columns `HEADER`, the features separated by spaces.

    There is a row for each finding, and one with an empty `kind` for a recipe without any.

    Args:
        report: What `inspect.inspect` returned.
    """
    reach = report["reach"] or {"unreachable": "", "auc": ""}
    head = [report["dataset"], report["recipe"], reach["unreachable"], reach["auc"]]
    return [
        [*head, f["kind"], " ".join(f["features"]), f["value"], f["finding"], f["cure"]]
        for f in report["findings"]
    ] or [[*head, *[""] * 5]]


def summarise(reports: Sequence[Report]) -> str:
    """Return a text to read: a table with the worst of each recipe, and all findings in sentences.

    A finding that several recipes share is told once, and a long cure in full only below the table.

    Args:
        reports: What `inspect.inspect` returned, for each dataset and recipe.
    """
    rows = [("dataset", "recipe", "out of reach", "AUC", "findings", "the worst", "its cure")]
    told: dict[tuple[str, ...], list[str]] = {}
    for report in reports:
        reach, findings = report["reach"], report["findings"]
        first = findings[0] if findings else {"kind": "-", "cure": ""}
        numbers = (f"{reach['unreachable']:.1%}", f">= {reach['auc']:.3f}") if reach else ("?", "?")
        named = (report["dataset"], report["recipe"], *numbers, str(len(findings)))
        cure = textwrap.shorten(first["cure"], 70, placeholder=" ...")
        rows.append((*named, first["kind"], cure))
        for found in findings:
            key = (report["dataset"], found["kind"], found["finding"], found["cure"])
            told.setdefault(key, []).append(report["recipe"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if 2 <= i <= 4 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    for (dataset, kind, finding, cure), recipes in told.items():
        lines += ["", *_wrap(f"{kind} on {dataset}: {', '.join(recipes)}")]
        lines += _wrap(finding, "  ") + _wrap(f"Cure: {cure}", "  ")
    own = [r["recipe"] for r in reports if r["reach"] is None and r["trained"]]
    if own:
        lines += ["", *_wrap(f"{', '.join(dict.fromkeys(own))}: {UNKNOWN}")]
    if told:
        lines += [""]
        lines += _wrap(
            "A cure goes into the recipe, unless it names `datasets` or `evaluation`. Without any "
            "finding a GAN may still collapse: that is a matter of its training."
        )
    return "\n".join(lines) + "\n"


def _wrap(line: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        line, 100, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
