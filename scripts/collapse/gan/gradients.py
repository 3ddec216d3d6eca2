"""Gradients of a discriminator by the events that it is shown."""

from collapse.gan.hooks import Critic
from collapse.gan.registry import Tensor


def gradient(critic: Critic, events: Tensor) -> Tensor:
    """Return the gradient of each event's logit by the event, (n, d)."""
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(events)
        logits = critic(events)
    return tape.gradient(logits, events)


def squared_norms(gradients: Tensor) -> Tensor:
    """Return the squared norm of each row, (n,)."""
    import tensorflow as tf

    return tf.reduce_sum(gradients**2, axis=1)


def norms(gradients: Tensor) -> Tensor:
    """Return the norm of each row, (n,), with a finite slope at 0."""
    import tensorflow as tf

    return tf.sqrt(squared_norms(gradients) + 1e-12)
