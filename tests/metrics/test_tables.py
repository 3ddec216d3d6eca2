import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events.store import create_events, open_events
from collapse.files import read_csv
from collapse.metrics import suite, tables
from collapse.sealed import create_sealed, identify

NAMES = ["x", "y"]
SETTINGS = {
    "windows": {"middle": {"feature": "x", "low": -1, "high": 1}},
    "modes": None, "least_mode_share": 0.25, "folds": 2, "draws": 4, "slow_draws": 2,
    "events": 150, "sample_events": None,
}  # fmt: skip


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Events, samples at two epochs of which the second is half NaN, reach and floors."""
    folder = tmp_path_factory.mktemp("study")
    with create_events(folder / "events.h5", NAMES, [400, 50, 200], []) as matrix:
        matrix[:] = normal(650)
    broken = normal(200, seed=2)
    broken[::2] = np.nan
    run = identify({}, 1, NAMES)
    with create_sealed(folder / "samples.h5", "samples", run) as file:
        for count, updates, events in ((10, 40, broken), (3, 12, normal(200, seed=1))):
            file[f"{count}/events"] = events
            file[str(count)].attrs["updates"] = updates
        file["3/edges"] = [[-1.0, -np.inf], [1.0, np.inf]]
        file["10"].attrs["diverged_step"] = 38
    tables.measure_floors(
        events=folder / "events.h5", settings=SETTINGS, path=folder / "floors.csv"
    )
    tables.evaluate(
        events=folder / "events.h5", samples=folder / "samples.h5", floors=folder / "floors.csv",
        recipe={}, seed=1, settings=SETTINGS, path=folder / "metrics.csv",
        regions=folder / "regions.csv",
    )  # fmt: skip
    return folder


def test_floors_have_a_row_for_each_metric(study):
    rows = read_csv(study / "floors.csv")
    assert tuple(rows[0]) == tables.FLOORS
    assert [(row["metric"], row["feature"]) for row in rows] == suite.keys(NAMES, SETTINGS)


def test_each_value_stands_beside_its_floor(study):
    rows = read_csv(study / "metrics.csv")
    assert tuple(rows[0]) == tables.METRICS
    assert list(dict.fromkeys((row["epoch"], row["updates"]) for row in rows)) == [
        ("3", "12"), ("10", "40"),
    ]  # fmt: skip
    more = {"3": [("unreachable", "x"), ("unreachable", "y")], "10": [("diverged_step", "")]}
    for epoch, own in more.items():
        found = [(r["metric"], r["feature"]) for r in rows if r["epoch"] == epoch]
        assert found == [*suite.keys(NAMES, SETTINGS), *own]
    floors = {(row["metric"], row["feature"]): row for row in read_csv(study / "floors.csv")}
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


def test_a_tanhs_events_beyond_reach_are_counted_from_the_networks_own_edges(study):
    rows = {
        row["feature"]: row
        for row in read_csv(study / "metrics.csv")
        if row["metric"] == "unreachable"
    }
    values = open_events(study / "events.h5").values
    assert float(rows["x"]["value"]) == pytest.approx(np.mean(np.abs(values[:, 0]) > 1))
    assert (float(rows["y"]["value"]), rows["y"]["z"]) == (0, "0.0")


def test_a_divergence_is_a_row_of_its_own(study):
    [row] = [r for r in read_csv(study / "metrics.csv") if r["metric"] == "diverged_step"]
    assert (row["epoch"], float(row["value"]), row["z"]) == ("10", 38, "inf")


def test_what_can_not_be_measured_is_empty(study):
    rows = [row for row in read_csv(study / "metrics.csv") if row["epoch"] == "10"]
    lost = {row["metric"]: row for row in rows}.pop("non_finite")
    # Of 200 events, every second of them lost, 150 are drawn.
    assert float(lost["value"]) == pytest.approx(0.5, abs=0.06)
    assert lost["z"] == "inf"
    others = [row for row in rows if row["metric"] not in {"non_finite", "diverged_step"}]
    # About 75 are finite, which are too few.
    assert all(row["value"] == row["z"] == "" for row in others)
    assert all(row["floor_mean"] for row in others)


def test_all_runs_are_in_one_table(study, tmp_path):
    files = study / "metrics.csv", study / "regions.csv"
    runs = [(("toy", "gan", seed), files) for seed in (1, 2)]
    tables.tabulate_metrics(
        runs=runs, metrics=tmp_path / "all.csv", regions=tmp_path / "regions.csv"
    )
    header = (tmp_path / "regions.csv").read_text().splitlines()[0]
    assert header == ",".join((*tables.RUN, *tables.REGIONS))
    rows, one = read_csv(tmp_path / "all.csv"), read_csv(study / "metrics.csv")
    assert tuple(rows[0]) == (*tables.RUN, *tables.METRICS)
    assert [row["seed"] for row in rows] == ["1"] * len(one) + ["2"] * len(one)
    assert [{key: row[key] for key in tables.METRICS} for row in rows] == one * 2


def test_the_held_out_events_are_the_same_each_time_and_of_the_test_split(study):
    table = open_events(study / "events.h5")
    found = tables.held_out_events(table, 150)
    assert np.array_equal(found, tables.held_out_events(table, 150))
    assert {tuple(row) for row in found} <= {tuple(row) for row in table.split("test")}
    assert not np.array_equal(found, table.split("test")[:150])


@pytest.mark.parametrize(
    ("changes", "counts", "expected"),
    [
        # The config's number, the test split, a third of all events, the samples.
        ({}, (400, 50, 200), (150, 150)),
        ({"events": 5000}, (1000, 50, 200), (200, 200)),
        ({"events": 5000}, (100, 0, 500), (200, 100)),
        ({"sample_events": 120}, (400, 50, 200), (120, 120)),
    ],
)
def test_sizes_leave_events_for_disjoint_draws(tmp_path, changes, counts, expected):
    with create_events(tmp_path / "events.h5", NAMES, counts, []) as matrix:
        matrix[:] = normal(sum(counts))
    size, memory = tables.sizes(open_events(tmp_path / "events.h5"), SETTINGS | changes)
    assert (size, memory) == expected
    assert 2 * size + memory <= sum(counts)


def test_too_few_events_are_refused(tmp_path):
    with create_events(tmp_path / "events.h5", NAMES, (400, 50, 99), []) as matrix:
        matrix[:] = normal(549)
    with pytest.raises(InputError, match="The test split has 99 events; at least 100"):
        tables.measure_floors(
            events=tmp_path / "events.h5", settings=SETTINGS, path=tmp_path / "floors.csv"
        )
    assert not (tmp_path / "floors.csv").exists()


def test_z_without_spread():
    assert tables.z(0.0, 0.0, 0.0) == 0
    assert tables.z(-1.0, 0.0, 0.0) == -np.inf
    assert np.isnan(tables.z(float("nan"), 0.5, 0.1))
    assert np.isnan(tables.z(float("nan"), 0.0, 0.0))


def test_a_sample_that_is_sorted_is_drawn_from_and_not_cut_off(study, tmp_path):
    """Its first events would look like a cut."""
    ordered = normal(600, seed=5)
    with create_sealed(tmp_path / "samples.h5", "samples", identify({}, 1, NAMES)) as file:
        file["3/events"] = ordered[ordered[:, 0].argsort()]
        file["3"].attrs["updates"] = 1
    tables.evaluate(
        events=study / "events.h5", samples=tmp_path / "samples.h5", floors=study / "floors.csv",
        recipe={}, seed=1, settings=SETTINGS, path=tmp_path / "metrics.csv",
        regions=tmp_path / "regions.csv",
    )  # fmt: skip
    values = {
        (row["metric"], row["feature"]): float(row["value"] or "nan")
        for row in read_csv(tmp_path / "metrics.csv")
    }
    assert values["ks", "x"] < 0.2
    assert values["beyond_high", "x"] < 0.05
