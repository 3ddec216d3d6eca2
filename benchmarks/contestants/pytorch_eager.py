"""PyTorch's GAN tutorial on a table: eager, with the fused Adam.

G's forward pass serves both updates, as in the tutorial. The events are one tensor, which is far
quicker than a `DataLoader`.
"""

from itertools import pairwise

import torch
from common import serve
from torch import nn

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


def _stack(widths, slope, end):
    layers = []
    for rows, columns in pairwise(widths):
        layers += [nn.Linear(rows, columns), nn.LeakyReLU(slope)]
    return nn.Sequential(*layers[:-1], *end)


class PyTorch:
    """The tutorial's loop."""

    def __init__(self, task):
        self._task, self._events = task, torch.from_numpy(task.events())
        self._generator = _stack(task.generator, task.slope, [nn.Tanh()] if task.tanh else [])
        self._discriminator = _stack(task.discriminator, task.slope, [])
        learning_rate, beta_1 = task.adam
        self._optimizers = [
            torch.optim.Adam(
                network.parameters(), lr=learning_rate, betas=(beta_1, 0.999), fused=True
            )
            for network in (self._generator, self._discriminator)
        ]
        self._criterion = nn.BCEWithLogitsLoss()

    def run(self, steps):
        """Take some steps."""
        batch = self._task.batch
        generator_optimizer, discriminator_optimizer = self._optimizers
        ones = torch.ones(batch, 1)
        labels = torch.cat([ones, torch.zeros(batch, 1)])
        for _ in range(steps):
            real = self._events[torch.randint(len(self._events), (batch,))]
            fake = self._generator(torch.randn(batch, self._task.noise))

            discriminator_optimizer.zero_grad()
            shown = torch.cat([real, fake.detach()])
            self._criterion(self._discriminator(shown), labels).backward()
            discriminator_optimizer.step()

            generator_optimizer.zero_grad()
            self._criterion(self._discriminator(fake), ones).backward()
            generator_optimizer.step()

    def weights(self):
        """Return the weights of both networks."""
        return [
            [parameter.detach().numpy() for parameter in network.parameters()]
            for network in (self._generator, self._discriminator)
        ]


if __name__ == "__main__":
    serve(PyTorch)
