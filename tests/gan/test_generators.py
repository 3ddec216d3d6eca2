import h5py
import keras
import pytest
from collapse.gan.generators import read_model

from tests.gan.made import write_leg


def test_a_file_can_not_smuggle_code(tmp_path):
    """A Lambda layer carries code; safe mode refuses it."""
    write_leg(tmp_path, {})
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x)(inputs))
    with h5py.File(tmp_path / "generators.h5", "a") as file:
        del file["7/model"]
        file["7/model"] = model.to_json()
    with (
        h5py.File(tmp_path / "generators.h5") as file,
        pytest.raises(ValueError, match=r"safe_mode|unsafe"),
    ):
        read_model(file["7"], 1)
