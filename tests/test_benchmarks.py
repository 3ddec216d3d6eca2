"""The benchmarks: that contestants train the same networks, and that tables go where they belong.

Nothing is timed here.
"""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import vector

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.syspath_prepend(BENCHMARKS / "contestants")
    loaded = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - loaded:
        if str(BENCHMARKS) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


def test_table_goes_between_its_markers(load):
    tables = load("tables")
    text = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb <!-- begin y --><!-- end y -->"
    done = tables.replaced(text, "x", r"| 1 | \2 |")
    assert done == text.replace("old", r"| 1 | \2 |")
    assert tables.replaced(done, "x", "old") == text


def test_missing_marker_is_an_error(load):
    with pytest.raises(ValueError, match="begin x"):
        load("tables").replaced("no markers", "x", "content")


def test_readme_has_the_markers(load):
    tables = load("tables")
    text = tables.README.read_text()
    for name in (
        *("training speed", "cost growth", "start-up"),
        *("calibration", "trained", "foreign", "reproducible"),
    ):
        assert tables.replaced(text, name, "content") != text


def test_every_target_has_a_contestant(load):
    speed = load("training_speed")
    scripts = [script for script, _ in speed.CONTESTANTS.values()]
    assert all((BENCHMARKS / "contestants" / f"{script}.py").is_file() for script in scripts)
    assert all(script in scripts for race in speed.RACES.values() for script in race)


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("recipe", ["original", "capable"])
def test_task_has_the_sizes_of_our_networks(load, recipe):
    networks = pytest.importorskip("collapse.gan.networks")
    complete = load("training_speed").shipped_recipe(recipe)
    models = (
        networks.build_generator(complete, 7, seed=1),
        networks.build_discriminator(complete, 7, seed=1),
    )
    parameters = load("common").Task(complete).parameters()
    assert parameters == [model.count_params() for model in models]


@pytest.mark.parametrize("recipe", ["original", "capable"])
def test_floor_has_the_products_of_a_step(load, recipe):
    task = load("common").Task(load("training_speed").shipped_recipe(recipe))
    floor = load("floor").Floor(task)
    counts = [sum(array.size for array in arrays) for arrays in floor.weights()]
    assert counts == task.parameters()
    done = sum(a.shape[0] * a.shape[1] * b.shape[1] for _, a, b, _ in floor._products)
    # Forward, weights' gradients and inputs' gradients take one product of each kernel an event.
    # G: all three, but its first layer has no inputs' gradients.
    # D: on 2n events the same; on n forward, and inputs' gradients of all.
    ours, theirs = (
        [a * b for a, b in pairwise(widths)] for widths in (task.generator, task.discriminator)
    )
    expected = 3 * sum(ours) - ours[0] + 2 * (3 * sum(theirs) - theirs[0]) + 2 * sum(theirs)
    assert done == task.batch * expected


def contestants():
    """Those whose library is there, in this environment or in the one of peers."""
    peers = BENCHMARKS / ".venv" / "bin" / "python"
    for script in ("question", "keras_io", "tensorflow_loop", "ours", "floor"):
        yield script, sys.executable
    for script, module in (("pytorch_eager", "torch"), ("jax_jit", "jax")):
        if importlib.util.find_spec(module):
            yield script, sys.executable
        elif list((BENCHMARKS / ".venv").glob(f"lib/python*/site-packages/{module}")):
            yield script, peers


