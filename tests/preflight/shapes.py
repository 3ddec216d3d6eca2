"""Columns without a narrow peak: smooth, skewed, heavy-tailed, cut, rounded and bimodal ones.

Each is a function of a generator of random numbers and the number of events.
"""

import numpy as np


def turning_on(rng, n, width):
    """A falling spectrum above a threshold of a trigger."""
    x = 15 + 10 * rng.exponential(size=4 * n)
    return x[rng.random(4 * n) * (1 + np.exp((25 - x).clip(-500, 500) / width)) < 1][:n]


def coarse(x, bits):
    """What is left of floats with a mantissa of a few bits."""
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 2**bits) / 2**bits, exponent)


SHAPES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "normal, far": lambda rng, n: rng.normal(50, 3, n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "exponential, cut": lambda rng, n: 20 + 10 * rng.exponential(size=n),
    "exponential, negative": lambda rng, n: rng.exponential(size=n) - 5,
    "uniform": lambda rng, n: rng.uniform(-np.pi, np.pi, n),
    "lognormal": lambda rng, n: rng.lognormal(0, 1, n),
    "lognormal, wide": lambda rng, n: rng.lognormal(0, 2, n),
    "lognormal, narrow": lambda rng, n: rng.lognormal(3, 0.3, n),
    "gamma": lambda rng, n: rng.gamma(2, size=n),
    "gamma, steep": lambda rng, n: rng.gamma(0.5, size=n),
    "gamma, skewed a little": lambda rng, n: rng.gamma(9, size=n) - 4,
    "Student, 1.5": lambda rng, n: rng.standard_t(1.5, n),
    "Student, 3": lambda rng, n: rng.standard_t(3, n),
    "Cauchy": lambda rng, n: rng.standard_cauchy(n),
    "Cauchy, folded": lambda rng, n: np.abs(rng.standard_cauchy(n)),
    "Laplace": lambda rng, n: rng.laplace(size=n),
    "power law": lambda rng, n: 20 * (1 + rng.pareto(3, n)),
    "power law, heavy": lambda rng, n: 1 + rng.pareto(1, n),
    "arcsine": lambda rng, n: rng.beta(0.5, 0.5, n),
    "beta, edge": lambda rng, n: rng.beta(1, 0.2, n),
    "triangle": lambda rng, n: rng.triangular(-1, 0, 1, n),
    "angle": lambda rng, n: np.pi - np.minimum(rng.exponential(0.3, n), np.pi),
    "threshold": lambda rng, n: turning_on(rng, n, 0.5),
    "threshold, sharp": lambda rng, n: turning_on(rng, n, 0.1),
    "normal, cut": lambda rng, n: (x := rng.normal(size=4 * n))[np.abs(x) < 1][:n],
    "normal, folded": lambda rng, n: np.abs(rng.normal(size=n)),
    "rounded": lambda rng, n: np.round(rng.normal(size=n), 2),
    "rounded, coarse": lambda rng, n: np.round(rng.exponential(10, n) * 4) / 4,
    "rounded, as NanoAOD": lambda rng, n: coarse(rng.normal(size=n), 8),
    "whole": lambda rng, n: np.round(rng.exponential(3e4, n)),
    "zeros": lambda rng, n: np.where(rng.random(n) < 0.3, 0, rng.exponential(size=n)),
    "placeholder": lambda rng, n: np.where(rng.random(n) < 0.2, -999, rng.normal(size=n)),
    "step": lambda rng, n: np.where(rng.random(n) < 0.7, rng.random(n), rng.uniform(-2, 3, n)),
    "two bumps": lambda rng, n: rng.normal(size=n) + 4 * rng.integers(0, 2, n),
    "two bumps, apart": lambda rng, n: rng.normal(size=n) + 10 * rng.integers(0, 2, n),
    "core and tails": lambda rng, n: rng.normal(size=n) * rng.choice([1, 3], n),
    "score": lambda rng, n: 1 / (1 + np.exp(-3 * rng.normal(size=n))),
    "score, sharp": lambda rng, n: 1 / (1 + np.exp(-8 * rng.normal(size=n))),
}
