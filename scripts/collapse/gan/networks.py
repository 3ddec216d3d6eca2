"""The generator and the discriminator of a recipe, as Keras models.

The generator is made of Keras's own layers alone, so that plain Keras loads it. A recipe may name a
file that builds both in the place of what is built here.
"""

import zlib
from collections.abc import Callable
from typing import Any

import keras

from collapse.gan import registry
from collapse.gan.noise import noise_width
from collapse.gan.own_networks import build_network
from collapse.gan.registry import Recipe, Tensor


def build_generator(recipe: Recipe, n_features: int, seed: int) -> keras.Model:
    """Build a recipe's generator.

    Args:
        recipe: A complete recipe.
        n_features: Width of its output.
        seed: The run's seed, which fixes the initial weights.

    Returns:
        A Keras model from noise (n, noise width) to scaled events (n, n_features).

    >>> recipe = {"noise": {"dimension": 100}, "generator": {"hidden": [50, 25, 5], "slope": 0.2,
    ...           "head": "tanh"}}
    >>> build_generator(recipe, 7, seed=1).count_params()
    6497
    """
    dimension, extra = recipe["noise"]["dimension"], noise_width(recipe)
    if "networks" in recipe:
        widths = dimension, n_features
        return build_network(recipe["networks"], "generator", widths, n_features, seed)
    inputs = keras.Input((extra,), name="generator_input")
    noise, masks = inputs, None
    if extra > dimension:
        noise, masks = inputs[:, :dimension], inputs[:, dimension:]
    network = _Network("generator", recipe, seed)
    values = network.hidden(noise, masks)
    head: Any = registry.chosen(recipe, "generator.head")
    values = head.head(values, n_features, network.dense, "generator_head")
    return keras.Model(inputs, values, name="generator")


def build_discriminator(recipe: Recipe, n_features: int, seed: int) -> keras.Model:
    """Build a recipe's discriminator.

    Its output is the logit: the sigmoid is part of the loss, where it can't overflow.

    Args:
        recipe: A complete recipe.
        n_features: Width of an event.
        seed: The run's seed, which fixes the initial weights.

    Returns:
        A Keras model from scaled events (n, n_features), times the events in a pack, to logits
        (n, 1).

    >>> recipe = {"discriminator": {"hidden": [4, 4, 4], "slope": 0.2}}
    >>> build_discriminator(recipe, 10, seed=1).count_params()
    89
    """
    if "networks" in recipe:
        return build_network(recipe["networks"], "discriminator", (n_features,), 1, seed)
    width = n_features * recipe.get("packing", 1)
    inputs = keras.Input((width,), name="discriminator_input")
    network = _Network("discriminator", recipe, seed)
    values = network.hidden(inputs, None)
    values = network.dense(values, "discriminator_head", 1, None)
    return keras.Model(inputs, values, name="discriminator")


def build_features(discriminator: keras.Model) -> keras.Model:
    """Build the model of what a discriminator's last layer is given."""
    return keras.Model(discriminator.inputs, discriminator.layers[-1].input, name="features")


class Layer(keras.layers.Layer):
    """A layer of D's, made by a trick, of which training must know more than Keras does.

    Attributes:
        compares_events: Whether what it makes of an event depends on the rest of the batch.
        keyed: Whether it wants a key for its random numbers, anew for each update of D.
    """

    compares_events = False
    keyed = False

    def set_key(self, key: Tensor) -> None:
        """Take the key of an update, two whole numbers."""


class _Network:
    """The stack of dense layers that both networks are, with the tricks that change layers."""

    def __init__(self, name: str, recipe: Recipe, seed: int) -> None:
        self._name, self._recipe, self._seed = name, recipe, seed
        self._options = recipe[name]

    def _hooks(self, method: str) -> list[tuple[Any, Callable[..., Any]]]:
        found = registry.having(self._recipe, method, f"{self._name}.")
        return [(value, hook) for _, value, hook in found]

    def hidden(self, values: Tensor, masks: Tensor) -> Tensor:
        """Apply the hidden layers."""
        used = 0
        for i, units in enumerate(self._options["hidden"], start=1):
            layer = f"{self._name}_hidden{i}"
            values = self.dense(values, layer, units, None)
            for _, normalise in self._hooks("normalise"):
                values = normalise(values, f"{layer}_normalised", i)
            values = keras.layers.LeakyReLU(self._options["slope"], name=f"{layer}_leaky_relu")(
                values
            )
            mask = None if masks is None else masks[:, used : used + units]
            used += units
            for value, after_hidden in self._hooks("after_hidden"):
                values = after_hidden(values, value, f"{layer}_dropout", mask)
        for value, before_head in self._hooks("before_head"):
            seed = _seed(self._seed, f"{self._name} {before_head.__module__}")
            values = before_head(values, value, self._name, seed)
        return values

    def dense(self, values: Tensor, name: str, units: int, activation: str | None) -> Tensor:
        """Apply a dense layer.

        It has an initialiser of its own, so that inserting a layer leaves the others' weights.
        """
        seed = _seed(self._seed, name)
        options: dict[str, Any] = {
            "kernel_initializer": keras.initializers.GlorotUniform(seed=seed)
        }
        for value, initialisers in self._hooks("initialisers"):
            options = initialisers(value, seed, values.shape[-1])
        layer = next((dense for _, dense in self._hooks("dense")), keras.layers.Dense)
        return layer(units, activation=activation, name=name, **options)(values)


def _seed(seed: int, name: str) -> int:
    return zlib.crc32(f"{seed} {name}".encode())
