"""Put what was found before the first epoch into one table and one text."""

import logging
from collections.abc import Sequence
from pathlib import Path

from collapse.files import atomic, read_json, write_csv
from collapse.logs import job_log
from collapse.preflight.summary import HEADER, rows_of, summarise

log = logging.getLogger(__name__)


def tabulate_preflight(
    *, reports: Sequence[Path | str], table: Path | str, text: Path | str
) -> None:
    """Put what was found for all recipes on all datasets into one table, and one text to read.

    Args:
        reports: Paths of the JSON files that `preflight_recipe` wrote.
        table: Where to write the table, as CSV; columns `collapse.preflight.summary.HEADER`.
        text: Where to write the text.
    """
    found = [read_json(path) for path in reports]
    write_csv(table, HEADER, [row for report in found for row in rows_of(report)])
    with atomic(text) as part:
        part.write_text(summarise(found))
    log.info("%d findings in %d reports.", sum(len(r["findings"]) for r in found), len(found))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_preflight(
            reports=snakemake.input.reports,
            table=snakemake.output.table,
            text=snakemake.output.text,
        )
