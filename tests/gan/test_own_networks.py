import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from collapse.errors import InputError
from collapse.gan.block import BLOCK
from collapse.gan.checkpoint import load_checkpoint, save_checkpoint
from collapse.gan.engine import Engine
from collapse.gan.own_networks import check_digest, reraised
from collapse.planning.recipes import complete_recipe

from tests.gan.test_exactness import SHIPPED, check, state

D = 3
NETWORKS = """
import keras
from keras import layers

def build_generator(noise_dim, n_features):
    inputs = keras.Input((noise_dim,))
    values = layers.Dense(6, activation="gelu")(inputs)
    values = layers.BatchNormalization()(values)
    values = layers.Dropout(0.2)(values)
    values = layers.Concatenate()([values, inputs])
    return keras.Model(inputs, layers.Dense(n_features)(values))

@keras.saving.register_keras_serializable()
class Halved(layers.Layer):
    def call(self, inputs):
        return inputs / 2

def build_discriminator(n_features):
    return keras.Sequential([
        keras.Input((n_features,)),
        layers.Dense(6), layers.LeakyReLU(0.2), layers.GaussianNoise(0.1), layers.Dropout(0.3),
        Halved(), layers.Dense(5, activation="tanh"), layers.Dense(1),
    ])
"""


def recipe(path, **changes):
    own = {"extends": "capable", "networks": str(path), "batch_size": 8} | changes
    own = {"noise": {"dimension": 4}} | own
    return complete_recipe("mine", {"mine": own}, SHIPPED)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(NETWORKS)
    return path


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(0).normal(size=(300, D)).astype(np.float32)


def edit(path, old, new):
    assert old in NETWORKS
    path.write_text(NETWORKS.replace(old, new))


def test_training_in_parts_gives_the_same_bytes(path, data, tmp_path, record_property):
    """Random layers and moving statistics in both networks, an average, and D's features."""
    options = recipe(
        path, averaging={"decay": 0.9}, objectives={"feature_matching": {"alone": False}},
        penalties={"r1": {}}, batches="split",
    )  # fmt: skip
    check(options, data, tmp_path, (1, 37, BLOCK), BLOCK + 9, record_property)


def test_another_process_builds_the_same_networks(path, tmp_path):
    """The layers' names, by which a checkpoint goes, don't depend on what was built before."""
    options = recipe(path)
    noise = np.zeros((2, 4), np.float32)
    engines = [Engine(options, D, 1, 10) for _ in range(2)]
    assert state(engines[0], noise) == state(engines[1], noise)
    assert state(Engine(options, D, 2, 10), noise) != state(engines[0], noise)
    save_checkpoint(tmp_path / "start.h5", engines[0], "run")
    load_checkpoint(tmp_path / "start.h5", engines[1], "run")
    first, second = engines[0].generator.get_weights(), engines[0].discriminator.get_weights()
    assert first[0].shape == (4, 6)
    assert second[0].shape == (3, 6)


def test_the_guides_example_works(tmp_path):
    guide = (Path(__file__).resolve().parents[2] / "config/README.md").read_text()
    text = re.search(r"## Networks of your own.*?```python\n(.*?)```", guide, re.DOTALL)[1]
    (tmp_path / "mine.py").write_text(text)
    engine = Engine(recipe(tmp_path / "mine.py"), D, 1, 10)
    assert engine.generate(np.zeros((2, 4), np.float32)).shape == (2, D)


LAST = "layers.Dense(1),"


@pytest.mark.parametrize(
    ("old", "new", "pattern"),
    [
        ("import keras\n", "import keras,\n", r"mine\.py, line 2: the file can't be run: Syntax"),
        ("import keras\n", "import kerras\n", r"line 2: .* ModuleNotFoundError: No module named"),
        ("import keras\n", "import sys; sys.exit(3)\n", r"line 2: .* SystemExit: 3"),
        ("def build_generator", "def make", r"mine\.py has no function build_generator\(noise_"),
        ("def build_discriminator", "def make", r"no function build_discriminator\(n_features\)\."),
        ("(noise_dim, n_features):", "(noise_dim):", r"build_generator failed: TypeError: build"),
        ("layers.Dense(6, activation=\"gelu\")(inputs)", "1 / 0",
         r"line 7: build_generator failed: ZeroDivisionError: division by zero"),
        ("return keras.Model(inputs, layers.Dense(n_features)(values))", "return 7",
         r"must return a keras\.Sequential or a functional keras\.Model.*Received: int"),
        ("return keras.Model(inputs, layers.Dense(n_features)(values))",
         "return type('Mine', (keras.Model,), {})()", r"Received: Mine"),
        ("layers.Dense(n_features)", "layers.Dense(2)",
         r"one output of width 3\. Received: inputs \[\(None, 4\)\], outputs \[\(None, 2\)\]"),
        ("keras.Input((noise_dim,))", "keras.Input((9,))", r"expected one input of width 4"),
        (LAST, "layers.Dense(2),", r"build_discriminator: expected .* one output of width 1"),
        (LAST, "layers.Dense(1, activation='sigmoid'),", r"its output is the logit\. Remove"),
        (LAST, "layers.Dense(1, kernel_regularizer='l2'),", r"regularisers .* the recipe's `penal"),
        (LAST, "layers.Dense(1, dtype='float16'),", r"must be float32"),
        ("layers.Concatenate()([values, inputs])",
         "type('Mine', (layers.Dense,), {})(3)(values)", r"Mine is no layer of Keras's own"),
        ("layers.Concatenate()([values, inputs])",
         "layers.Lambda(lambda x: x)(values)", r"Lambda is no layer of Keras's own"),
        ("layers.Dense(5, activation=\"tanh\")",
         "layers.Dense(5, bias_initializer=keras.initializers.Constant(hash(object()) % 1e6))",
         r"build_discriminator gives other initial weights each time"),
        ("inputs / 2", "inputs * keras.random.normal(())", r"has the variable .*seed_generator"),
        ("return inputs / 2", "import tensorflow as tf; return inputs * tf.random.normal(())",
         r"has the operation RandomStandardNormal, whose state no checkpoint"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_file(old, new, pattern, path):
    edit(path, old, new)
    with pytest.raises(InputError, match=pattern) as caught:
        Engine(recipe(path), D, 1, 10)
    assert str(path) in str(caught.value)


def test_what_can_not_be_compiled_is_named(path, data):
    text = "import tensorflow as tf; return inputs + tf.strings.to_number(tf.as_string(inputs))"
    edit(path, "return inputs / 2", text)
    with (
        pytest.raises(InputError, match=r"mine\.py.*: training fails"),
        reraised(path, "training fails"),
    ):
        Engine(recipe(path), D, 1, 10).compile(data)


def test_a_file_that_changed_since_is_refused(path):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    check_digest(path, digest)
    path.write_text(NETWORKS + "# more\n")
    with pytest.raises(InputError, match="changed after this job was planned"):
        check_digest(path, digest)
    path.unlink()
    with pytest.raises(InputError, match=r"mine\.py can't be read: No such file"):
        check_digest(path, digest)
