"""GANs and their training; the only package that imports TensorFlow."""

import os

# Before TensorFlow's import. oneDNN picks other kernels for other thread counts, and so other last
# bits; its banner and the start-up notes would drown a job's own log.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
