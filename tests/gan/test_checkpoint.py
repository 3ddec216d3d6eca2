import pytest
from collapse.errors import InputError
from collapse.gan.checkpoint import load_checkpoint, save_checkpoint
from collapse.gan.engine import Engine

from tests.gan.made import recipe


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    engine = Engine(recipe(), 3, seed=1)
    save_checkpoint(tmp_path / "c.h5", engine, "one run")
    with pytest.raises(InputError, match="of another recipe, seed, scaler or dataset"):
        load_checkpoint(tmp_path / "c.h5", engine, "another run")
    (tmp_path / "d.h5").write_bytes((tmp_path / "c.h5").read_bytes()[:500])
    with pytest.raises(InputError, match=r"d\.h5 can't be used as a file of checkpoints"):
        load_checkpoint(tmp_path / "d.h5", engine, "one run")
