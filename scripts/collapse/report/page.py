"""The front page of the report, as reStructuredText."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from collapse.diagnosis.advice import Comparison
from collapse.diagnosis.claims import Claim
from collapse.diagnosis.results import Run
from collapse.report.sentences import RegionOfRun, cures, helpful, sentences, ways_back, where_wrong
from collapse.report.tables import key_table

_IMAGE_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


def front_page(
    runs: Sequence[Run], regions: Sequence[RegionOfRun], preflight: Iterable[Mapping[str, Any]],
    advice: Sequence[Comparison], claims: Sequence[Claim], maps: Iterable[Path | str]
) -> str:  # fmt: skip
    """Return a page that says in sentences what a study found.

    Args:
        runs: All runs.
        regions: Where their events are wrong.
        preflight: What `preflight_recipe` found for each dataset and recipe.
        advice: The recipes against those that they extend.
        claims: What became of the claims; none if the study doesn't test them.
        maps: Paths of the datasets' collapse maps, PNG or SVG; they become part of the page.
    """
    pages = [
        "What happened\n-------------",
        *_bullets(sentences(runs)),
        *map(_image, maps),
        "Where it is wrong\n-----------------",
        *_bullets(where_wrong(runs, regions)),
        "What to change\n--------------",
        *_bullets([*ways_back(runs), *cures(preflight), *helpful(advice)]),
        "Verdicts\n--------",
        _csv_table(*key_table(runs)),
    ]
    if claims:
        rows = [(row.claim, row.outcome, row.why) for row in claims]
        pages += [
            "The claims that this study tests\n--------------------------------",
            _csv_table(("claim", "outcome", "why"), rows),
        ]
    return "\n\n".join(pages) + "\n"


def _bullets(said: Sequence[str]) -> list[str]:
    return ["\n".join(f"* {line}" for line in said)] if said else ["Nothing."]


def _csv_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return "\n".join(
        [".. csv-table::", f"   :header: {', '.join(header)}", "", *(f"   {row}" for row in cells)]
    )


def _image(file: Path | str) -> str:
    path = Path(file)
    # In short lines, since docutils refuses long ones and joins these.
    lines = base64.encodebytes(path.read_bytes()).decode().split()
    data = "\n".join(f"   {line}" for line in lines)
    kind = _IMAGE_TYPES[path.suffix]
    return f".. image:: data:{kind};base64,\n{data}\n   :alt: Verdict of each checkpoint"
