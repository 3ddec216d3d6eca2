"""That docs/tables.md lists the columns and metrics that the code writes."""

import ast
import re
from dataclasses import fields

import numpy as np
import pytest
from collapse.diagnosis import advice, claims, onset, tables
from collapse.diagnosis.results import Checkpoint, Fall, Finding, Run
from collapse.gan.training import HISTORY, TIMING
from collapse.metrics import suite
from collapse.metrics.floors import FLOORS
from collapse.preflight import inspect, summary

from scripts import evaluate


def _columns(record):
    return [field.name for field in fields(record)]


LEG = "runs/{dataset}/{recipe}/seed{seed}/leg{leg}"
COLUMNS = {
    "data/{dataset}/floors.csv": FLOORS,
    f"{LEG}/metrics.csv": evaluate.METRICS,
    f"{LEG}/regions.csv": evaluate.REGIONS,
    "tables/preflight.csv": summary.HEADER,
    "tables/verdicts.csv": _columns(tables.Verdict),
    "tables/outcomes.csv": _columns(tables.Outcome),
    "tables/onset.csv": _columns(onset.Onset),
    "tables/survival.csv": _columns(onset.Survival),
    "tables/advice.csv": _columns(advice.Comparison),
    "tables/reversals.csv": _columns(advice.Reversal),
    "tables/claims.csv": _columns(claims.Claim),
}


@pytest.fixture(scope="module")
def text(root):
    return (root / "docs" / "tables.md").read_text()


def first_cells(text, head):
    """Return what the first column of each table of that head lists in backticks, in order."""
    found = []
    for table in re.findall(rf"^\| {head} \|.*\n\|---.*\n((?:\|.*\n)+)", text, re.M):
        found += re.findall(r"^\| `(\w+)` \|", table, re.M)
    return found


def section(text, path):
    """Return the section on a file, up to the next heading."""
    [found] = re.findall(rf"^### `{re.escape(path)}`\n(.*?)(?=^##|\Z)", text, re.M | re.S)
    return found


@pytest.mark.parametrize("path", COLUMNS)
def test_columns_are_those_that_are_written(text, path):
    assert first_cells(section(text, path), "column") == list(COLUMNS[path])


def test_columns_of_a_leg_are_those_that_training_writes(text):
    assert first_cells(section(text, f"{LEG}/timing.csv"), "column") == list(TIMING)
    assert first_cells(section(text, f"{LEG}/history.csv"), "column") == list(HISTORY)


def test_keys_of_a_diagnosis_are_those_of_its_parts(text):
    found = section(text, "runs/{dataset}/{recipe}/seed{seed}/diagnosis.json")
    assert first_cells(found, "key") == [field.name for field in fields(Run)]
    [keys] = re.findall(r"^\| `checkpoints` \|.*$", found, re.M)
    assert re.findall(r"`(\w+)`", keys)[1:] == [field.name for field in fields(Checkpoint)]
    assert first_cells(found, "key of a finding") == [field.name for field in fields(Finding)]
    assert first_cells(found, "key of a fall") == [*(f.name for f in fields(Fall)), "censored"]


def test_keys_of_a_preflight_are_those_of_an_inspection(text):
    recipe = {"kind": "external", "samples": "mine.h5", "columns": "names"}
    values = np.random.default_rng(0).normal(size=(200, 1))
    report = inspect.inspect(
        values, None, ["x"], dataset="toy", name="mine", recipe=recipe, windows={}
    )
    found = section(text, "data/{dataset}/preflight/{recipe}.json")
    assert first_cells(found, "key") == list(report)


def test_kinds_of_the_preflight_are_those_that_it_names(root, text):
    tree = ast.parse((root / "scripts/collapse/preflight/inspect.py").read_text())
    named = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_Found"
    }
    listed = first_cells(section(text, "tables/preflight.csv"), "kind")
    assert named == set(listed)


def test_outcomes_of_the_advice_are_listed(text):
    [row] = re.findall(r"^\| `metric` \|.*$", section(text, "tables/advice.csv"), re.M)
    assert re.findall(r"`(\w+)`", row)[1:] == list(advice.OUTCOMES)


def test_every_metric_is_listed_once(text):
    """With windows and with a mixture, so that there are all that a study can have."""
    settings = {
        "derived": {"y": {"expression": "x + 1"}},
        "windows": {"peak": {"feature": "x", "low": 0, "high": 1}},
        "modes": {"features": ["x"], "sd": 1.0, "centres": [[0.0]]},
        "least_mode_share": 0.25,
    }
    expected = {metric for metric, _ in suite.keys(["x", "y"], settings)}
    expected |= {"unreachable", "diverged_step", "outside_acceptance"}
    listed = first_cells(text[text.index("\n## Metrics") :], "metric")
    assert len(listed) == len(set(listed))
    assert set(listed) == expected


def test_slow_metrics_are_called_so(text):
    rows = re.findall(r"^\| `(\w+)` \|.* Slow\. \|", text[text.index("\n## Metrics") :], re.M)
    assert rows == [metric.name for metric in suite.METRICS if metric.slow]


def test_every_table_of_the_workflow_has_a_section(root, text):
    outputs = set()
    for rules in (root / "rules").glob("*.smk"):
        outputs |= set(re.findall(r'"<results>/([^"]+\.(?:csv|json))"', rules.read_text()))
    outputs.remove("tables/{table}.csv")  # the input of what is drawn of several
    assert outputs
    assert outputs <= set(re.findall(r"^### `([^`]+)`$", text, re.M))
