"""How far a training is: in the job's log, and as a bar on a terminal."""

import logging
import os
import sys
import time
from collections.abc import Sequence

_LOG_SECONDS = 10
_BAR_SECONDS = 0.5
_BAR_WIDTH = 30


class Progress:
    """A line in the job's log every ten seconds, and a bar if standard error is a terminal.

    Args:
        step: The step from which this process trains.
        last: The leg's last epoch.
        steps_per_epoch: Steps in an epoch.
        title: Which training it is, since several may run side by side.
    """

    def __init__(self, step: int, last: int, steps_per_epoch: int, title: str = "") -> None:
        self._first, self._last, self._steps_per_epoch = step, last, steps_per_epoch
        self._start = self._logged = self._drawn = time.monotonic()
        self._title = f"{title}, " if title else ""
        self._bar = sys.stderr.isatty()

    def tell(self, step: int, losses: Sequence[float] | None) -> None:
        """Note the steps done and, if there are any yet, the last losses of D and G."""
        now = time.monotonic()
        logged = now - self._logged >= _LOG_SECONDS
        if not logged and not (self._bar and now - self._drawn >= _BAR_SECONDS):
            return
        rate = (step - self._first) / (now - self._start)
        left = (self._last * self._steps_per_epoch - step) / rate
        text = f"{self._title}epoch {step // self._steps_per_epoch:,} of {self._last:,}"
        text += f", {rate:,.0f} steps/s, {left:,.0f} s left"
        if losses is not None:
            text += "; discriminator loss {:.4g}, generator loss {:.4g}".format(*losses)
        if logged:
            self._logged = now
            self._clear()
            logging.info("%s", text)
        if self._bar:
            self._drawn = now
            full = _BAR_WIDTH * step // (self._last * self._steps_per_epoch)
            bar = "=" * full + "-" * (_BAR_WIDTH - full)
            # A line that wraps could not be overwritten.
            line = f"[{bar}] {text}"[: _columns() - 1]
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)  # noqa: T201

    def end(self, step: int) -> None:
        """Log the total."""
        self._clear()
        seconds = time.monotonic() - self._start
        steps = step - self._first
        logging.info("%d steps in %.1f s, %.0f steps/s", steps, seconds, steps / seconds)

    def _clear(self) -> None:
        if self._bar:
            print("\r\033[K", end="", file=sys.stderr, flush=True)  # noqa: T201


def _columns() -> int:
    try:
        # A terminal that doesn't know its width says 0.
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
