import os
import shutil
from pathlib import Path

import pytest

from tests.workflow import snakemake, write_toy

# As in a job of one thread; before anything imports TensorFlow, and children inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared():
    """The folder of public data beside the project, which a user does not have."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data")
    return folder


@pytest.fixture(scope="session")
def cases(shared):
    """The folder of inputs after public bug reports, which a user does not have."""
    return shared.parent / "cases"


@pytest.fixture(scope="session")
def tensorflow():
    """TensorFlow as jobs use it, which it takes only before its first operation."""
    runtime = pytest.importorskip("collapse.gan.runtime")
    runtime.set_up(1)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder in which the tiny study has run."""
    folder = tmp_path_factory.mktemp("tiny")
    write_toy(folder / "toy.h5")
    snakemake(folder, "--cores", "8")
    return folder


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of it to do things to."""
    return shutil.copytree(finished, tmp_path / "tiny")


@pytest.fixture(scope="session")
def s3():
    """A server of S3."""
    from tests.s3 import S3

    server = S3()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def on_s3(s3, tmp_path, monkeypatch):
    """A folder with the events, and what is typed for results on S3."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    write_toy(tmp_path / "toy.h5")
    return tmp_path, s3.storage(tmp_path.name)


def pytest_sessionfinish(session):
    """With NO_SKIPS set, a skipped test is a failure: what it needs should have been there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NO_SKIPS") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
