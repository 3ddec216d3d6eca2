"""Files that would run code or lead out of themselves: nothing is run, nothing is followed."""

import contextlib
import pickle
import zipfile

import h5py
import numpy as np
import pytest
from collapse.errors import InputError
from collapse.events.readers import open_source
from collapse.sealed import create_sealed, open_sealed

from scripts.ingest import ingest

SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 1}


@pytest.fixture
def secret(tmp_path):
    """Another file of the same user, as HDF5 and as bare numbers."""
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = np.arange(64.0)
    np.arange(64.0).tofile(tmp_path / "secret.bin")
    return tmp_path


def link_out(file):
    file["x"] = h5py.ExternalLink("secret.h5", "/x")


def link_to_a_link(file):
    file["inner"] = h5py.ExternalLink("secret.h5", "/x")
    file["x"] = h5py.SoftLink("/inner")


def link_out_of_a_group(file):
    file["g"] = h5py.ExternalLink("secret.h5", "/")


def virtual(file):
    layout = h5py.VirtualLayout((64,), np.float64)
    layout[:] = h5py.VirtualSource("secret.h5", "x", (64,))
    file.create_virtual_dataset("x", layout)


def external(file):
    file.create_dataset("x", (64,), np.float64, external=[("secret.bin", 0, 512)])


CASES = [
    (link_out, "x", ""),
    (link_out, "x", "x"),
    (link_to_a_link, "x", ""),
    (link_to_a_link, "x", "x"),
    (link_out_of_a_group, "g/x", ""),
    (link_out_of_a_group, "x", "g"),
    (link_out_of_a_group, "x", "g/x"),
    (virtual, "x", ""),
    (virtual, "x", "x"),
    (external, "x", ""),
    (external, "x", "x"),
]


@pytest.mark.parametrize(("write", "name", "inside"), CASES)
def test_what_leads_out_of_a_file_of_events_is_not_followed(
    write, name, inside, secret, monkeypatch
):
    monkeypatch.chdir(secret)
    path = secret / "hostile.h5"
    with h5py.File(path, "w") as file:
        write(file)
    with h5py.File(path) as file:  # HDF5 itself follows it
        place = f"{inside}/{name}" if inside == "g" else inside or name
        assert file[place][63] == 63
    with pytest.raises(InputError, match=r"hostile\.h5"):
        ingest(
            dataset={"files": f"{path}:{inside}" if inside else str(path), "split": SPLIT,
                     "features": {"x": {"expression": f'branch("{name}")'}}},
            path=secret / "events.h5",
        )  # fmt: skip
    assert not (secret / "events.h5").exists()
    with contextlib.suppress(InputError), open_source(str(path), inside) as source:
        assert source.branches == ()


@pytest.mark.parametrize("write", [link_out, link_to_a_link, virtual, external])
def test_what_leads_out_of_a_file_of_our_own_is_refused(write, secret, monkeypatch):
    monkeypatch.chdir(secret)
    path = secret / "samples.h5"
    with create_sealed(path, "samples") as file:
        file["10/events"] = np.zeros((3, 1))
    with h5py.File(path, "a") as file:
        write(file)
    with (
        pytest.raises(InputError, match=r"no seal|not those that were sealed"),
        open_sealed(path, "samples"),
    ):
        pass


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def pickled(path, target):
    path.write_bytes(pickle.dumps(Bomb(target)))


def pickled_array(path, target):
    with path.open("wb") as stream:
        np.savez(stream, key=np.array("this"), x=np.array([Bomb(target)], object))


def pickled_in_a_zip(path, target):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("key.npy", pickle.dumps(Bomb(target)))


@pytest.mark.parametrize("write", [pickled, pickled_array, pickled_in_a_zip])
@pytest.mark.parametrize("read", ["recovery", "sealed", "events"])
def test_a_pickle_is_not_unpickled(write, read, tmp_path):
    path, target = tmp_path / "a.h5", tmp_path / "pwned"
    write(path, target)
    if read == "recovery":
        from collapse.gan.recovery import Recovery

        assert not Recovery(path, 0, "this").load(print)
    elif read == "sealed":
        with pytest.raises(InputError, match="can't be used"), open_sealed(path, "samples"):
            pass
    else:
        with pytest.raises(InputError, match="expected ROOT or HDF5"), open_source(str(path)):
            pass
    assert not target.exists()
