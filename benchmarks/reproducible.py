"""Does another processor say the same? The default study under three instruction sets.

    python benchmarks/reproducible.py [--write] [--cores N] [--config FILE]

XLA, NumPy and OpenBLAS choose kernels by the processor. Here each is told which to take, as an
older processor would. Training is chaotic: after a few hundred steps two roundings are two runs.
That is no matter of finite samples, so a verdict's certainty doesn't have it.
"""

import argparse
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import tables
from collapse.diagnosis.results import Run
from collapse.report.sentences import onset_in_words

ROOT = Path(__file__).resolve().parents[1]
# What XLA and OpenBLAS are told to take, and NumPy to leave.
SETS = {
    "SSE4.2": ("SSE4_2", "Nehalem", {"X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR"}),
    "AVX2": ("AVX2", "Haswell", {"X86_V4", "AVX512_ICL", "AVX512_SPR"}),
    "AVX-512": ("AVX512", "SkylakeX", set()),
}
# A verdict that is surer than this is told without a reserve.
SURE = 0.9


def run(name, config, cores):
    """Run the study up to its diagnosis with one instruction set.

    Returns:
        (recipe, seed) -> `Run`.
    """
    xla, blas, numpy = SETS[name]
    study = f"reproducible_{name.lower().replace('.', '').replace('-', '')}"
    known = {"XLA_FLAGS": f"--xla_cpu_max_isa={xla}", "OPENBLAS_CORETYPE": blas}
    if left := " ".join(name for name in _dispatched() if name in numpy):
        known["NPY_DISABLE_CPU_FEATURES"] = left
    command = [
        "snakemake", "diagnosis", "--cores", str(cores), "--quiet", "all",
        "--configfile", str(config), "--config", f"study={study}",
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, env=os.environ | known, check=True)
    found = (ROOT / "results" / study / "runs").glob("*/*/seed*/diagnosis.json")
    runs = [Run.load(path) for path in sorted(found)]
    return {(run.recipe, run.seed): run for run in runs}


def _dispatched():
    """Return what this NumPy chooses among on this processor: it refuses to leave others."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]


def compare(found):
    """List what differs between instruction sets.

    Args:
        found: Name of the set -> (recipe, seed) -> `Run`.

    Returns:
        Rows of (what, the words by set, the least certainty, whether they differ), for each
        verdict, outcome and bracket of a first fall.
    """
    rows = []
    first = next(iter(found.values()))
    for key in first:
        runs = [runs[key] for runs in found.values()]
        named = f"{key[0]}, seed {key[1]}"
        for points in zip(*(run.checkpoints for run in runs), strict=True):
            words = [point.verdict for point in points]
            rows.append(
                (f"{named}, epoch {points[0].epoch}", words, min(p.certainty for p in points))
            )
        rows.append(
            (f"{named}, outcome", [r.outcome for r in runs], min(r.certainty for r in runs))
        )
        falls = [run.fall for run in runs]
        if any(falls):
            brackets = [
                onset_in_words(fall).partition(" ")[2] if fall else "none" for fall in falls
            ]
            certainty = min(fall.certainty if fall else 1.0 for fall in falls)
            rows.append((f"{named}, onset", brackets, certainty))
    return [(what, words, certainty, len(set(words)) > 1) for what, words, certainty in rows]


def report(found):
    """Return the tables: how much flips, by certainty, and what."""
    rows = compare(found)
    counts = []
    for kind, chosen in (
        ("verdict", [r for r in rows if ", epoch " in r[0]]),
        ("outcome", [r for r in rows if r[0].endswith("outcome")]),
        ("onset's bracket", [r for r in rows if r[0].endswith("onset")]),
        ("all", rows),
    ):
        sure = [differs for *_, certainty, differs in chosen if certainty >= SURE]
        others = [differs for *_, certainty, differs in chosen if certainty < SURE]
        counts.append(
            [kind, f"{sum(sure)} of {len(sure)}", f"{sum(others)} of {len(others)}"]
        )  # fmt: skip
    header = ["what", f"certainty from {SURE:g} on: differ", "below: differ"]
    parts = [tables.table(header, counts)]
    differ = [
        [what, *(word.replace("_", " ") for word in words), f"{certainty:.2f}"]
        for what, words, certainty, different in rows
        if different
    ]
    if differ:
        parts.append(tables.table(["what differs", *found, "least certainty"], differ))
    same = sum(
        a[key].last.auc == b[key].last.auc for a, b in combinations(found.values(), 2) for key in a
    )
    pairs = 3 * len(next(iter(found.values())))
    parts.append(
        f"Of {pairs} pairs of runs {same} end with the same AUC to the last digit: the others are "
        "other runs, by rounding."
    )
    return "\n\n".join(parts)


def main():
    """Run, print and, if asked to, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the tables")
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="cores to use")
    parser.add_argument("--config", type=Path, default=ROOT / "config/config.yaml", help="a study")
    arguments = parser.parse_args()
    found = {name: run(name, arguments.config, arguments.cores) for name in SETS}
    text = report(found) + "\n\n" + tables.machine()
    print(text)
    if arguments.write:
        tables.write("reproducible", text)


if __name__ == "__main__":
    main()
