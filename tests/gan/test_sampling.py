import h5py
import keras
import numpy as np
import pytest
from collapse.gan.engine import Engine
from collapse.gan.forward import describe, forward
from collapse.gan.generators import (
    describe_generator,
    generator_arrays,
    read_generator,
    write_generator,
)
from collapse.gan.noise import Noise
from collapse.gan.sampling import sample
from collapse.scaling import fit_scaler, save_scaler
from collapse.sealed import create_sealed, identify

from tests.gan.test_engine import recipe

NAMES = ["x", "y", "z"]


def shuffle(model, seed=0):
    """Give every variable values that a training could, variances positive."""
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        variable.assign(np.abs(rng.normal(0.3, 0.4, variable.shape)) * rng.choice([1, 1, -1]))
        if "variance" in variable.path:
            variable.assign(np.abs(rng.normal(1, 0.3, variable.shape)))


def stack(*layers):
    model = keras.Sequential([keras.Input((6,)), *layers])
    return keras.Model(model.inputs[0], model.outputs[0])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"generator": {"head": "linear", "normalisation": "batch"}},
        {"generator": {"head": "range", "normalisation": "layer", "slope": 0.0}},
        {"generator": {"hidden": []}, "averaging": {"decay": 0.9}},
    ],
)
def test_numpy_gives_what_keras_gives(changes):
    engine = Engine(recipe(**changes), 3, seed=1)
    shuffle(engine.sampler)
    layers = describe(engine.sampler)
    assert layers is not None
    noise = np.random.default_rng(1).normal(size=(200, 6)).astype(np.float32)
    ours = forward(layers, list(generator_arrays(engine).values()), noise)
    assert ours.dtype == np.float32
    theirs = engine.generate(noise)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * np.abs(theirs).max())


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "linear"])
def test_numpy_has_the_activations(activation):
    model = stack(
        keras.layers.Dense(5, use_bias=False), keras.layers.Activation(activation),
        keras.layers.BatchNormalization(scale=False, epsilon=0.1),
        keras.layers.LayerNormalization(center=False),
        keras.layers.Dense(4, activation=activation),
    )  # fmt: skip
    shuffle(model)
    noise = np.random.default_rng(1).normal(size=(50, 6)).astype(np.float32)
    ours = forward(describe(model), [np.asarray(v) for v in model.variables], noise)
    np.testing.assert_allclose(ours, model(noise), rtol=1e-5, atol=1e-5)


class Mine(keras.layers.Dense):
    """A layer of a user's own."""


def test_what_numpy_does_not_know_is_left_to_keras():
    noise = keras.Input((6,))
    hidden = keras.layers.Dense(6)(noise)
    twice = keras.layers.Dense(6)
    for model in (
        stack(Mine(3)),
        stack(keras.layers.Dense(3, activation="gelu")),
        stack(keras.layers.UnitNormalization()),
        keras.Model(noise, keras.layers.Add()([noise, hidden])),
        keras.Model(noise, twice(twice(noise))),
        keras.Model(noise, [hidden, keras.layers.Dense(2)(hidden)]),
    ):
        assert describe(model) is None


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
    run = identify(options, 5, NAMES)
    with create_sealed(tmp_path / "generators.h5", "generators", run) as file:
        group = file.create_group("7")
        write_generator(
            group, generator_arrays(engine), describe_generator(engine.sampler), 70, None
        )
        assert len(read_generator(group)[1]) == len(engine.sampler.variables)
    sample(
        generators=tmp_path / "generators.h5", scaler=tmp_path / "scaler.h5", recipe=options,
        seed=5, n_events=12_000, names=NAMES, threads=1, path=tmp_path / "samples.h5",
    )  # fmt: skip
    noise = Noise(options, 5, "sample 7")
    scaled = engine.generate(np.concatenate([noise.draw(10_000, 0), noise.draw(2000, 1)]))
    with h5py.File(tmp_path / "samples.h5") as file:
        assert file["7"].attrs["updates"] == 70
        np.testing.assert_allclose(
            file["7/events"], scaler.inverse_transform(scaled), rtol=1e-4, atol=1e-4
        )
