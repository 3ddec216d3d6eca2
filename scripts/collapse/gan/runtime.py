"""TensorFlow, set up so that the same job gives the same bytes."""

import tensorflow as tf


def set_up(threads):
    """Limit TensorFlow to the job's threads and to deterministic kernels.

    Args:
        threads: What the job was given. More than one can change the last bits of a sum.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)
