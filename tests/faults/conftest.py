"""The figures that the long forms of these tests find, shown at their end."""

import pytest

_FIGURES = pytest.StashKey[list]()


@pytest.fixture
def figure(request):
    """Note a line of figures for the table of docs/reliability.md."""
    return request.config.stash.setdefault(_FIGURES, []).append


def pytest_terminal_summary(terminalreporter, config):
    if lines := config.stash.get(_FIGURES, []):
        terminalreporter.section("figures of the faults")
        for line in lines:
            terminalreporter.write_line(line)
