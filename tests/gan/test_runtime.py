import logging
import os
from pathlib import Path

import pytest
import tensorflow as tf
from collapse.gan import runtime


def test_programs_are_kept_and_a_damaged_archive_is_ignored(tmp_path, monkeypatch, caplog):
    """XLA itself isn't asked: the files it would find and leave are."""
    runtime._private_folder.cache_clear()
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    caplog.set_level(logging.INFO)

    def job(name, content, recipe="a"):
        """Return what XLA finds, and leave what it compiled."""
        with runtime.kept_programs(tmp_path, recipe=recipe):
            folder = Path(os.environ["TF_XLA_FLAGS"].partition("=")[2])
            found = {path.name: path.read_text() for path in folder.iterdir()}
            (folder / name).write_text(content)
        assert not folder.exists()
        return found

    assert job("one.pb", "1") == {}
    assert job("one.pb", "1") == {"one.pb": "1"}
    # Another code's program takes the place of one that served no longer.
    assert job("two.pb", "2") == {"one.pb": "1"}
    assert job("two.pb", "2") == {"two.pb": "2"}
    (archive,) = tmp_path.iterdir()
    archive.write_bytes(archive.read_bytes()[:60])
    assert job("two.pb", "2") == {}
    assert "compiling again" in caplog.text
    assert job("two.pb", "2") == {"two.pb": "2"}
    assert job("two.pb", "2", recipe="b") == {}
    # One that XLA stumbles over is gone the next time.
    with pytest.raises(tf.errors.InternalError), runtime.kept_programs(tmp_path, recipe="a"):
        raise tf.errors.InternalError(None, None, "a program")
    assert job("two.pb", "2") == {}
    runtime._private_folder.cache_clear()


def test_a_users_own_cache_has_precedence(tmp_path, monkeypatch):
    flags = "--tf_xla_persistent_cache_directory=/mine"
    monkeypatch.setenv("TF_XLA_FLAGS", flags)
    runtime._private_folder.cache_clear()
    for folder in (tmp_path, None):
        with runtime.kept_programs(folder, recipe="a"):
            assert os.environ["TF_XLA_FLAGS"] == flags
    assert list(tmp_path.iterdir()) == []
    runtime._private_folder.cache_clear()
