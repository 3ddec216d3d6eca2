"""The generator and the discriminator of a recipe, as Keras models."""

import zlib

import keras


def build_generator(recipe, n_features, seed):
    """Build a recipe's generator.

    Args:
        recipe: A complete recipe.
        n_features: Width of its output.
        seed: The run's seed, which fixes the initial weights.

    Returns:
        A Keras model from noise (n, noise dimension) to scaled events (n, n_features).

    >>> recipe = {"noise": {"dimension": 100}, "generator": {"hidden": [50, 25, 5], "slope": 0.2,
    ...           "head": "tanh"}}
    >>> build_generator(recipe, 7, seed=1).count_params()
    6497
    """
    options = recipe["generator"]
    head = None if options["head"] == "linear" else options["head"]
    return _dense("generator", recipe["noise"]["dimension"], options, n_features, head, seed)


def build_discriminator(recipe, n_features, seed):
    """Build a recipe's discriminator.

    Its output is the logit: the sigmoid is part of the loss, where it can't overflow.

    Args:
        recipe: A complete recipe.
        n_features: Width of its input.
        seed: The run's seed, which fixes the initial weights.

    Returns:
        A Keras model from scaled events (n, n_features) to logits (n, 1).

    >>> recipe = {"discriminator": {"hidden": [4, 4, 4], "slope": 0.2}}
    >>> build_discriminator(recipe, 10, seed=1).count_params()
    89
    """
    return _dense("discriminator", n_features, recipe["discriminator"], 1, None, seed)


def _dense(name, width, options, outputs, head, seed):
    values = inputs = keras.Input((width,), name=f"{name}_input")
    for i, units in enumerate(options["hidden"], start=1):
        layer = f"{name}_hidden{i}"
        values = _layer(layer, units, None, seed)(values)
        values = keras.layers.LeakyReLU(options["slope"], name=f"{layer}_leaky_relu")(values)
    values = _layer(f"{name}_head", outputs, head, seed)(values)
    return keras.Model(inputs, values, name=name)


def _layer(name, units, activation, seed):
    # An initialiser of its own for each layer, so that inserting one leaves the others' weights.
    initialiser = keras.initializers.GlorotUniform(seed=zlib.crc32(f"{seed} {name}".encode()))
    return keras.layers.Dense(
        units, activation=activation, kernel_initializer=initialiser, name=name
    )
