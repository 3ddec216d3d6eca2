"""Which optimizers Keras has, and which arguments they take, without importing it.

Parsing the config must not wait for TensorFlow. A test holds this table to Keras.
"""

from collections.abc import Mapping
from typing import Any

from collapse.errors import InputError
from collapse.planning.schema import suggest

_COMMON = (
    *("learning_rate", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema"),
    *("ema_momentum", "ema_overwrite_frequency", "loss_scale_factor"),
    "gradient_accumulation_steps",
)

OPTIMIZERS = {
    name: (*_COMMON, *own.split())
    for name, own in {
        "Adadelta": "rho epsilon",
        "Adafactor": "beta_2_decay epsilon_1 epsilon_2 clip_threshold relative_step",
        "Adagrad": "initial_accumulator_value epsilon",
        "Adam": "beta_1 beta_2 epsilon amsgrad",
        "AdamW": "beta_1 beta_2 epsilon amsgrad",
        "Adamax": "beta_1 beta_2 epsilon",
        "Ftrl": "learning_rate_power initial_accumulator_value l1_regularization_strength"
        " l2_regularization_strength l2_shrinkage_regularization_strength beta",
        "Lamb": "beta_1 beta_2 epsilon",
        "Lion": "beta_1 beta_2",
        "Muon": "adam_beta_1 adam_beta_2 adam_weight_decay epsilon exclude_layers"
        " exclude_embeddings"
        " muon_a muon_b muon_c adam_lr_ratio momentum ns_steps nesterov rms_rate",
        "Nadam": "beta_1 beta_2 epsilon",
        "RMSprop": "rho momentum epsilon centered",
        "SGD": "momentum nesterov",
        "ScheduleFreeAdamW": "beta_1 beta_2 epsilon warmup_steps",
    }.items()
}
"""Each optimizer and its arguments."""


def check_optimizers(where: str, optimizers: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse an optimizer, or an argument of one, that Keras doesn't have.

    Args:
        where: The recipe's place in the config.
        optimizers: Those of a complete recipe.

    Raises:
        InputError: With the nearest one.
    """
    for network, options in optimizers.items():
        at, name = f"{where}.optimizers.{network}", options["name"]
        if name not in OPTIMIZERS:
            message = (
                f"{at}.name: Keras has no optimizer {name!r}.{suggest(name, OPTIMIZERS)} "
                f"Known: {', '.join(OPTIMIZERS)}."
            )
            raise InputError(message)
        known = (*OPTIMIZERS[name], "schedule")
        for argument in options:
            if argument not in ("name", *known):
                message = (
                    f"{at}.{argument}: {name} has no such argument."
                    f"{suggest(argument, known)} Known: {', '.join(known)}."
                )
                raise InputError(message)
