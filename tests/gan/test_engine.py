import copy
import hashlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from collapse.errors import InputError
from collapse.gan.block import BLOCK
from collapse.gan.checkpoint import load_checkpoint, save_checkpoint
from collapse.gan.engine import Engine
from collapse.gan.noise import Noise
from collapse.gan.registry import chosen
from collapse.streams import Stream

from tests.gan.made import recipe

N_FEATURES = 3


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(0).normal(size=(500, N_FEATURES)).astype(np.float32)


def digest(engine):
    content = hashlib.sha256()
    for name, variable in engine.variables().items():
        content.update(name.encode())
        content.update(np.asarray(variable).tobytes())
    return content.hexdigest()


def test_one_step_is_the_questions_in_plain_keras(data):
    """The question's own loop, as written: `train_on_batch` on two compiled models."""
    options = recipe(optimizers={"generator": {"learning_rate": 0.01}})
    engine = Engine(options, N_FEATURES, seed=3)

    generator = keras.models.clone_model(engine.generator)
    generator.set_weights(engine.generator.get_weights())
    logits = keras.models.clone_model(engine.discriminator)
    logits.set_weights(engine.discriminator.get_weights())
    events = keras.Input((N_FEATURES,))
    discriminator = keras.Model(events, keras.layers.Activation("sigmoid")(logits(events)))
    discriminator.compile("adam", "binary_crossentropy")
    discriminator.optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
    frozen = keras.models.clone_model(discriminator)
    frozen.trainable = False
    noise = keras.Input((6,))
    combined = keras.Model(noise, frozen(generator(noise)))
    combined.compile(keras.optimizers.Adam(0.01, beta_1=0.5), "binary_crossentropy")

    steps = 5
    engine.advance(data, steps)
    for step in range(steps):
        z = Noise(options["noise"], 3, "noise").draw(16, step)
        real = data[Stream(3, "order").at(step).integers(len(data), size=16)]
        fake = generator.predict(z, verbose=0)
        labels = np.concatenate([np.ones((16, 1)), np.zeros((16, 1))])
        discriminator.train_on_batch(np.concatenate([real, fake]), labels)
        frozen.set_weights(discriminator.get_weights())
        combined.train_on_batch(z, np.ones((16, 1)))
    for ours, theirs in (
        (engine.generator, generator),
        (engine.discriminator, discriminator),
    ):
        for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("name", ["original", "capable"])
def test_any_division_into_blocks_gives_the_same_bytes(name, data, tmp_path):
    total = 2 * BLOCK + 3
    whole = Engine(recipe(name), N_FEATURES, seed=1)
    record = whole.advance(data, total)
    assert record.shape == (total, 4)
    engine = Engine(recipe(name), N_FEATURES, seed=1)
    save_checkpoint(tmp_path / "start.h5", engine, "run")
    for first in (1, 10, BLOCK, BLOCK + 1, total - 1):
        load_checkpoint(tmp_path / "start.h5", engine, "run")
        head = engine.advance(data, first)
        save_checkpoint(tmp_path / "middle.h5", engine, "run")
        # What a checkpoint forgets would show after this.
        engine.advance(data, 7)
        load_checkpoint(tmp_path / "middle.h5", engine, "run")
        tail = engine.advance(data, total - first)
        assert digest(engine) == digest(whole), first
        np.testing.assert_array_equal(np.concatenate([head, tail]), record)


def test_a_divergence_stops_at_its_step_however_blocks_are_cut(data):
    options = recipe("capable")
    options["optimizers"] = {
        side: {"name": "SGD", "learning_rate": 1e3} for side in ("generator", "discriminator")
    }
    whole = Engine(options, N_FEATURES, seed=1)
    record = whole.advance(data, 200)
    assert whole.diverged_step == len(record) < 200
    assert not np.isfinite(record[-1]).all()
    assert np.isfinite(record[:-1]).all()
    cut = Engine(options, N_FEATURES, seed=1)
    for _ in range(200):
        cut.advance(data, 3)
    assert cut.diverged_step == whole.diverged_step
    assert digest(cut) == digest(whole)
    assert len(whole.advance(data, 5)) == 0


def test_an_unknown_optimizer_is_refused():
    for options in ({"name": "Adm"}, {"name": "Layer"}, {"name": "Adam", "beta_9": 1}):
        changed = copy.deepcopy(recipe())
        changed["optimizers"]["generator"] = options
        with pytest.raises(InputError, match=r"optimizers\.generator: Keras has no such optimizer"):
            Engine(changed, N_FEATURES, seed=1)


def test_the_discriminators_loss_is_that_of_keras():
    logits = tf.constant([[-30.0], [-1.0], [0.0], [2.0], [80.0]])
    labels = tf.constant([[0.0], [1.0], [1.0], [0.0], [1.0]])
    expected = keras.losses.BinaryCrossentropy(from_logits=True)(labels, logits)
    losses = chosen({}, "loss").discriminator(logits, labels)
    np.testing.assert_allclose(tf.reduce_mean(losses), expected, rtol=1e-6)
