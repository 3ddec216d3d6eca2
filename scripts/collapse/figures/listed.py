"""The figures of a dataset's recipes together, each listed once.

Of each the rules make an output, with its place in the report, and an input of each table that it
is drawn from. They read this at each start of Snakemake, so that it imports nothing slow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from collapse.diagnosis.results import Fall, Run
    from collapse.figures.tables import Row


@dataclass(frozen=True)
class ComparedRecipes:
    """A dataset's recipes, as a figure of them together may show them.

    Args:
        dataset: The dataset.
        recipes: The study's recipes in order, which gives them their colours.
        labels: Feature or window -> how figures call it.
        runs: The diagnoses of all runs.
        history: What the training recorded of all runs.
        tables: Name -> the dataset's rows of the study's table.
    """

    dataset: str
    recipes: Sequence[str]
    labels: Mapping[str, str]
    runs: "Sequence[Run]"
    history: "Sequence[Row]"
    tables: "Mapping[str, Sequence[Row]]"

    @property
    def falls(self) -> "dict[str, list[Fall]]":
        """Recipe -> the falls of its runs."""
        return {
            name: [fall for run in self.runs if run.recipe == name for fall in run.falls]
            for name in self.recipes
        }

    @property
    def last(self) -> int:
        """The last epoch count."""
        return max(run.last.epoch for run in self.runs)


@dataclass(frozen=True)
class ComparisonFigure:
    """A figure of a dataset's recipes together.

    Args:
        name: Of its files, and of its caption in `report/`.
        category: Its place in the report; empty if it has none there.
        draw: What draws it.
        tables: The study's tables that it is drawn from.
        needs: What a study must have for it: `modes`, `bases`, or nothing.
    """

    name: str
    category: str
    draw: "Callable[[ComparedRecipes], Figure]"
    tables: Sequence[str] = ()
    needs: str = ""


def _map(of: ComparedRecipes) -> "Figure":
    from collapse.figures.collapse_map import collapse_map

    return collapse_map(of.runs, f"Verdict of each checkpoint, {of.dataset}")


def _metrics(of: ComparedRecipes) -> "Figure":
    from collapse.figures.evolution import metrics_against_epochs

    title, table = f"Metrics and losses, {of.dataset}", of.tables["metrics"]
    return metrics_against_epochs(table, of.recipes, title, of.labels, of.falls, of.history)


def _survival(of: ComparedRecipes) -> "Figure":
    from collapse.figures.survival import survival_curves

    title = f"Runs that have not collapsed, {of.dataset}"
    return survival_curves(of.tables["survival"], of.tables["onset"], of.recipes, title)


def _modes(of: ComparedRecipes) -> "Figure":
    from collapse.figures.evolution import modes_against_epochs

    title = f"Share of the events in each mode, {of.dataset}"
    return modes_against_epochs(of.tables["metrics"], of.recipes, title, of.labels, of.falls)


def _ranks(of: ComparedRecipes) -> "Figure":
    from collapse.figures.ranks import ranks_against_epochs

    title = f"Rank against training time, {of.dataset}"
    return ranks_against_epochs(of.tables["metrics"], of.recipes, title)


def _advice(of: ComparedRecipes) -> "Figure":
    from collapse.figures.advice import forest

    rows = [row for row in of.tables["advice"] if row["epoch"] == of.last]
    return forest(rows, of.recipes, f"What a change does by epoch {of.last:,}, {of.dataset}")


COMPARISON_FIGURES = (
    ComparisonFigure("map", "3 Map", _map),
    ComparisonFigure("metrics", "3 Map", _metrics, ["metrics"]),
    ComparisonFigure("survival", "3 Map", _survival, ["survival", "onset"]),
    ComparisonFigure("modes", "5 Per feature", _modes, ["metrics"], needs="modes"),
    ComparisonFigure("ranks", "6 Advice", _ranks, ["metrics"]),
    ComparisonFigure("advice", "6 Advice", _advice, ["advice"], needs="bases"),
)
