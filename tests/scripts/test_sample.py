import h5py
import numpy as np
import pytest
from collapse.events.acceptance import read_counts
from collapse.events.store import create_events
from collapse.gan.engine import Engine
from collapse.gan.forward import describe
from collapse.gan.generators import (
    describe_generator,
    generator_arrays,
    read_generator,
    write_generator,
)
from collapse.gan.noise import Noise
from collapse.scaling import fit_scaler, save_scaler
from collapse.sealed import create_sealed, identify

from scripts.sample import sample
from tests.gan.made import NAMES, recipe, shuffle

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.mark.parametrize("changes", [{}, {"generator": {"dropout": 0.5}}])
def test_samples_are_the_generators_events_unscaled(changes, tmp_path):
    """With dropout that stays on Keras generates, else NumPy."""
    options = recipe("capable", generator={"hidden": [8, 8], **changes.get("generator", {})})
    engine = Engine(options, 3, seed=5)
    shuffle(engine.generator)
    assert (describe(engine.sampler) is None) == bool(changes)
    scaler = fit_scaler(
        np.random.default_rng(0).normal(3, 2, (500, 3)),
        NAMES,
        {"kind": "standard", "features": {}, "log": []},
    )
    save_scaler(tmp_path / "scaler.h5", scaler)
    with create_events(tmp_path / "events.h5", NAMES, [2, 1, 1], [("read", 4)]) as out:
        out[:] = np.zeros((4, 3))
    run = identify(options, 5, NAMES)
    with create_sealed(tmp_path / "generators.h5", "generators", run) as file:
        group = file.create_group("7")
        write_generator(
            group, generator_arrays(engine.sampler), describe_generator(engine.sampler), 70, None
        )
        assert len(read_generator(group)[1]) == len(engine.sampler.variables)
    sample(
        generators=tmp_path / "generators.h5", scaler=tmp_path / "scaler.h5", recipe=options,
        events=tmp_path / "events.h5", seed=5, n_events=12_000, threads=1,
        samples=tmp_path / "samples.h5",
    )  # fmt: skip
    noise = Noise(options, 5, "sample 7")
    scaled = engine.generate(np.concatenate([noise.draw(10_000, 0), noise.draw(2000, 1)]))
    with h5py.File(tmp_path / "samples.h5") as file:
        assert file["7"].attrs["updates"] == 70
        np.testing.assert_allclose(
            file["7/events"], scaler.inverse_transform(scaled), rtol=1e-4, atol=1e-4
        )
    sample(
        generators=tmp_path / "generators.h5", scaler=tmp_path / "scaler.h5", recipe=options,
        events=tmp_path / "events.h5", seed=5, n_events=300, threads=1,
        samples=tmp_path / "cut.h5", select={"half": "twice > 6"},
        derived={"twice": {"expression": f"2 * {NAMES[0]}"}},
    )  # fmt: skip
    with h5py.File(tmp_path / "cut.h5") as cut, h5py.File(tmp_path / "samples.h5") as file:
        whole = file["7/events"][()]
        passing = whole[whole[:, 0] > 3][:300]
        np.testing.assert_allclose(cut["7/events"], passing, rtol=1e-4, atol=1e-4)
        drawn, failed = read_counts(cut["7"].attrs)
        assert drawn == failed["all"] + 300 == failed["half"] + 300
