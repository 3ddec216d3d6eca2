"""The floor: a step's matrix products alone, and its normals alone.

No biases, no activations, no losses, no optimizer, no events: what no implementation of this step
can leave out. G's forward pass is counted once.
"""

from itertools import pairwise

import numpy as np
from common import serve


class Floor:
    """The products of one step, into memory that is there already."""

    TRAINS = False

    def __init__(self, task):
        self._draw = np.random.default_rng(1)
        self._noise = np.empty((task.batch, task.noise), np.float32)
        generator, discriminator = (
            list(pairwise(task.generator)),
            list(pairwise(task.discriminator)),
        )
        self._layers = len(generator)
        self._kernels = [self._normals(shape) for shape in generator + discriminator]
        self._biases = [np.zeros(shape[1], np.float32) for shape in generator + discriminator]
        ours, theirs = self._kernels[: self._layers], self._kernels[self._layers :]
        n = task.batch
        self._products = [
            *self._forward(ours, n),
            # D's update, on real and fake together.
            *self._forward(theirs, 2 * n),
            *self._backward(theirs, 2 * n, inputs=1, weights=True),
            # G's: through D without its weights, then through G.
            *self._forward(theirs, n),
            *self._backward(theirs, n, inputs=0, weights=False),
            *self._backward(ours, n, inputs=1, weights=True),
        ]

    def _normals(self, shape):
        return self._draw.standard_normal(shape, np.float32)

    def _product(self, a, b):
        # NumPy's matmul is slow for a column times a row.
        product = np.multiply if a.shape[1] == 1 else np.matmul
        return product, a, b, np.empty((a.shape[0], b.shape[1]), np.float32)

    def _forward(self, kernels, n):
        return [self._product(self._normals((n, k.shape[0])), k) for k in kernels]

    def _backward(self, kernels, n, *, inputs, weights):
        """List the products of a backward pass; `inputs` is the first layer that passes it on."""
        products = []
        for i, kernel in enumerate(kernels):
            gradient = self._normals((n, kernel.shape[1]))
            if weights:
                values = self._normals((n, kernel.shape[0]))
                products.append(self._product(values.T, gradient))
            if i >= inputs:
                products.append(self._product(gradient, kernel.T))
        return products

    def run(self, steps):
        """Do the products and draw the normals of some steps."""
        for _ in range(steps):
            self._draw.standard_normal(dtype=np.float32, out=self._noise)
            for product, a, b, out in self._products:
                product(a, b, out=out)

    def weights(self):
        """Return arrays of the sizes of both networks' weights."""
        arrays = list(zip(self._kernels, self._biases, strict=True))
        networks = arrays[: self._layers], arrays[self._layers :]
        return [[array for layer in network for array in layer] for network in networks]


if __name__ == "__main__":
    serve(Floor)
