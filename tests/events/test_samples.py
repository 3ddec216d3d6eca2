import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events import samples
from collapse.sealed import create_sealed


@pytest.fixture
def leg(tmp_path):
    with create_sealed(tmp_path / "samples.h5", "samples", "of a run") as file:
        for epoch in (10, 2, 100):
            file[f"{epoch}/events"] = np.full((3, 2), [epoch, -epoch], np.float32)
    return tmp_path / "samples.h5"


def test_samples_come_by_epoch(leg):
    found = list(samples.read_samples(leg))
    assert [(sample.run, sample.epoch) for sample in found] == [
        ("of a run", epoch) for epoch in (2, 10, 100)
    ]
    for sample in found:
        np.testing.assert_array_equal(sample.events, [[sample.epoch, -sample.epoch]] * 3)


def test_counts_and_a_column_can_be_asked_for(leg):
    [found] = samples.read_samples(leg, epochs={10, 11}, column=1)
    assert found.epoch == 10
    np.testing.assert_array_equal(found.events, [-10] * 3)


def test_a_file_is_opened_once(leg, monkeypatch):
    opened, open_sealed = [], samples.open_sealed

    def count(path, *about):
        opened.append(path)
        return open_sealed(path, *about)

    monkeypatch.setattr(samples, "open_sealed", count)
    assert len(list(samples.read_samples(leg))) == 3
    assert opened == [leg]


def test_another_kind_is_refused(tmp_path):
    with create_sealed(tmp_path / "trace.h5", "traces"):
        pass
    with pytest.raises(InputError, match="it holds traces"):
        next(samples.read_samples(tmp_path / "trace.h5"))
