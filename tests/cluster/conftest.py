import os
import shutil
import subprocess
import tempfile
from pathlib import Path

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
        os.kill(int((self.state / f"run/slurmd.{node}.pid").read_text()), 9)


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
