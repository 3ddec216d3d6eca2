"""TensorFlow, imported without what training doesn't use, and set up to give the same bytes."""

import contextlib
import gc
import hashlib
import json
import logging
import os
import platform
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from collapse.files import atomic

# Keras imports these if they are there, for its scikit-learn wrappers, image galleries and data
# frames: half of all the CPU time that importing TensorFlow takes.
_UNUSED = ("matplotlib", "pandas", "scipy", "sklearn")


@contextlib.contextmanager
def _lean_imports() -> Iterator[None]:
    hidden = [name for name in _UNUSED if name not in sys.modules]
    collecting = gc.isenabled()
    # Nothing that an import makes is garbage.
    gc.disable()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
        if collecting:
            gc.enable()


with _lean_imports():
    import tensorflow as tf


def set_up(threads: int) -> None:
    """Limit TensorFlow to the job's threads and to deterministic kernels.

    Args:
        threads: What the job was given. More than one can change the last bits of a sum.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)


@contextlib.contextmanager
def kept_programs(folder: Path | str | None, **key: Any) -> Iterator[None]:
    """Keep the programs that are compiled in this context, so that a machine compiles each once.

    XLA finds those of earlier jobs in a private folder, since it stops a job whose cache is damaged
    or can't be written. A file of the cache is a zip archive, whose checksums are tested before XLA
    sees it, and that appears whole or not at all. Its name depends on all that a program depends on
    beyond its graph, which XLA compares itself.

    To be entered before anything is compiled.

    Args:
        folder: Where they are kept, or None to keep none.
        **key: What tells recipes apart, as JSON.
    """
    private = _private_folder() if folder else None
    if not folder or not private:
        yield
        return
    found, machine = private
    name = hashlib.sha256(json.dumps([machine, key], sort_keys=True).encode()).hexdigest()[:16]
    archive = Path(folder) / f"{name}.zip"
    restored = _restore(archive, found)
    try:
        yield
        # What was restored and did not serve is of older code.
        if new := sorted(set(found.iterdir()) - restored):
            _keep(archive, new)
    except tf.errors.OpError:
        # Should what was kept be to blame, the next try does without: XLA takes no second one.
        with contextlib.suppress(OSError):
            archive.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(found)


@cache
def _private_folder() -> tuple[Path, dict[str, Any]] | None:
    """Tell XLA its folder, the same for the whole process, since it reads its flags once.

    Returns:
        The folder and what programs depend on, but None if a user has a cache, or on GPUs, where
        this was never tried.
    """
    flags = os.environ.get("TF_XLA_FLAGS", "")
    if tf.test.is_built_with_cuda() or "persistent_cache" in flags:
        return None
    machine, folder = _machine(), Path(tempfile.mkdtemp(prefix="xla-"))
    flag = f"--tf_xla_persistent_cache_directory={folder}"
    os.environ["TF_XLA_FLAGS"] = f"{flags} {flag}".strip()
    return folder, machine


def _restore(archive: Path, folder: Path) -> set[Path]:
    folder.mkdir(exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as file:
            file.extractall(folder)
    except FileNotFoundError:
        pass
    except Exception as error:
        # Whatever a damaged archive brings zipfile to: no cache may stop a job.
        logging.info("%s is of no use (%s): compiling again", archive, error)
        shutil.rmtree(folder)
        folder.mkdir()
    return set(folder.iterdir())


def _keep(archive: Path, programs: list[Path]) -> None:
    with (
        contextlib.suppress(OSError),
        atomic(archive) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file,
    ):
        for path in programs:
            file.write(path, path.name)


def _machine() -> dict[str, Any]:
    """Return what a program depends on: one of a newer processor would stop an older one."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.is_file() else [platform.processor()]
    return {
        "cpu": sorted({line for line in lines if line.startswith(("model name", "flags", "Feat"))}),
        "machine": platform.machine(),
        "tensorflow": f"{tf.version.VERSION} {tf.version.GIT_VERSION}",
        "flags": [os.environ.get(name) for name in ("XLA_FLAGS", "TF_XLA_FLAGS")],
    }
