"""Put the diagnoses of all runs into tables."""

from collections.abc import Sequence
from pathlib import Path

from collapse.diagnosis.onset import Onset, Survival, onset_of, survival_of
from collapse.diagnosis.results import Run, by_recipe
from collapse.diagnosis.tables import Outcome, Verdict, outcomes_of, verdicts_of
from collapse.files import atomic
from collapse.logs import job_log
from collapse.records import write_records
from collapse.report.tables import readable


def tabulate_diagnosis(
    *, diagnoses: Sequence[Path | str], verdicts: Path | str, outcomes: Path | str,
    onset: Path | str, survival: Path | str, text: Path | str
) -> None:  # fmt: skip
    """Write the tables of all runs.

    Args:
        diagnoses: Paths of the runs' diagnoses.
        verdicts: Where the verdict of each checkpoint goes, with the numbers that decided it, each
            a `Verdict`.
        outcomes: Where the outcome of each run and all its falls go, each an `Outcome`.
        onset: Where each recipe's fraction of collapsed runs and median onset go, each an `Onset`.
        survival: Where the share of runs that have not collapsed goes, each step a `Survival`.
        text: Where a table to read goes.
    """
    runs = [Run.load(path) for path in diagnoses]
    groups = by_recipe(runs).values()
    write_records(verdicts, Verdict, [row for run in runs for row in verdicts_of(run)])
    write_records(outcomes, Outcome, [row for run in runs for row in outcomes_of(run)])
    write_records(onset, Onset, map(onset_of, groups))
    write_records(survival, Survival, [step for group in groups for step in survival_of(group)])
    with atomic(text) as part:
        part.write_text(readable(runs))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_diagnosis(
            diagnoses=snakemake.input.diagnoses, verdicts=snakemake.output.verdicts,
            outcomes=snakemake.output.outcomes, onset=snakemake.output.onset,
            survival=snakemake.output.survival, text=snakemake.output.text,
        )  # fmt: skip
