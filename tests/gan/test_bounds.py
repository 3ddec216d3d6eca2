import numpy as np
import pytest
from collapse.gan import registry
from collapse.gan.bounds import layer_bounds
from collapse.gan.engine import Engine
from collapse.gan.forward import describe

from tests.gan.made import recipe

HEADS = [m for m in registry.modules() if "generator.head" in m.TRICK.keys]


@pytest.mark.parametrize("module", HEADS, ids=lambda module: module.TRICK.choice)
def test_a_head_declares_the_bounds_that_its_network_has(module):
    data = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    engine = Engine(recipe(generator={"head": module.TRICK.choice}), 3, seed=1)
    engine.compile(data)
    weights = [np.asarray(variable) for variable in engine.sampler.variables]
    found = layer_bounds(describe(engine.sampler), weights, 3)
    for edge, declared in zip(found, module.bounds(data), strict=True):
        np.testing.assert_allclose(edge, np.broadcast_to(declared, 3), rtol=1e-6)
