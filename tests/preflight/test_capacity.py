import numpy as np
import pytest
import yaml
from collapse.planning.recipes import complete_recipe
from collapse.preflight import capacity


@pytest.fixture(scope="module")
def shipped(root):
    return yaml.safe_load((root / "config/recipes.yaml").read_text())


def test_the_questions_discriminator_has_too_few_parameters(shipped):
    """89 at 10 features, with fewer than six modes take; `capable` has plenty."""
    original, capable = (complete_recipe(n, {n: {}}, shipped) for n in ("original", "capable"))
    assert capacity.discriminator_parameters(original, 10) == 89
    assert capacity.mixture_parameters(6, 10) == 125
    assert capacity.discriminator_parameters(original, 6) < capacity.mixture_parameters(6, 6)
    assert capacity.relative_width(original) == 4 / 50
    assert capacity.discriminator_parameters(capable, 10) > 9000
    assert capacity.relative_width(capable) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"packing": 4},
        {"discriminator": {"normalisation": "batch"}},
        {"discriminator": {"normalisation": "layer"}},
        {"discriminator": {"normalisation": "spectral"}},
        {"discriminator": {"hidden": []}},
        {"batches": "split", "discriminator": {"minibatch_stddev": {}}},
        {"batches": "split", "packing": 2, "discriminator": {"minibatch_discrimination": {}}},
    ],
)
def test_parameters_are_counted_as_keras_does(change, shipped):
    from collapse.gan.networks import build_discriminator

    recipe = complete_recipe("mine", {"mine": {"extends": "original", **change}}, shipped)
    model = build_discriminator(recipe, 6, seed=1)
    learned = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert capacity.discriminator_parameters(recipe, 6) == learned


def test_a_batch_without_a_rare_mode():
    """Against batches drawn with replacement, as training draws them."""
    expected, none = capacity.batch_of_mode(0.008, 128)
    drawn = np.random.default_rng(0).binomial(128, 0.008, 200_000)
    assert drawn.mean() == pytest.approx(expected, rel=0.01)
    assert (drawn == 0).mean() == pytest.approx(none, abs=0.004)


def test_a_sphere_has_a_dimension_less():
    noise = {"dimension": 6, "distribution": "normal"}
    assert capacity.noise_dimensions({"noise": noise}) == 6
    assert capacity.noise_dimensions({"noise": noise | {"distribution": "sphere"}}) == 5
