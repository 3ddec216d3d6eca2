"""Capacity: what the widths of the networks and the size of a batch allow, without building any."""

import math
from itertools import pairwise

from collapse.gan import registry
from collapse.gan.registry import Recipe


def noise_dimensions(recipe: Recipe) -> int:
    """Return the dimensions of the set that a recipe's noise is drawn from; a sphere has one less.

    >>> noise_dimensions({"noise": {"dimension": 3, "distribution": "sphere"}})
    2
    """
    width = recipe["noise"]["dimension"]
    for _, _, dimensions in registry.having(recipe, "dimensions"):
        width = dimensions(width)
    return width


def discriminator_parameters(recipe: Recipe, n_features: int) -> int:
    """Return how many numbers a discriminator learns.

    A dense layer from a to b units has (a + 1) b. Packing widens the first; what other layers add
    is what their tricks declare.

    >>> discriminator_parameters({"discriminator": {"hidden": [4, 4, 4]}}, 10)
    89
    """
    widths = [n_features * recipe.get("packing", 1), *recipe["discriminator"]["hidden"], 1]
    added = registry.having(recipe, "parameters", "discriminator.")
    return sum((a + 1) * b for a, b in pairwise(widths)) + sum(
        parameters(value, widths) for _, value, parameters in added
    )


def mixture_parameters(n_modes: int, n_features: int) -> int:
    """Return how many numbers describe so many modes: a place, a width and a share for each.

    A mixture of Gaussians along the axes has a mean and a width in each feature for every
    component, and shares that add up to 1. It is the plainest description in which each mode may
    be missing, moved, widened or reweighted by itself.

    >>> mixture_parameters(n_modes=6, n_features=10)
    125
    """
    return n_modes * (2 * n_features + 1) - 1


def first_width(recipe: Recipe) -> int:
    """Return how many weighted sums of an event the discriminator's first layer takes."""
    return (recipe["discriminator"]["hidden"] or [1])[0]


# PacGAN's table 3 (Lin et al. 2017, arXiv:1712.04086): with a discriminator of a quarter of the
# generator's size a GAN found 79 of 1000 modes, with one of half its size 488.
SMALL, FAIR = 0.25, 0.5


def relative_width(recipe: Recipe) -> float:
    """Return the widest hidden layer of D over that of G, which is what we take for its size."""
    widest = max(recipe["generator"]["hidden"], default=0)
    return max(recipe["discriminator"]["hidden"], default=1) / widest if widest else math.inf


def sufficient_width(recipe: Recipe, n_features: int, n_modes: int) -> int:
    """Return the least power of two that is wide enough for every hidden layer of D.

    Enough is: no narrower than the features, at least `FAIR` of G's widest layer, and as many
    parameters as the modes take.
    """
    width, layers = 8, max(len(recipe["discriminator"]["hidden"]), 1)
    while True:
        wider = recipe | {"discriminator": recipe["discriminator"] | {"hidden": [width] * layers}}
        enough = discriminator_parameters(wider, n_features) >= mixture_parameters(
            n_modes, n_features
        )
        if width >= n_features and relative_width(wider) >= FAIR and enough:
            return width
        width *= 2


def batch_of_mode(share: float, batch_size: int) -> tuple[float, float]:
    """Return what a batch holds of a mode, its events being drawn with replacement.

    Args:
        share: The mode's share of the real events.
        batch_size: Real events in a batch.

    Returns:
        The expected number of its events, and the probability of none, (1 - share) ** batch_size.

    >>> expected, none = batch_of_mode(0.01, 128)
    >>> round(expected, 2), round(none, 3)
    (1.28, 0.276)
    """
    return share * batch_size, (1 - share) ** batch_size
