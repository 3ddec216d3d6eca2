import fcntl
import logging
import os
import pty
import re
import struct
import subprocess
import sys
import termios

from collapse.gan import progress

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


def test_progress_is_a_line_in_the_log_and_a_bar_on_a_terminal(monkeypatch, caplog, capsys):
    caplog.set_level(logging.INFO)
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "_columns", lambda: 200)
    bar = progress.Progress(0, 10, 50)
    now[0] += 0.1
    bar.tell(5, None)
    assert capsys.readouterr().err == ""
    now[0] += 0.9
    bar.tell(100, (0.5, 0.25))
    drawn = capsys.readouterr().err
    text = "epoch 2 of 10, 100 steps/s, 4 s left; discriminator loss 0.5, generator loss 0.25"
    assert drawn.endswith(f"[======------------------------] {text}")
    assert not caplog.records
    now[0] += 9.5
    bar.tell(200, (0.5, 0.25))
    assert "epoch 4 of 10" in caplog.text
    bar.end(500)
    assert capsys.readouterr().err.endswith("\r\033[K")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    quiet = progress.Progress(0, 10, 50)
    now[0] += 5
    quiet.tell(100, None)
    assert capsys.readouterr().err == ""
