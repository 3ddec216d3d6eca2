import copy

import keras
import numpy as np
import pytest
import yaml
from collapse.errors import InputError
from collapse.gan import schedules
from collapse.gan.engine import Engine
from collapse.planning.config import load_study
from collapse.planning.recipes import complete_recipe

from tests.gan.test_registry import DEFAULT, ROOT, SHIPPED

STEPS = 10


def factors(epochs=8, **options):
    options = schedules.DEFAULTS | {"epochs": epochs} | options
    return np.array(
        [float(schedules.factor(options, step, STEPS)) for step in range(2 * epochs * STEPS)]
    )


def test_a_cosine_falls_to_its_end_and_stays_there():
    got, t = factors(shape="cosine", end=0.1), np.arange(160)
    expected = 0.1 + 0.9 * (1 + np.cos(np.pi * np.minimum(t / 80, 1))) / 2
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_a_line_and_an_exponential_have_the_same_ends():
    t = np.minimum(np.arange(160) / 80, 1)
    np.testing.assert_allclose(factors(shape="linear", end=0.2), 1 - 0.8 * t, rtol=1e-5)
    np.testing.assert_allclose(factors(shape="exponential", end=0.2), 0.2**t, rtol=1e-5)


def test_steps_are_equal_and_the_last_is_at_the_end():
    got = factors(shape="step", end=0.001, falls=3, epochs=9)
    for epoch, expected in ((0, 1), (3, 0.1), (6, 0.01), (9, 0.001), (17, 0.001)):
        np.testing.assert_allclose(got[epoch * STEPS : (epoch + 1) * STEPS], expected, rtol=1e-5)
    # Lengths that the falls don't divide.
    got = factors(shape="step", end=0.5, falls=7, epochs=1)
    np.testing.assert_allclose(got[STEPS:], 0.5, rtol=1e-5)


@pytest.mark.parametrize("shape", ["cosine", "linear", "exponential", "step"])
def test_a_warmup_rises_to_one_and_then_the_fall_begins(shape):
    got = factors(shape=shape, warmup=2)
    np.testing.assert_allclose(got[: 2 * STEPS], np.arange(1, 21) / 20, rtol=1e-5)
    np.testing.assert_allclose(got[2 * STEPS], 1, rtol=1e-5)
    np.testing.assert_allclose(got[8 * STEPS :], 0.01, rtol=1e-5)
    assert (np.diff(got[2 * STEPS :]) <= 1e-7).all()


def test_a_warmup_alone_stays_at_one():
    got = factors(shape="warmup", epochs=3)
    np.testing.assert_allclose(got, np.minimum(np.arange(1, 61) / 30, 1), rtol=1e-5)


def recipe(**changes):
    return complete_recipe("mine", {"mine": {"extends": "capable"} | changes}, SHIPPED)


def with_schedule(**schedule):
    return recipe(optimizers={"generator": {"schedule": schedule}})


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (
            {"shape": "cosine", "epochs": 5, "warmup": 5},
            "recipes.mine.optimizers.generator.schedule: warmup must be less than epochs, 5. "
            "Received: 5.",
        ),
        (
            {"shape": "exponential", "epochs": 5, "end": 0},
            "recipes.mine.optimizers.generator.schedule: exponential never gets to 0. Give an end "
            "above 0.",
        ),
        (
            {"shape": "cosine"},
            "recipes.mine.optimizers.generator.schedule: the key 'epochs' is missing.",
        ),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(schedule, message):
    with pytest.raises(InputError) as error:
        with_schedule(**schedule)
    assert str(error.value) == message


def study(**changes):
    config = copy.deepcopy(DEFAULT)
    config["recipes"] = {"mine": {"extends": "stable"} | changes}
    return load_study(config, ROOT)["recipes"]["mine"]


def test_the_config_takes_schedules_where_they_belong():
    cosine = {"shape": "cosine", "epochs": 5}
    taken = study(
        optimizers={"discriminator": {"schedule": cosine}}, penalties={"r1": {"schedule": cosine}}
    )
    assert taken["optimizers"]["discriminator"]["schedule"] == cosine
    assert taken["penalties"]["r1"] == {"gamma": 0.1, "schedule": cosine}
    with pytest.raises(InputError, match="expected one of cosine, linear"):
        study(optimizers={"generator": {"schedule": {"shape": "cosinus", "epochs": 5}}})
    with pytest.raises(InputError, match="unknown key 'schedule'"):
        study(averaging={"schedule": cosine})


