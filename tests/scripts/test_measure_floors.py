import pytest
from collapse.errors import InputError
from collapse.events.store import create_events
from collapse.files import read_csv
from collapse.metrics import suite
from collapse.metrics.floors import FLOORS

from scripts.measure_floors import measure_floors
from tests.scripts.measured import NAMES, SETTINGS, normal


def test_floors_have_a_row_for_each_metric(tmp_path):
    with create_events(tmp_path / "events.h5", NAMES, (400, 50, 200), []) as matrix:
        matrix[:] = normal(650)
    measure_floors(events=tmp_path / "events.h5", settings=SETTINGS, path=tmp_path / "floors.csv")
    rows = read_csv(tmp_path / "floors.csv")
    assert tuple(rows[0]) == FLOORS
    assert [(row["metric"], row["feature"]) for row in rows] == suite.keys(NAMES, SETTINGS)


def test_too_few_events_are_refused(tmp_path):
    with create_events(tmp_path / "events.h5", NAMES, (400, 50, 99), []) as matrix:
        matrix[:] = normal(549)
    with pytest.raises(InputError, match="The test split has 99 events; at least 100"):
        measure_floors(
            events=tmp_path / "events.h5", settings=SETTINGS, path=tmp_path / "floors.csv"
        )
    assert not (tmp_path / "floors.csv").exists()