@pytest.mark.slow
@pytest.mark.parametrize(("script", "python"), list(contestants()))
def test_contestant_trains_the_networks(load, script, python):
    speed = load("training_speed")
    task = {"recipe": speed.shipped_recipe("original"), "rows": 1000}
    done = subprocess.run(
        [str(python), str(BENCHMARKS / "contestants" / f"{script}.py"), json.dumps(task)],
        input="0\n",
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ready, turn = map(json.loads, done.stdout.splitlines())
    assert ready["parameters"] == load("common").Task(**task).parameters()
    assert turn["steps"] >= 4


def test_start_up_is_split_from_work(load):
    processes = [
        {"stage": "train", "interpreter": 1.0, "imports": 2.0, "all": 20.0},
        {"stage": "sample", "interpreter": 1.0, "imports": 2.0, "all": 5.0},
        {"stage": "Snakemake", "interpreter": 1.0, "imports": 2.0, "all": 4.0},
    ]
    stages = load("startup").split(30.0, processes, [{"startup_cpu_seconds": 6.0}])
    assert stages["train"] == (1, 20.0, 6.0)
    assert stages["sample"] == (1, 5.0, 3.0)
    assert stages["Snakemake"] == (1, 4.0, 4.0)
    assert np.isclose(stages["shells, ends of processes"][2], 1.0)


def test_recorder_tells_the_imports_of_a_process(tmp_path):
    script = tmp_path / "scripts" / "tmpabc.sample.py"
    script.parent.mkdir()
    script.write_text("import decimal")
    environment = {"PYTHONPATH": str(BENCHMARKS / "recorder"), "COLLAPSE_RECORDS": str(tmp_path)}
    subprocess.run([sys.executable, str(script)], env=os.environ | environment, check=True)
    (path,) = tmp_path.glob("*.json")
    record = json.loads(path.read_text())
    assert record["stage"] == "sample"
    assert 0 < record["imports"] < record["all"]


def test_a_training_that_differs_is_in_the_table(load, tmp_path):
    exactness = load("exactness")
    test = '<testcase classname="tests.gan.test_exactness" name="test_{}_parts[{}]">{}</testcase>'
    properties = "".join(
        f'<property name="{key}" value="{value}"/>'
        for key, value in {"options": "loss: hinge", "steps": 9, "cuts": "2, 3"}.items()
    )
    cases = [
        test.format("in", "a", f"<properties>{properties}</properties>"),
        test.format("in", "b", "<failure/>"),
        test.format("in", "c", "<skipped/>"),
        test.format("other", "d", ""),
    ]
    (tmp_path / "report.xml").write_text(f"<testsuite>{''.join(cases)}</testsuite>")
    lines = exactness.trained(exactness.outcomes(tmp_path / "report.xml"), "test_in_parts")
    assert lines.splitlines()[2:] == [
        "| `loss: hinge` | 9 | 2, 3 |  | equal |",
        "| `b` |  |  |  | failed |",
        "| `c` |  |  |  | not tested |",
    ]


def test_what_is_disturbed_is_tested(load):
    """A test of another name would be `not tested` in the table."""
    for test in load("exactness").DISTURBANCES:
        file, name = test.split("::")
        assert f"\ndef {name}(" in (BENCHMARKS.parent / file).read_text(), test


def test_quality_takes_the_mass_from_the_muons_alone(load):
    quality = load("quality")
    generator = np.random.default_rng(0)
    n = 1000
    pt1, pt2 = 3 + generator.exponential(20, size=(2, n))
    share, place = generator.uniform(-1, 1, n), generator.random(n)
    events = np.stack([0.3 + 90 * generator.random(n), pt1, pt2, share, place], axis=1)
    eta1, eta2, phi, mass = quality.muons(events).T
    here = np.isfinite(mass)
    assert here.mean() > 0.8
    np.testing.assert_allclose(mass[here], events[here, 0], rtol=1e-9)
    first = vector.array({"pt": pt1, "eta": eta1, "phi": phi, "mass": np.full(n, quality.MUON)})
    second = vector.array(
        {"pt": pt2, "eta": eta2, "phi": 0 * phi, "mass": np.full(n, quality.MUON)}
    )
    np.testing.assert_allclose((first + second).mass[here], mass[here], rtol=1e-6)
    assert not quality.outside(quality.derived(events))[here].any()


def test_quality_counts_what_lies_outside(load):
    columns = np.zeros((4, 9))
    columns[:, 1:3] = 5
    columns[1, 2], columns[2, 5], columns[3, 6] = 2.9, -2.41, 2.5
    assert load("quality").outside(columns).tolist() == [False, True, True, True]


def test_quality_judges_windows_by_five_percent_or_three_sigma(load):
    quality = load("quality")

    def events(n, inside):
        columns = np.zeros((n, 9))
        columns[:inside, 8] = 90.0
        # One in each of the other windows, in both alike.
        columns[-4:, 8] = 3.0, 3.7, 9.5, 10.0
        return columns

    cells, met = quality.window_row(events(1000, 500), events(1000, 550))
    assert (cells[-1], bool(met)) == ("1.10 ± 0.07", True)
    cells, met = quality.window_row(events(100_000, 50_000), events(100_000, 55_000))
    assert (cells[-1], bool(met)) == ("1.10 ± 0.01 missed", False)


def test_quality_has_its_markers(load):
    quality = load("quality")
    text = quality.DOCUMENT.read_text()
    assert load("tables").replaced(text, "quality", "x") != text