def test_null_switches_an_inherited_schedule_off():
    base = {
        "extends": "capable",
        "optimizers": {"generator": {"schedule": {"shape": "cosine", "epochs": 5}}},
    }
    mine = {"extends": "base", "optimizers": {"generator": {"schedule": None}}}
    recipes = {"base": base, "mine": mine}
    assert complete_recipe("mine", recipes, SHIPPED) == recipe()


def engine(**changes):
    small = {"batch_size": 8, "generator": {"hidden": [4]}, "discriminator": {"hidden": [4]}}
    return Engine(recipe(**(small | changes)), 2, 1, steps_per_epoch=STEPS)


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)


def test_a_learning_rate_of_each_side_goes_by_its_own_schedule(data):
    changes = {
        "generator": {"schedule": {"shape": "linear", "epochs": 4, "end": 0.5}},
        "discriminator": {"learning_rate": 0.01},
    }
    made = engine(optimizers=changes)
    made.advance(data, 2 * STEPS + 1)
    rates = [float(made._optimizers[side].learning_rate) for side in changes]
    np.testing.assert_allclose(rates, [2e-4 * 0.75, 0.01], rtol=1e-6)


def test_a_schedule_counts_steps_and_not_the_updates_of_a_network(data):
    schedule = {"shape": "linear", "epochs": 4, "end": 0.5}
    for updates in ({"discriminator_steps": 3}, {"discriminator_every_steps": 2}):
        made = engine(updates=updates, optimizers={"discriminator": {"schedule": schedule}})
        made.advance(data, 2 * STEPS + 1)
        rate = float(made._optimizers["discriminator"].learning_rate)
        np.testing.assert_allclose(rate, 2e-4 * 0.75, rtol=1e-6)


def test_the_first_step_is_as_long_as_the_warmup_says(data):
    """With SGD a step is the gradient times the rate, so that a tenth of the rate is a tenth."""
    moved = []
    for schedule in (None, {"shape": "warmup", "epochs": 1}):
        sides = {"generator": {"name": "SGD", "learning_rate": 0.1, "schedule": schedule}}
        made = engine(optimizers=sides)
        before = made.generator.get_weights()
        made.advance(data, 1)
        moved.append([a - b for a, b in zip(made.generator.get_weights(), before, strict=True)])
    for whole, tenth in zip(*moved, strict=True):
        np.testing.assert_allclose(tenth, whole / STEPS, rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize("name", ["r1", "historical_averaging"])
def test_a_penalty_is_multiplied_by_its_schedule(name, data):
    """After its schedule it is the penalty of the smaller weight, whatever went before."""
    option = {"r1": "gamma", "historical_averaging": "weight"}[name]
    changed = engine(
        penalties={
            name: {option: 4.0, "schedule": {"shape": "step", "epochs": 1, "falls": 1, "end": 0.25}}
        }
    )
    plain = engine(penalties={name: {option: 1.0}})
    start = changed.advance(data, STEPS)
    assert not np.array_equal(start, plain.advance(data, STEPS))
    for ours, theirs in zip(changed.variables().values(), plain.variables().values(), strict=True):
        theirs.assign(keras.ops.copy(ours))
    np.testing.assert_allclose(changed.advance(data, 5), plain.advance(data, 5), rtol=1e-5)


def test_what_is_trained_first_does_not_depend_on_how_long_the_training_is(data):
    """The length is the recipe's, so an engine is never told the study's last count."""
    options = yaml.safe_load("{shape: cosine, epochs: 3, end: 0.1}")
    runs = [engine(optimizers={"generator": {"schedule": options}}) for _ in range(2)]
    short = runs[0].advance(data, 2 * STEPS)
    long = runs[1].advance(data, 6 * STEPS)
    np.testing.assert_array_equal(short, long[: 2 * STEPS])
    np.testing.assert_allclose(
        float(runs[1]._optimizers["generator"].learning_rate), 2e-5, rtol=1e-5
    )
