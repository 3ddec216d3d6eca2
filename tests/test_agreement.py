"""That map, tables, sentences, survival and LaTeX say the same of a study."""

import math

import numpy as np
import pytest
from collapse.diagnosis.course import find_falls, outcome_of, trend
from collapse.diagnosis.kinds import VERDICTS
from collapse.diagnosis.onset import onset_of, survival_curve
from collapse.diagnosis.results import FELL, Checkpoint, Run
from collapse.figures.collapse_map import collapse_map
from collapse.files import read_csv
from collapse.report import sentences, tables

from scripts.tabulate_diagnosis import tabulate_diagnosis
from tests.diagnosis.test_course import random_state


def random_run(rng, recipe, seed):
    """A run whose outcome and falls come from its state, as those of a real one do."""
    state = random_state(rng)
    found = find_falls(state)
    outcome = outcome_of(state, found)
    falls = found if outcome in FELL else []
    points = [
        Checkpoint(
            count, count, VERDICTS[state.verdicts[i]], 1.0, trend(state, i), 0.5, math.nan, []
        )
        for i, count in enumerate(state.counts)
    ]
    return Run("toy", recipe, seed, 5000, outcome, 1.0, points, falls)


@pytest.mark.parametrize("seed", range(4))
def test_all_say_the_same_on_hundreds_of_random_runs(seed, tmp_path):
    rng = np.random.default_rng(seed)
    runs = [random_run(rng, f"recipe_{i}", s) for i in range(30) for s in (1, 2, 3)]
    for i, run in enumerate(runs):
        run.save(tmp_path / f"{i}.json")
    names = ("verdicts", "outcomes", "onset", "survival", "text")
    tabulate_diagnosis(
        diagnoses=[tmp_path / f"{i}.json" for i in range(len(runs))],
        **{name: tmp_path / name for name in names},
    )
    outcomes, onsets = read_csv(tmp_path / "outcomes"), read_csv(tmp_path / "onset")
    lines = (tmp_path / "text").read_text().splitlines()[1:]
    figure = collapse_map(runs, "toy")
    words = [text for axes in figure.axes for text in axes.texts if text.get_gid()]
    header, key = tables.key_table(runs)
    latex = tables.as_latex(header, key)
    for place in range(30):
        recipe, group = f"recipe_{place}", runs[3 * place : 3 * place + 3]
        fell = [run for run in group if run.outcome in FELL]
        assert all(bool(run.falls) == (run.outcome in FELL) for run in group)
        [row] = [row for row in onsets if row["recipe"] == recipe]
        assert int(row["collapsed"]) == len(fell) == onset_of(group).collapsed
        assert int(row["recovered"]) == sum(run.outcome == "recovered" for run in group)
        # Runs that have not collapsed are censored at their ends, and never count as onsets.
        times = [run.falls[0].onset if run.falls else run.last.epoch for run in group]
        curve = survival_curve(times, [bool(run.falls) for run in group])
        assert (curve[-1].survival < 1) == bool(fell)
        [cells] = [cells for cells in key if cells[1] == recipe]
        assert cells[3] == f"{len(fell)} of 3"
        assert recipe.replace("_", "\\_") in latex
        said = sentences.sentence(group)
        for run, line, word in zip(group, lines[3 * place :], words[3 * place :], strict=False):
            name = run.outcome.replace("_", " ")
            assert f" {run.outcome} " in line
            assert word.get_text() == name
            assert f"{name} (" in cells[6]
            shown = {row["outcome"] for row in outcomes
                     if (row["recipe"], row["seed"]) == (recipe, str(run.seed))}  # fmt: skip
            assert shown == {run.outcome}
            did = sentences._outcomes([run])[0].partition(" in ")[0]
            assert did in said
