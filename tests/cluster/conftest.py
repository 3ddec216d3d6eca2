import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
CONF = Path("/etc/slurm/slurm.conf")


class Slurm:
    """A SLURM of two nodes, `one` and `two`, on this machine."""

    def __init__(self, state):
        self.state = state

    def __call__(self, *command):
        """Run one of its commands; return what it said."""
        return subprocess.run(
            [*map(str, command)], check=True, text=True, stdout=subprocess.PIPE
        ).stdout

    def jobs(self, folder):
        """The jobs submitted from a folder, done or not: pairs of state and node."""
        lines = self("squeue", "-h", "--states=all", "-o", "%T|%N|%Z", "--sort=i").splitlines()
        jobs = [line.split("|") for line in lines]
        return [(state, node) for state, node, workdir in jobs if workdir == str(folder)]

    def kill_slurmd(self, node):
        """Kill a node's daemon; its jobs go on."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(int((self.state / f"run/slurmd.{node}.pid").read_text()), 9)

    def kill_node(self, node):
        """Kill all that runs on a node, as a power cut would."""
        self.kill_slurmd(node)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("SLURMD_NODENAME") == node:
                    for each in (*process.parents(), process):
                        if each == process or each.name().startswith("slurmstepd"):
                            each.kill()

    @contextlib.contextmanager
    def giving_up_nodes(self, seconds):
        """Meanwhile nodes that are silent for so long are given up, with their jobs."""
        text = CONF.read_text()
        CONF.write_text(text.replace("SlurmdTimeout=0", f"SlurmdTimeout={seconds}"))
        self("scontrol", "reconfigure")
        try:
            yield
        finally:
            CONF.write_text(text)
            self("scontrol", "reconfigure")


@pytest.fixture(scope="session")
def slurm():
    """SLURM for real, from tests/cluster/slurm-install.sh."""
    if os.geteuid() != 0 or not shutil.which("slurmctld"):
        pytest.skip("needs root, and SLURM by tests/cluster/slurm-install.sh")
    if CONF.exists() and not CONF.is_symlink():
        pytest.skip(f"{CONF} is of another SLURM")
    # Not below pytest's folder: all users must be able to enter munge's.
    state = Path(tempfile.mkdtemp(prefix="slurm"))
    state.chmod(0o755)
    try:
        subprocess.run([HERE / "slurm-up.sh", state], check=True)
        yield Slurm(state)
    finally:
        subprocess.run([HERE / "slurm-down.sh", state], check=False)
        shutil.rmtree(state)
