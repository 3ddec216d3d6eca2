"""Is what is interrupted the same, byte for byte? The tests that say so, as tables in docs/."""

import argparse
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from importlib.metadata import version
from pathlib import Path

import tables

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "exactness.md"
TRAINING = "tests/gan/test_exactness.py"
# Test -> what is done, and what must be the same.
DISTURBANCES = {
    "tests/faults/test_training.py::test_a_killed_leg_goes_on_bit_for_bit": (
        "a training job: SIGKILL at a random step, a rerun, SIGTERM at a random step, a rerun",
        "SHA-256 of checkpoint, generators, losses and trace",
    ),
    "tests/faults/test_training.py::test_a_killed_study_goes_on_bit_for_bit": (
        "a whole study and its jobs: SIGKILL at a random step, a rerun",
        "SHA-256 of checkpoint, generators, losses and trace",
    ),
    "tests/test_workflow.py::test_the_same_study_again_gives_the_same_bytes": (
        "a whole study with `--cores 1` against `--cores 8`",
        "SHA-256 of every result but the seconds and the provenance",
    ),
    "tests/test_workflow.py::test_legs_do_not_change_the_training": (
        "one leg of four epochs against two of two",
        "bytes of the checkpoint, the samples",
    ),
    "tests/test_workflow.py::test_a_count_within_a_stretch_redoes_that_leg_with_equal_bytes": (
        "a leg redone with one more epoch count within it",
        "bytes of the checkpoint",
    ),
    "tests/test_workflow.py::test_own_networks_resume_exactly_and_are_exported": (
        "networks from a user's file: one leg against two",
        "bytes of checkpoint and samples",
    ),
    "tests/scripts/test_export.py::test_the_bytes_depend_on_the_generator_alone": (
        "an exported `.keras` file, written again a day later",
        "bytes of the file",
    ),
    "tests/scripts/test_export.py::test_plain_keras_gives_the_same_events_in_physical_units": (
        "an exported `.keras` file in a process that can't find this project",
        "the events, to a relative 1e-4: Keras adds up in another order",
    ),
}
TEXT = """# Exactness

A training that is interrupted must end as if it had not been. This is what was tested, and what
came out. `make exactness` runs these tests again and writes this file.

**{passed} of {total} are as they must be.** {machine}

## Every option by itself

For each option 0 → N steps, and for each k of the list 0 → k, a checkpoint, other steps that must
leave no trace, the checkpoint again, and k → N. Equal means: the losses of all steps, and one
SHA-256 over the weights of both networks, the optimizers' slots, moving statistics, averages,
buffers and nine generated events. Its first digits are shown; they may differ on another kind of
processor. Each recipe is a small `capable` with what is in the first column.

{alone}

## Options together

{together}

## Kills, cores, legs and exports

{disturbances}
"""


def run(selection):
    """Run tests; return how each ended, test -> (`equal` or what else, properties).

    Args:
        selection: Files and tests, as pytest takes them.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "--junitxml", report]
        # The default family has no properties.
        command += ["-o", "junit_family=xunit1", *selection]
        subprocess.run([*map(str, command)], cwd=ROOT, check=False)
        if not report.is_file():
            sys.exit("The tests did not run; pytest said why.")
        return outcomes(report)


def outcomes(report):
    """Read how each test ended from a JUnit report; see `run`."""
    ended = {}
    for case in ET.parse(report).iter("testcase"):
        bad = {child.tag for child in case} & {"failure", "error", "skipped"}
        word = "not tested" if bad == {"skipped"} else "failed" if bad else "equal"
        properties = {p.get("name"): p.get("value") for p in case.iter("property")}
        file = case.get("classname").replace(".", "/") + ".py"
        ended[f"{file}::{case.get('name')}"] = (word, properties)
    return ended


def trained(ended, name):
    """Return the table of the trainings that one test function does."""
    rows = []
    for test, (word, properties) in ended.items():
        if test.startswith(f"{TRAINING}::{name}["):
            options = properties.get("options") or re.search(r"\[(.*)\]", test)[1]
            steps = [properties.get(key, "") for key in ("steps", "cuts")]
            rows.append((f"`{options}`", *steps, properties.get("sha256", "")[:12], word))
    return tables.table(("options", "N", "k", "SHA-256", "outcome"), rows)


def document(ended):
    """Return the whole text: what was tested, and what came out."""
    disturbed = [
        (*texts, ended.get(test, ("not tested",))[0]) for test, texts in DISTURBANCES.items()
    ]
    header = ("what is done", "what is compared", "outcome")
    # A test of the tests is no row of the tables.
    counted = [word for test, (word, _) in ended.items() if "[" in test or test in DISTURBANCES]
    return TEXT.format(
        passed=counted.count("equal"),
        total=len(counted),
        machine=tables.machine(TensorFlow=version("tensorflow-cpu")),
        alone=trained(ended, "test_each_trick_alone_in_parts_gives_the_same_bytes"),
        together=trained(ended, "test_training_in_parts_gives_the_same_bytes"),
        disturbances=tables.table(header, disturbed).replace("---:", "---"),
    )


def main():
    """Run the tests, print the tables and, if asked to, write them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write docs/exactness.md")
    arguments = parser.parse_args()
    ended = run([TRAINING, *DISTURBANCES])
    text = document(ended)
    print(text)
    if arguments.write:
        DOCUMENT.write_text(text, encoding="utf-8")
    if any(word != "equal" for word, _ in ended.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
