import subprocess
import sys

import pytest

from tests.workflow import ROOT, TINY

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "file",
    [
        "data/toy/scalers/quantile.h5",
        "runs/toy/capable/seed1/leg4/generators.h5",
        "runs/toy/capable/seed1/diagnosis.json",
        "tables/advice.csv",
        "figures/toy/map.png",
    ],
)
def test_a_script_run_by_hand_writes_the_same_bytes_elsewhere(file, copied):
    file = f"results/tiny/{file}"
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*") if path.is_file()}
    subprocess.run(
        [sys.executable, ROOT / "scripts/by_hand.py", file, "--configfile", TINY],
        cwd=copied, check=True, capture_output=True,
    )  # fmt: skip
    assert (copied / "by_hand" / file).read_bytes() == (copied / file).read_bytes()
    for path, time in before.items():
        assert ".snakemake" in path.parts or path.stat().st_mtime_ns == time
