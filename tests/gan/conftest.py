import pytest
from collapse.gan import runtime


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """TensorFlow as jobs use it: it takes this only before its first operation."""
    runtime.set_up(1)
