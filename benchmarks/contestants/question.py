"""The question's loop as written: `predict`, then `train_on_batch` twice."""

import keras
import numpy as np
from common import serve
from keras_networks import TwoModels, adam, discriminator, generator


class Question(TwoModels):
    """The loop as tutorials have it."""

    def __init__(self, task):
        self._task, self._events = task, task.events()
        self.generator, self.discriminator = generator(task), discriminator(task)
        self.discriminator.compile(loss="binary_crossentropy", optimizer=adam(task))
        # Keras 3 fixes what it trains at the first step, so that comes before freezing.
        shown = self._events[: 2 * task.batch]
        self.discriminator.train_on_batch(shown, np.ones((len(shown), 1)))
        self.discriminator.trainable = False
        self._combined = keras.Sequential([self.generator, self.discriminator])
        self._combined.compile(loss="binary_crossentropy", optimizer=adam(task))

    def run(self, steps):
        """Take some steps."""
        batch = self._task.batch
        ones, zeros = np.ones((batch, 1)), np.zeros((batch, 1))
        for _ in range(steps):
            noise = np.random.normal(0, 1, (batch, self._task.noise))  # noqa: NPY002
            fake = self.generator.predict(noise)
            rows = np.random.randint(0, len(self._events), batch)  # noqa: NPY002
            shown = np.concatenate([self._events[rows], fake])
            self.discriminator.train_on_batch(shown, np.concatenate([ones, zeros]))
            self._combined.train_on_batch(noise, ones)


if __name__ == "__main__":
    serve(Question)
