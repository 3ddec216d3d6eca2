import keras
import numpy as np
import pytest
from collapse.gan.networks import build_discriminator, build_generator
from collapse.planning.recipes import complete_recipe, merge
from collapse.preflight import capacity

from tests.gan.made import SHIPPED, recipe
from tests.gan.test_exactness import alone


def test_the_networks_are_the_questions():
    original = complete_recipe("original", {}, SHIPPED)
    generator = build_generator(original, 10, seed=1)
    units = [layer.units for layer in generator.layers if isinstance(layer, keras.layers.Dense)]
    assert units == [50, 25, 5, 10]
    assert [layer.activation.__name__ for layer in generator.layers if hasattr(layer, "units")] == [
        "linear",
        "linear",
        "linear",
        "tanh",
    ]
    slopes = [
        layer.negative_slope
        for layer in generator.layers
        if isinstance(layer, keras.layers.LeakyReLU)
    ]
    assert slopes == [0.2] * 3
    assert build_discriminator(original, 10, seed=1).count_params() == 89


def test_a_seed_fixes_the_initial_weights():
    original = complete_recipe("original", {}, SHIPPED)
    a, b, c = (build_generator(original, 4, seed).get_weights() for seed in (1, 1, 2))
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)
    assert not np.array_equal(a[0], c[0])


@pytest.mark.parametrize("changes", [c for c in alone() if "-discriminator." in str(c.id)])
def test_what_a_trick_adds_to_the_discriminator_is_what_it_declares(changes):
    """So that a new layer can't be forgotten where its size is counted without TensorFlow."""
    for hidden in ([6, 5], []):
        options = recipe(**merge({"discriminator": {"hidden": hidden}}, changes))
        model = build_discriminator(options, 3, seed=1)
        learned = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        assert capacity.discriminator_parameters(options, 3) == learned
