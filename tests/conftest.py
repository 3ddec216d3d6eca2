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


def pytest_sessionfinish(session):
    """With NO_SKIPS set, a skipped test is a failure: what it needs should have been there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NO_SKIPS") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
