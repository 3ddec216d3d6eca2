"""JAX: `jit` over a `fori_loop` of steps, the noise and the rows drawn inside."""

from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
from common import serve


def _network(parameters, values, slope):
    for kernel, bias in parameters[:-1]:
        values = jax.nn.leaky_relu(values @ kernel + bias, slope)
    kernel, bias = parameters[-1]
    return values @ kernel + bias


def _cross_entropy(logits, labels):
    return jnp.mean(jax.nn.softplus(logits) - labels * logits)


def _adam(state, gradients, count, learning_rate, beta_1):
    parameters, first, second = state
    first = jax.tree.map(lambda m, g: beta_1 * m + (1 - beta_1) * g, first, gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
    scale = learning_rate * jnp.sqrt(1 - 0.999**count) / (1 - beta_1**count)
    parameters = jax.tree.map(
        lambda p, m, v: p - scale * m / (jnp.sqrt(v) + 1e-7), parameters, first, second
    )
    return parameters, first, second


class JAX:
    """One compiled program over any number of steps."""

    def __init__(self, task):
        self._events, self._key, self._done = jnp.asarray(task.events()), jax.random.key(1), 0
        glorot = jax.nn.initializers.glorot_uniform()
        self._states = []
        for i, widths in enumerate((task.generator, task.discriminator)):
            keys = jax.random.split(jax.random.key(2 + i), len(widths) - 1)
            parameters = [
                (glorot(key, shape), jnp.zeros(shape[1]))
                for key, shape in zip(keys, pairwise(widths), strict=True)
            ]
            zeros = jax.tree.map(jnp.zeros_like, parameters)
            self._states.append((parameters, zeros, jax.tree.map(jnp.zeros_like, parameters)))
        self._loop = jax.jit(partial(_steps, task), donate_argnums=0)

    def run(self, steps):
        """Take some steps."""
        done = self._loop(self._states, self._events, self._key, self._done, self._done + steps)
        self._states = jax.block_until_ready(done)
        self._done += steps

    def weights(self):
        """Return the weights of both networks."""
        return [jax.tree.leaves(state[0]) for state in self._states]


def _steps(task, states, events, key, start, end):
    batch, ones = task.batch, jnp.ones((task.batch, 1))
    labels = jnp.concatenate([ones, jnp.zeros_like(ones)])

    def generate(parameters, noise):
        values = _network(parameters, noise, task.slope)
        return jnp.tanh(values) if task.tanh else values

    def step(i, states):
        generator, discriminator = states
        for_noise, for_rows = jax.random.split(jax.random.fold_in(key, i))
        noise = jax.random.normal(for_noise, (batch, task.noise))
        real = events[jax.random.randint(for_rows, (batch,), 0, len(events))]

        def discriminator_loss(parameters):
            shown = jnp.concatenate([real, generate(generator[0], noise)])
            return _cross_entropy(_network(parameters, shown, task.slope), labels)

        def generator_loss(parameters):
            logits = _network(discriminator[0], generate(parameters, noise), task.slope)
            return _cross_entropy(logits, ones)

        gradients = jax.grad(discriminator_loss)(discriminator[0])
        discriminator = _adam(discriminator, gradients, i + 1, *task.adam)
        gradients = jax.grad(generator_loss)(generator[0])
        generator = _adam(generator, gradients, i + 1, *task.adam)
        return [generator, discriminator]

    return jax.lax.fori_loop(start, end, step, states)


if __name__ == "__main__":
    serve(JAX)
