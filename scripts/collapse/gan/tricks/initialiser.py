"""How the weights begin, if not with Glorot's uniform.

Paper: Glorot and Bengio 2010, proceedings.mlr.press/v9/glorot10a.html; He et al. 2015,
arXiv:1502.01852; orthogonal: Saxe et al. 2013, arXiv:1312.6120, with gain 1.4 in unrolled GANs
(Metz et al. 2016, arXiv:1611.02163); normal with 0.02: DCGAN (Radford et al. 2015,
arXiv:1511.06434);
fan_in is what PyTorch's Linear does, biases too.
"""

from typing import Any

from collapse.gan.registry import Recipe, Trick

_NAMES = {
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "lecun_normal": "LecunNormal",
    "orthogonal": "Orthogonal",
    "normal": "RandomNormal",
    "fan_in": None,
}
_SCALES = {"orthogonal": "gain", "normal": "stddev"}

TRICK = Trick(
    ("generator.initialiser", "discriminator.initialiser"),
    options={
        "name": {"enum": list(_NAMES), "description": "The initialiser."},
        "scale": {
            "type": ["number", "null"],
            "exclusiveMinimum": 0,
            "description": "The standard deviation of normal (0.02), the gain of orthogonal (1).",
            "default": None,
        },
    },
)


def check(key: str, recipe: Recipe) -> str | None:
    """Refuse a scale where there is none to set."""
    value = recipe[key.split(".")[0]]["initialiser"]
    if value.get("scale") is not None and value["name"] not in _SCALES:
        return f"{value['name']} has no scale. Remove it, or use normal or orthogonal."
    return None


def initialisers(value: dict[str, Any], seed: int, fan_in: int) -> dict[str, Any]:
    """Return the arguments of a dense layer."""
    import keras

    name = value["name"]
    if name == "fan_in":
        # Uniform up to the square root of 3 * scale / fan_in.
        bound = fan_in**-0.5
        return {
            "kernel_initializer": keras.initializers.VarianceScaling(
                1 / 3, "fan_in", "uniform", seed=seed
            ),
            "bias_initializer": keras.initializers.RandomUniform(-bound, bound, seed=seed + 1),
        }
    options: dict[str, Any] = {"seed": seed}
    if name in _SCALES:
        options[_SCALES[name]] = value.get("scale") or (0.02 if name == "normal" else 1.0)
    return {"kernel_initializer": getattr(keras.initializers, str(_NAMES[name]))(**options)}
