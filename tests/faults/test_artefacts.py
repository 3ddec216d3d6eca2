"""Damaged and foreign files between the jobs: refused, and made anew once they are removed."""

import shutil

import numpy as np
import pytest
from collapse.errors import InputError
from collapse.scaling import fit_scaler, load_scaler, save_scaler

from tests.workflow import digests, snakemake


def test_a_scaler_of_other_features_is_refused(tmp_path):
    values = np.random.default_rng(0).normal(size=(50, 2))
    config = {"kind": "standard", "features": {}, "log": []}
    save_scaler(tmp_path / "a.h5", fit_scaler(values, ["x", "y"], config))
    assert load_scaler(tmp_path / "a.h5", ["x", "y"]).names == ["x", "y"]
    with pytest.raises(InputError, match=r"a\.h5 is a scaler of x, y, expected one of y, x"):
        load_scaler(tmp_path / "a.h5", ["y", "x"])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


@pytest.mark.slow
def test_a_study_with_damaged_files_says_so_and_makes_them_anew(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "study")
    runs = folder / "results/tiny/runs/toy"
    capable, original = (runs / recipe / "seed1" for recipe in ("capable", "original"))
    # In the place of another's samples.
    shutil.copyfile(capable / "leg2/samples.h5", original / "leg2/samples.h5")
    damaged = [capable / "leg2/checkpoint.h5", capable / "leg2/generators.h5"]
    for path in damaged:
        flip(path)
    damaged.append(original / "leg2/samples.h5")
    target = "results/tiny/tables/metrics.csv"
    said = snakemake(folder, target, "--keep-going", check=False)
    for path in damaged:
        assert f"{path.relative_to(folder)} can't be used" in said, path
    assert "Traceback" not in said
    for path in damaged:
        path.unlink()
    # What all results were made from needs no making for their sake.
    snakemake(folder, "all", "checkpoints", "samples")
    assert digests(folder) == digests(finished)
