import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

CODE = """
import logging, sys, time
sys.path[:] = {path!r}
from collapse.gan import progress
logging.basicConfig(filename="job.log", level=logging.INFO)
progress._BAR_SECONDS, progress._LOG_SECONDS = 0.02, 0.15
bar = progress.Progress(0, 10, 50, "stable, seed 2")
for step in range(10, 500, 10):
    time.sleep(0.01)
    bar.tell(step, (0.5, 0.7))
bar.end(500)
"""


def run_on_terminal(folder, columns):
    """What a terminal of that width is sent, and the log."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    code = CODE.format(path=sys.path)
    with subprocess.Popen([sys.executable, "-c", code], cwd=folder, stderr=theirs):
        os.close(theirs)
        sent = b""
        # Linux ends a terminal whose other side is closed with an error.
        try:
            while piece := os.read(ours, 1000):
                sent += piece
        except OSError:
            pass
    os.close(ours)
    return sent.decode(), (folder / "job.log").read_text()


def test_a_terminal_shows_one_line_that_fits_and_goes(tmp_path):
    said, log = run_on_terminal(tmp_path, 60)
    lines = said.split("\r\033[K")
    drawn = [line for line in lines if line]
    assert len(drawn) > 3
    assert all(re.match(r"\[=*-*\] stable, seed 2, epoch", line) for line in drawn)
    assert max(map(len, drawn)) == 59
    assert "\n" not in said
    assert lines[-1] == "", "the bar is wiped at the end"
    assert [line.index("-") for line in drawn] == sorted(line.index("-") for line in drawn)
    assert log.count(" s left; ") >= 1
    assert "500 steps in" in log
    assert "[=" not in log


def test_a_wide_terminal_shows_all(tmp_path):
    said, _ = run_on_terminal(tmp_path, 200)
    assert re.search(
        r"stable, seed 2, epoch \d of 10, [\d,]+ steps/s, \d+ s left; "
        r"discriminator loss 0\.5, generator loss 0\.7",
        said,
    )
    said, _ = run_on_terminal(tmp_path, 0)
    assert max(map(len, said.split("\r\033[K"))) == 79
