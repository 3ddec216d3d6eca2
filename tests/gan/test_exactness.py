"""Trained at once or in parts, with checkpoints in between: the same bytes, for every option."""

import hashlib
import os

os.environ["KERAS_BACKEND"] = "tensorflow"

from pathlib import Path

import numpy as np
import pytest
import yaml
from collapse.gan import registry
from collapse.gan.block import BLOCK
from collapse.gan.checkpoint import load_checkpoint, save_checkpoint
from collapse.gan.engine import Engine
from collapse.gan.noise import Noise
from collapse.planning.recipes import complete_recipe, merge

SHIPPED = yaml.safe_load((Path(__file__).resolve().parents[2] / "config/recipes.yaml").read_text())
D, STEPS_PER_EPOCH = 3, 10
BASE = {
    "extends": "capable",
    "batch_size": 8,
    "noise": {"dimension": 4},
    "generator": {"hidden": [6, 5]},
    "discriminator": {"hidden": [6, 5]},
}

# As many options as go together, so that there are few programs to compile.
TOGETHER = {
    "wasserstein": """
        loss: wasserstein
        clipping: 0.1
        updates: {discriminator_steps: 2}
        penalties: {gradient_penalty: {}, historical_averaging: {}}
        noise: {distribution: laplace, instance: {epochs: 5}}
        generator: {normalisation: batch, dropout: 0.3}
        optimizers: {generator: {name: RMSprop, beta_1: null}}""",
    "hinge": """
        loss: hinge
        batches: split
        packing: 2
        replay: {size: 3}
        averaging: {decay: 0.9}
        penalties: {r1: {}, r2: {}}
        generator: {head: range}
        discriminator: {normalisation: batch, minibatch_discrimination: {kernels: 3}}""",
    "least_squares": """
        loss: least_squares
        labels: {real: [0.7, 1.2], flips: 0.1}
        top_k: {decay: 0.8}
        updates: {discriminator_every_epochs: 2}
        noise: {distribution: sphere}
        generator: {normalisation: layer, head: tanh}
        discriminator: {dropout: 0.4}
        objectives: {msgan: {}, mmd: {feature: b}}""",
    "saturating": """
        loss: saturating
        updates: {unrolled: 2}
        noise: {distribution: uniform}
        generator: {initialiser: {name: orthogonal}}
        discriminator: {initialiser: {name: fan_in}}
        objectives: {veegan: {hidden: [5]}}""",
    "relativistic_average": """
        loss: relativistic_average
        batches: split
        penalties: {lecam: {}, roth: {}}
        updates: {discriminator_every_steps: 3}
        discriminator: {normalisation: spectral, minibatch_stddev: {}}
        objectives: {gdpp: {}}""",
    "separate": """
        batches: separate
        discriminator: {normalisation: layer}
        objectives: {feature_matching: {}}""",
    "relativistic_pairing": """
        loss: relativistic_pairing
        penalties: {dragan: {}}""",
    "schedules": """
        loss: relativistic_pairing
        updates: {discriminator_every_steps: 2}
        optimizers:
          generator: {schedule: {shape: cosine, epochs: 5, warmup: 1}}
          discriminator: {schedule: {shape: step, epochs: 6, falls: 4}}
        penalties: {r1: {schedule: {shape: exponential, epochs: 4}}}""",
}


def recipe(changes):
    return complete_recipe("mine", {"mine": merge(BASE, changes)}, SHIPPED)


def state(engine, noise):
    content = hashlib.sha256()
    for name, variable in engine.variables().items():
        content.update(name.encode())
        content.update(np.asarray(variable).tobytes())
    content.update(engine.generate(noise).tobytes())
    return content.hexdigest()


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(0).normal(size=(300, D)).astype(np.float32)


def flow(changes):
    return yaml.safe_dump(changes, default_flow_style=True, width=10_000).strip()[1:-1]


