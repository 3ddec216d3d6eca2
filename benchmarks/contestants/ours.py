"""Our engine, as a training job of the workflow uses it."""

import sys
from pathlib import Path

from common import serve

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from collapse.gan import runtime

runtime.set_up(1)

from collapse.gan.engine import Engine  # noqa: E402


class Ours:
    """The engine with a complete recipe."""

    def __init__(self, task):
        self._events = task.events()
        self._engine = Engine(task.recipe, task.features, seed=1)

    def run(self, steps):
        """Take some steps."""
        done = self._engine.advance(self._events, steps)
        if len(done) != steps:
            message = f"The training diverged at step {self._engine.diverged_step}."
            raise RuntimeError(message)

    def weights(self):
        """Return the weights of both networks."""
        return self._engine.generator.get_weights(), self._engine.discriminator.get_weights()


if __name__ == "__main__":
    serve(Ours)
