"""The preflight of a study: all that `preflight_recipe` found, as a table and as a text to read."""

import json
import logging
import textwrap
from pathlib import Path

from collapse.files import atomic, write_csv
from collapse.preflight.reach import UNKNOWN

log = logging.getLogger(__name__)

HEADER = (
    *("dataset", "recipe", "unreachable", "auc"),
    *("kind", "features", "value", "finding", "cure"),
)


def tabulate_preflight(*, reports, table, text):
    """Put what was found for all recipes on all datasets into one table, and one text to read.

    The table has the columns `HEADER`, the features separated by spaces. It has a row for each
    finding, and one with an empty `kind` for a recipe without any.

    Args:
        reports: Paths of the JSON files that `preflight_recipe` wrote.
        table: Where to write the table, as CSV.
        text: Where to write the text.
    """
    reports = [json.loads(Path(path).read_text()) for path in reports]
    rows = []
    for report in reports:
        reach = report["reach"] or {"unreachable": "", "auc": ""}
        head = [report["dataset"], report["recipe"], reach["unreachable"], reach["auc"]]
        rows += [
            [*head, f["kind"], " ".join(f["features"]), f["value"], f["finding"], f["cure"]]
            for f in report["findings"]
        ] or [[*head, *[""] * 5]]
    write_csv(table, HEADER, rows)
    with atomic(text) as part:
        part.write_text(summarise(reports))
    log.info("%d findings in %d reports.", sum(len(r["findings"]) for r in reports), len(reports))


def summarise(reports):
    """Return a text to read: a table with the worst of each recipe, and all findings in sentences.

    A finding that several recipes share is told once, and a long cure in full only below the table.

    Args:
        reports: What `inspect.inspect` returned, for each dataset and recipe.
    """
    rows = [("dataset", "recipe", "out of reach", "AUC", "findings", "the worst", "its cure")]
    told = {}
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


def _wrap(line, indent=""):
    return textwrap.wrap(
        line, 100, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
