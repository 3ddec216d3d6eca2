"""Networks of a user's own: a Python file that a recipe names. Training jobs alone run it.

The file is code, run with all the rights of the job. What training promises is checked here, before
the first step: that the file gives the same networks in every process of a run, and that all they
carry from step to step is in variables, which checkpoints hold.
"""

import hashlib
import re
import types
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from collapse.errors import InputError

if TYPE_CHECKING:
    import keras

_FUNCTIONS = {
    "generator": "build_generator(noise_dim, n_features)",
    "discriminator": "build_discriminator(n_features)",
}
# Operations with a state of their own that no checkpoint sees.
_UNKEYED = re.compile(
    r"Random|TruncatedNormal|ParameterizedTruncated|Multinomial|Rng|(Eager)?PyFunc"
    r"|Stateful(?!PartitionedCall)"
)


def check_digest(path: str, digest: str) -> None:
    """Refuse a file without the digest, SHA-256 in hexadecimal, that the study was planned with."""
    if hashlib.sha256(_read(path)).hexdigest() != digest:
        message = f"{path} was changed after this job was planned. Run snakemake again."
        raise InputError(message)


def build_network(
    path: str, side: str, widths: tuple[int, ...], n_outputs: int, seed: int
) -> "keras.Model":
    """Build one network of a user's file.

    Args:
        path: The file.
        side: `generator` or `discriminator`.
        widths: What its function takes: the last is `n_features`.
        n_outputs: The width of its output.
        seed: The run's seed, which fixes the initial weights.

    Returns:
        A functional Keras model, named as its side.

    Raises:
        InputError: If the file is broken, or its network can't be trained exactly.
    """
    import numpy as np

    seed = zlib.crc32(f"{seed} {side}".encode())
    model, again = (_build_once(path, side, widths, n_outputs, seed) for _ in range(2))
    same = len(model.variables) == len(again.variables) and all(
        one.path == other.path and np.array_equal(one.value, other.value, equal_nan=True)
        for one, other in zip(model.variables, again.variables, strict=True)
    )
    if not same:
        message = (
            f"{path}: build_{side} gives other initial weights each time, though Keras, NumPy and "
            "`random` are seeded by the run's seed before it. Take random numbers from these "
            "alone, so that a training can be resumed."
        )
        raise InputError(message)
    _check_steps(path, side, model)
    return model


@contextmanager
def reraised(path: str, what: str) -> Iterator[None]:
    """Turn what goes wrong in a user's file into a message that names it and the line."""
    try:
        yield
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        line, trace = getattr(error, "lineno", None), error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == str(path):
                line = trace.tb_lineno
            trace = trace.tb_next
        where = f"{path}, line {line}" if line else str(path)
        message = f"{where}: {what}: {type(error).__name__}: {error}"
        raise InputError(message) from error


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}."
        raise InputError(message) from error


def _build_once(*asked: Any) -> "keras.Model":
    """Run the file and build, in a thread of its own.

    Keras numbers the layers that a thread makes, so that names depend on the file alone.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_build, *asked).result()


def _build(
    path: str, side: str, widths: tuple[int, ...], n_outputs: int, seed: int
) -> "keras.Model":
    import keras

    function = f"build_{side}"
    keras.utils.set_random_seed(seed)
    module = types.ModuleType("networks")
    module.__file__ = str(path)
    source = _read(path)
    with reraised(path, "the file can't be run"):
        exec(compile(source, str(path), "exec"), vars(module))
    if not callable(getattr(module, function, None)):
        message = f"{path} has no function {_FUNCTIONS[side]}."
        raise InputError(message)
    with reraised(path, f"{function} failed"):
        model = getattr(module, function)(*widths)
        if isinstance(model, keras.Sequential) and not model.built:
            model.build((None, widths[0]))
    if not isinstance(model, keras.Model) or not hasattr(model, "inputs"):
        message = (
            f"{path}: {function} must return a keras.Sequential or a functional keras.Model, "
            f"which can be looked into. Received: {type(model).__name__}."
        )
        raise InputError(message)
    _check_model(path, side, model, widths[0], n_outputs)
    return keras.Model(model.inputs[0], model.outputs[0], name=side)


def _check_model(path: str, side: str, model: "keras.Model", n_inputs: int, n_outputs: int) -> None:
    import keras

    def refuse(reason: str) -> NoReturn:
        message = f"{path}: build_{side}: {reason}"
        raise InputError(message)

    shapes = [[tuple(t.shape) for t in tensors] for tensors in (model.inputs, model.outputs)]
    if shapes != [[(None, n_inputs)], [(None, n_outputs)]]:
        refuse(
            f"expected one input of width {n_inputs} and one output of width {n_outputs}. "
            f"Received: inputs {shapes[0]}, outputs {shapes[1]}."
        )
    last = model.layers[-1]
    if any(tensor.dtype != "float32" for tensor in (*model.inputs, *model.outputs)):
        refuse("its input and output must be float32.")
    if model.losses:
        told = "regularisers and add_loss are no part of this training."
        refuse(f"{told} Use the recipe's `penalties`.")
    if side == "generator":
        for layer in _foreign(model.get_config()):
            refuse(
                f"{layer} is no layer of Keras's own, so sampling would have to run this file. "
                "Build the generator of Keras's layers."
            )
    elif getattr(last, "activation", None) is keras.activations.sigmoid:
        refuse("its output is the logit. Remove the last layer's sigmoid, which the losses have.")


def _foreign(config: Any) -> Iterator[str]:
    """Yield the names of the classes in a Keras config that Keras alone doesn't have."""
    if isinstance(config, dict) and "class_name" in config and "module" in config:
        own = (config["module"] or "keras").partition(".")[0] == "keras"
        if not own or config.get("registered_name") or config["class_name"] == "Lambda":
            yield config["class_name"]
    parts = config.values() if isinstance(config, dict) else config
    for part in parts if isinstance(config, dict | list | tuple) else ():
        yield from _foreign(part)


def _check_steps(path: str, side: str, model: "keras.Model") -> None:
    """Refuse a network that carries anything from step to step outside its variables."""
    import tensorflow as tf

    width = model.inputs[0].shape[-1]
    step = tf.function(lambda x: model(x, training=True), autograph=False)
    with reraised(path, f"the {side} can't be called"):
        traced = step.get_concrete_function(tf.TensorSpec((None, width), tf.float32))
    graph = traced.graph.as_graph_def()
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    unkeyed = sorted({node.op for node in nodes if _UNKEYED.match(node.op)})
    held = {id(variable.value) for variable in model.variables}
    strange = sorted(v.name for v in traced.graph.variables if id(v) not in held)
    if unkeyed or strange:
        what = f"the operation {unkeyed[0]}" if unkeyed else f"the variable {strange[0]}"
        message = (
            f"{path}: the {side} has {what}, whose state no checkpoint would hold, so that "
            "a resumed training would be another one. Use Keras's own random layers, such as "
            "Dropout, or a keras.random.SeedGenerator that the layer holds."
        )
        raise InputError(message)
