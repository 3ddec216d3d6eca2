"""Random numbers keyed by (seed, stream, step), so that there is no generator state to save."""

import zlib

import numpy as np

# Far more draws than a step can take, and 2^87 steps before the period ends.
_DRAWS_PER_STEP = 1 << 40


class Stream:
    """One stream of random numbers, such as a run's noise, addressed by step.

    PCG64DXSM can be put at any place of its sequence in logarithmic time, and draws normals in two
    thirds of the time that Philox takes.

    Args:
        seed: The run's seed.
        name: What the numbers are for; streams of different names are independent.

    >>> a, b = Stream(1, "noise"), Stream(1, "noise")
    >>> _ = a.at(0).random(1000)
    >>> bool(a.at(7).random() == b.at(7).random())
    True
    """

    def __init__(self, seed, name):
        self._bits = np.random.PCG64DXSM([seed, zlib.crc32(name.encode())])
        self._start = self._bits.state
        self._generator = np.random.Generator(self._bits)

    def at(self, step):
        """Return the generator of one step; it is valid until the next call."""
        self._bits.state = self._start
        self._bits.advance(step * _DRAWS_PER_STEP)
        return self._generator
