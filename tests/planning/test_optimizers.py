import json
import subprocess
import sys

import pytest
from collapse.planning.optimizers import OPTIMIZERS

from .studies import load, refuse

SHOW = """
import inspect, json, keras
wrapped = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
found = {
    name: sorted(set(inspect.signature(cls.__init__).parameters) - {"self", "name", "kwargs"})
    for name, cls in vars(keras.optimizers).items()
    if inspect.isclass(cls) and issubclass(cls, keras.optimizers.Optimizer) and name not in wrapped
}
print(json.dumps(found))
"""


def test_the_table_is_that_of_keras():
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    assert {name: sorted(arguments) for name, arguments in OPTIMIZERS.items()} == theirs


def with_optimizer(**options):
    return {"recipes": {"original": {"optimizers": {"generator": options}}}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "adamw", "lr": 0.1},
            r"optimizers\.generator\.name: Keras has no optimizer 'adamw'\. Did you mean 'AdamW'\?",
        ),
        (
            {"name": "AdamW", "lr": 0.1},
            r"generator\.lr: AdamW has no such argument\. Did you mean 'learning_rate'\?",
        ),
        ({"name": "SGD", "beta_1": 0.5}, r"generator\.beta_1: SGD has no such argument"),
    ],
)
def test_unknown_ones_are_refused_before_anything_runs(options, message):
    refuse(message, with_optimizer(**options))


def test_an_argument_stays_a_float():
    study = load(**with_optimizer(name="Adadelta", learning_rate=1.0))
    rate = study["recipes"]["original"]["optimizers"]["generator"]["learning_rate"]
    assert isinstance(rate, float)
    assert rate == 1
