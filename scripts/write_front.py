"""Write the front page of the report and the study's key table."""

from collections.abc import Sequence
from pathlib import Path

from collapse.diagnosis.advice import Comparison
from collapse.diagnosis.claims import Claim
from collapse.diagnosis.results import Run
from collapse.files import atomic, read_json
from collapse.logs import job_log
from collapse.records import read_records
from collapse.report.page import front_page
from collapse.report.sentences import RegionOfRun
from collapse.report.tables import as_latex, key_table


def write_front(
    *, diagnoses: Sequence[Path | str], reports: Sequence[Path | str], regions: Path | str,
    advice: Path | str, claims: Path | str, maps: Sequence[Path | str], front: Path | str,
    latex: Path | str
) -> None:  # fmt: skip
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
    page = front_page(
        runs, read_records(regions, RegionOfRun), [read_json(path) for path in reports],
        read_records(advice, Comparison), read_records(claims, Claim), maps,
    )  # fmt: skip
    with atomic(front) as part:
        part.write_text(page)
    with atomic(latex) as part:
        part.write_text(as_latex(*key_table(runs)))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_front(
            diagnoses=snakemake.input.diagnoses, reports=snakemake.input.reports,
            regions=snakemake.input.regions, advice=snakemake.input.advice,
            claims=snakemake.input.claims, maps=snakemake.input.maps, front=snakemake.output.front,
            latex=snakemake.output.latex,
        )  # fmt: skip
