import json

import h5py
import numpy as np
import pytest
from collapse.errors import InputError
from collapse.sealed import create_sealed, identify, open_sealed

from tests.faults.test_inputs import MUTATIONS

RUN = identify({"batch_size": 32}, 1, ["x", "y"])


@pytest.fixture
def samples(tmp_path):
    path = tmp_path / "samples.h5"
    with create_sealed(path, "samples", RUN) as file:
        for count in ("1", "10"):
            file[f"{count}/events"] = np.random.default_rng(0).normal(size=(40, 2))
            file[count].attrs["updates"] = int(count) * 7
        file["text"] = json.dumps({"a": "é"})
    return path


def read(path, run=RUN):
    with open_sealed(path, "samples", run) as file:
        numbers = {count: file[f"{count}/events"][()].tolist() for count in ("1", "10")}
        updates = [int(file[count].attrs["updates"]) for count in ("1", "10")]
        return numbers, updates, file["text"].asstr()[()]


def test_each_damage_is_refused(samples):
    whole = samples.read_bytes()
    rng = np.random.default_rng(3)
    for i in range(300):
        content = bytearray(whole)
        while content == whole:  # zeros may have been zeroed
            MUTATIONS[i % len(MUTATIONS)](content, rng)
        samples.write_bytes(content)
        with pytest.raises(InputError, match=r"samples\.h5 can't be used as a file of samples"):
            read(samples)
    samples.write_bytes(whole)
    assert read(samples)[1] == [7, 70]


def test_what_is_written_later_is_refused(samples):
    with h5py.File(samples, "a") as file:
        file["10/events"][39, 1] += 1e-9
    with pytest.raises(InputError, match=r"no seal|not those that were sealed"):
        read(samples)


@pytest.mark.parametrize(
    "run",
    [
        identify({"batch_size": 33}, 1, ["x", "y"]),
        identify({"batch_size": 32}, 2, ["x", "y"]),
        identify({"batch_size": 32}, 1, ["y", "x"]),
    ],
)
def test_a_file_of_another_run_is_refused(run, samples):
    with pytest.raises(InputError, match="of another recipe, seed, scaler or dataset"):
        read(samples, run)


def test_a_file_of_another_kind_or_version_is_refused(samples, tmp_path):
    with pytest.raises(InputError, match="it holds samples"), open_sealed(samples, "traces"):
        pass
    with h5py.File(samples, "w") as file:
        file["10/events"] = np.zeros((40, 2))
    with pytest.raises(InputError, match="it has no seal"):
        read(samples)
    with pytest.raises(InputError, match=r"none\.h5 can't be used as a file of samples"):
        read(tmp_path / "none.h5")
