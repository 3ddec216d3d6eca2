import keras
import numpy as np
import pytest
from collapse.gan.engine import Engine
from collapse.gan.forward import describe, forward
from collapse.gan.generators import generator_arrays

from tests.gan.made import recipe, shuffle


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
    ours = forward(layers, list(generator_arrays(engine.sampler).values()), noise)
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
