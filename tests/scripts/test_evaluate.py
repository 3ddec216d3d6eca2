import numpy as np
import pytest
from collapse.events.store import open_events
from collapse.files import read_csv
from collapse.metrics import suite
from collapse.sealed import create_sealed, identify

from scripts.evaluate import METRICS, REGIONS, evaluate
from scripts.measure_floors import measure_floors
from tests.scripts.measured import NAMES, SETTINGS, measure_leg, normal


@pytest.fixture(scope="module")
def leg(tmp_path_factory):
    folder = tmp_path_factory.mktemp("leg")
    measure_leg(folder)
    return folder


def test_each_value_stands_beside_its_floor(leg):
    rows = read_csv(leg / "metrics.csv")
    assert tuple(rows[0]) == METRICS
    assert {(row["dataset"], row["recipe"], row["seed"]) for row in rows} == {("toy", "gan", "1")}
    assert list(dict.fromkeys((row["epoch"], row["updates"]) for row in rows)) == [
        ("3", "12"), ("10", "40"),
    ]  # fmt: skip
    more = {"3": [("unreachable", "x"), ("unreachable", "y")], "10": [("diverged_step", "")]}
    for epoch, own in more.items():
        found = [(r["metric"], r["feature"]) for r in rows if r["epoch"] == epoch]
        assert found == [*suite.keys(NAMES, SETTINGS), *own]
    floors = {(row["metric"], row["feature"]): row for row in read_csv(leg / "floors.csv")}
    compared = 0
    for row in rows:
        key = row["metric"], row["feature"]
        if key not in floors or row["epoch"] != "3":
            continue
        assert (row["floor_mean"], row["floor_sd"]) == (floors[key]["mean"], floors[key]["sd"])
        value, mean, sd = (float(row[k] or "nan") for k in ("value", "floor_mean", "floor_sd"))
        z = float(row["z"] or "nan")
        if sd and z and not np.isnan(z):
            assert z * (value - mean) >= 0 or abs(value - mean) < 2 * sd
            compared += 1
        if row["value"]:
            assert float(row["error"]) >= 0
    assert compared > 20


def test_a_tanhs_events_beyond_reach_are_counted_from_the_networks_own_edges(leg):
    rows = {
        row["feature"]: row
        for row in read_csv(leg / "metrics.csv")
        if row["metric"] == "unreachable"
    }
    values = open_events(leg / "events.h5").values
    assert float(rows["x"]["value"]) == pytest.approx(np.mean(np.abs(values[:, 0]) > 1))
    assert (float(rows["y"]["value"]), rows["y"]["z"]) == (0, "0.0")


def test_a_divergence_is_a_row_of_its_own(leg):
    [row] = [r for r in read_csv(leg / "metrics.csv") if r["metric"] == "diverged_step"]
    assert (row["epoch"], float(row["value"]), row["z"]) == ("10", 38, "inf")


def test_what_can_not_be_measured_is_empty(leg):
    rows = [row for row in read_csv(leg / "metrics.csv") if row["epoch"] == "10"]
    lost = {row["metric"]: row for row in rows}.pop("non_finite")
    # Of 200 events, every second of them lost, 150 are drawn.
    assert float(lost["value"]) == pytest.approx(0.5, abs=0.06)
    assert lost["z"] == "inf"
    others = [row for row in rows if row["metric"] not in {"non_finite", "diverged_step"}]
    # About 75 are finite, which are too few.
    assert all(row["value"] == row["z"] == "" for row in others)
    assert all(row["floor_mean"] for row in others)


def test_a_sample_that_is_sorted_is_drawn_from_and_not_cut_off(leg, tmp_path):
    """Its first events would look like a cut."""
    ordered = normal(600, seed=5)
    with create_sealed(tmp_path / "samples.h5", "samples", identify({}, 1, NAMES)) as file:
        file["3/events"] = ordered[ordered[:, 0].argsort()]
        file["3"].attrs["updates"] = 1
    evaluate(
        events=leg / "events.h5", samples=tmp_path / "samples.h5", floors=leg / "floors.csv",
        dataset="toy", name="gan", recipe={}, seed=1, settings=SETTINGS,
        path=tmp_path / "metrics.csv", regions=tmp_path / "regions.csv",
    )  # fmt: skip
    values = {
        (row["metric"], row["feature"]): float(row["value"] or "nan")
        for row in read_csv(tmp_path / "metrics.csv")
    }
    assert values["ks", "x"] < 0.2
    assert values["beyond_high", "x"] < 0.05


def test_regions_are_those_of_the_run_that_they_say(leg):
    header, *lines = (leg / "regions.csv").read_text().splitlines()
    assert header == ",".join(REGIONS)
    assert all(line.startswith("toy,gan,1,3,") for line in lines)


def test_derived_columns_and_cuts_are_measured(leg, tmp_path):
    """And what is of the features alone stays what it is without them."""
    derived = {"gap": {"expression": "x - y"}}
    settings = SETTINGS | {"derived": derived}
    given = {"events": leg / "events.h5", "settings": settings, "select": {"low": "gap > -1"}}
    measure_floors(**given, path=tmp_path / "floors.csv")
    with create_sealed(tmp_path / "samples.h5", "samples", identify({}, 1, NAMES)) as file:
        file["3/events"] = normal(200, seed=1)
        file["3"].attrs["updates"] = 12
    evaluate(
        **given, samples=tmp_path / "samples.h5", floors=tmp_path / "floors.csv", dataset="toy",
        name="gan", recipe={}, seed=1, path=tmp_path / "metrics.csv", regions=tmp_path / "r.csv",
    )  # fmt: skip
    rows = {(r["metric"], r["feature"]): r for r in read_csv(tmp_path / "metrics.csv")}
    assert {("ks", "gap"), ("auc_derived", ""), ("outside_support", "gap")} <= set(rows)
    assert ("off_relation", "gap") not in rows
    before = {
        (r["metric"], r["feature"]): r for r in read_csv(leg / "metrics.csv") if r["epoch"] == "3"
    }
    for key in (("auc", ""), ("recall", ""), ("correlation_distance", "")):
        assert rows[key]["value"] == before[key]["value"], key
    events, real = normal(200, seed=1), open_events(leg / "events.h5").values
    low, every = rows["outside_acceptance", "low"], rows["outside_acceptance", "all"]
    share, floor = ((v[:, 0] - v[:, 1] <= -1).mean() for v in (events, real))
    assert float(low["value"]) == float(every["value"]) == pytest.approx(share)
    assert float(low["floor_mean"]) == pytest.approx(floor)
    assert abs(float(low["z"])) < 4
