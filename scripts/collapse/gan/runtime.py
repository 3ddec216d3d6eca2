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
from pathlib import Path

from collapse.files import atomic

# Keras imports these if they are there, for its scikit-learn wrappers, image galleries and data
# frames: half of all the CPU time that importing TensorFlow takes.
_UNUSED = ("matplotlib", "pandas", "scipy", "sklearn")


@contextlib.contextmanager
def _lean_imports():
    hidden = [name for name in _UNUSED if name not in sys.modules]
    collecting = gc.isenabled()
    # Nothing that an import makes is garbage.
    gc.disable()
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
        if collecting:
            gc.enable()


with _lean_imports():
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


class Programs:
    """The compiled programs of earlier jobs, so that a machine compiles each recipe once.

    XLA finds them in a private folder, since it stops a job whose cache is damaged or can't be
    written. A file of the cache is a zip archive, whose checksums are tested before XLA sees it,
    and that appears whole or not at all. Its name depends on all that a program depends on beyond
    its graph, which XLA compares itself.

    To be made before anything is compiled.

    Args:
        folder: Where they are kept, or None to keep none.
        **key: What tells recipes apart, as JSON.

    Attributes:
        archive: Where they are kept, or None.
        folder: Where XLA finds them and leaves what it compiles, until `compile` ends.
    """

    # XLA reads its flags once, so there is one folder for the whole process.
    _private = None

    def __init__(self, folder, **key):
        self.archive = None
        # A user's own cache has precedence. On GPUs this was never tried.
        if not folder or tf.test.is_built_with_cuda():
            return
        if Programs._private is None:
            flags = os.environ.get("TF_XLA_FLAGS", "")
            if "persistent_cache" in flags:
                return
            Programs._key = _machine()
            Programs._private = Path(tempfile.mkdtemp(prefix="xla-"))
            flag = f"--tf_xla_persistent_cache_directory={Programs._private}"
            os.environ["TF_XLA_FLAGS"] = f"{flags} {flag}".strip()
        content = json.dumps([Programs._key, key], sort_keys=True)
        name = hashlib.sha256(content.encode()).hexdigest()[:16]
        self.archive, self.folder = Path(folder) / f"{name}.zip", Programs._private
        self._restore()

    def compile(self, program):
        """Call `program`, which compiles, and keep what it compiled anew.

        Args:
            program: A function of no arguments.
        """
        try:
            program()
            self._keep()
        except tf.errors.OpError:
            # Should what was kept be to blame, the next try does without: XLA takes no second one.
            if self.archive is not None:
                with contextlib.suppress(OSError):
                    self.archive.unlink(missing_ok=True)
            raise
        finally:
            if self.archive is not None:
                shutil.rmtree(self.folder)

    def _restore(self):
        self.folder.mkdir(exist_ok=True)
        try:
            with zipfile.ZipFile(self.archive) as archive:
                archive.extractall(self.folder)
        except FileNotFoundError:
            pass
        except Exception as error:
            # Whatever a damaged archive brings zipfile to: no cache may stop a job.
            logging.info("%s is of no use (%s): compiling again", self.archive, error)
            shutil.rmtree(self.folder)
            self.folder.mkdir()
        self._restored = {path.name for path in self.folder.iterdir()}

    def _keep(self):
        if self.archive is None:
            return
        new = [path for path in self.folder.iterdir() if path.name not in self._restored]
        if not new:
            return
        with (
            contextlib.suppress(OSError),
            atomic(self.archive) as part,
            zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            # What was restored and did not serve is of older code.
            for path in new:
                archive.write(path, path.name)


def _machine():
    """Return what a program depends on: one of a newer processor would stop an older one."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.is_file() else [platform.processor()]
    return {
        "cpu": sorted({line for line in lines if line.startswith(("model name", "flags", "Feat"))}),
        "machine": platform.machine(),
        "tensorflow": f"{tf.version.VERSION} {tf.version.GIT_VERSION}",
        "flags": [os.environ.get(name) for name in ("XLA_FLAGS", "TF_XLA_FLAGS")],
    }