def check(options, data, folder, cuts, total, record_property):
    # benchmarks/exactness.py puts these into its tables.
    record_property("steps", total)
    record_property("cuts", ", ".join(map(str, cuts)))
    noise = Noise(options, 1, "look").draw(9, 0)
    engine = Engine(options, D, 1, steps_per_epoch=STEPS_PER_EPOCH, features=["a", "b", "c"])
    engine.compile(data)
    save_checkpoint(folder / "start.h5", engine, "run")
    losses = engine.advance(data, total)
    assert len(losses) == total, "it must not diverge, or nothing is tested"
    assert np.abs(losses[:, 3]).min() > 0
    whole = state(engine, noise)
    record_property("sha256", whole)
    for first in cuts:
        load_checkpoint(folder / "start.h5", engine, "run")
        head = engine.advance(data, first)
        save_checkpoint(folder / "middle.h5", engine, "run")
        # What a checkpoint forgets would show after this.
        engine.advance(data, 7)
        load_checkpoint(folder / "middle.h5", engine, "run")
        tail = engine.advance(data, total - first)
        assert state(engine, noise) == whole, first
        np.testing.assert_array_equal(np.concatenate([head, tail]), losses)


def test_every_trick_is_in_a_recipe_here():
    used = {
        (key, module.__name__)
        for text in TOGETHER.values()
        for key, _, module in registry.used(recipe(yaml.safe_load(text)))
    }
    known = {(key, module.__name__) for module in registry.modules() for key in module.TRICK.keys}
    assert known - used == set()


@pytest.mark.parametrize("name", TOGETHER)
def test_training_in_parts_gives_the_same_bytes(name, data, tmp_path, record_property):
    changes = yaml.safe_load(TOGETHER[name])
    record_property("options", flow(changes))
    check(recipe(changes), data, tmp_path, (1, 37, BLOCK), BLOCK + 9, record_property)


# Each trick by itself, with what it needs.
ALONE = {
    "minibatch_discrimination": {"batches": "split"},
    "minibatch_stddev": {"batches": "split"},
    "objective_mmd": {"objectives": {"mmd": {"feature": "b"}}},
    "initialiser": {
        "generator": {"initialiser": {"name": "normal"}},
        "discriminator": {"initialiser": {"name": "he_uniform"}},
    },
    "packing": {"packing": 4},
    "clipping": {"clipping": 0.1},
    "dropout_generator": {"generator": {"dropout": 0.5}},
    "dropout_discriminator": {"discriminator": {"dropout": 0.5}},
    "updates_steps": {"updates": {"discriminator_steps": 3}},
    "updates_every_steps": {"updates": {"discriminator_every_steps": 2}},
    "updates_every_epochs": {"updates": {"discriminator_every_epochs": 2}},
    "updates_unrolled": {"updates": {"unrolled": 5}},
}


def alone():
    for module in registry.modules():
        name = module.__name__.rpartition(".")[2]
        for key in module.TRICK.keys:
            changes = ALONE.get(name, {})
            if module.TRICK.choice or registry.get(changes, key) is None:
                value = module.TRICK.choice or {}
                for part in reversed(key.split(".")):
                    value = {part: value}
                changes = merge(changes, value)
            yield pytest.param(changes, id=f"{name}-{key}")
    for shape in ("cosine", "linear", "exponential", "step", "warmup"):
        schedule = {"schedule": {"shape": shape, "epochs": 12}}
        sides = dict.fromkeys(("generator", "discriminator"), schedule)
        changes = {"optimizers": sides, "penalties": {"r1": schedule}}
        yield pytest.param(changes, id=f"schedule-{shape}")


@pytest.mark.long
@pytest.mark.parametrize("changes", list(alone()))
def test_each_trick_alone_in_parts_gives_the_same_bytes(changes, data, tmp_path, record_property):
    cuts = np.random.default_rng(0).integers(1, 3 * BLOCK, size=4).tolist()
    record_property("options", flow(changes))
    check(recipe(changes), data, tmp_path, cuts, 3 * BLOCK + 5, record_property)
