"""Compare each recipe with the one that it extends, and judge the answer's claims."""

import logging
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from collapse.diagnosis.advice import (
    PRIMARY,
    Comparison,
    Reversal,
    Value,
    compare,
    find_reversals,
    smallest_effect,
)
from collapse.diagnosis.claims import Claim, judge
from collapse.diagnosis.results import Run
from collapse.logs import job_log
from collapse.records import read_records, write_records


def measure_advice(
    *, metrics: Path | str, diagnoses: Sequence[Path | str], bases: Mapping[str, str],
    changes: Mapping[str, Collection[str]], advice: Path | str, reversals: Path | str,
    claims: Path | str
) -> None:  # fmt: skip
    """Write what each piece of advice changed, and what became of the answer's claims.

    Args:
        metrics: Path of the table of all metrics.
        diagnoses: Paths of the runs' diagnoses.
        bases: Recipe -> the one that it extends.
        changes: Recipe -> the dotted keys by which it differs from that.
        advice: Where the comparisons go, each a `Comparison`.
        reversals: Where the reversed rankings go, each a `Reversal`.
        claims: Where the claims go, each a `Claim`.
    """
    rows = compare(read_records(metrics, Value), bases)
    turned = find_reversals(rows)
    pieces = {(row.dataset, row.recipe) for row in turned if row.metric == PRIMARY}
    judged = judge([Run.load(path) for path in diagnoses], rows, pieces, changes)
    write_records(advice, Comparison, rows)
    write_records(reversals, Reversal, turned)
    write_records(claims, Claim, judged)
    for claim in judged:
        logging.info("%d. %s %s: %s", claim.number, claim.claim, claim.outcome, claim.why)
    seeds = max((row.seeds for row in rows), default=0)
    if math.isfinite(effect := smallest_effect(min(seeds, 12))):
        logging.info(
            "%d seeds find a difference of %.2g standard deviations of the seeds' differences with "
            "a power of 80 %%, before Holm's correction.",
            seeds,
            effect,
        )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        measure_advice(
            metrics=snakemake.input.metrics, diagnoses=snakemake.input.diagnoses,
            bases=snakemake.params.bases, changes=snakemake.params.changes,
            advice=snakemake.output.advice, reversals=snakemake.output.reversals,
            claims=snakemake.output.claims,
        )  # fmt: skip
