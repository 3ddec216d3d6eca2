"""How near the events of config/pair.yaml are to real ones, judged by the muons that they mean."""

import argparse
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import tables
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from collapse.events import openings  # noqa: E402
from collapse.events.samples import read_samples  # noqa: E402
from collapse.events.store import open_events  # noqa: E402
from collapse.metrics.classifier import auc  # noqa: E402

DOCUMENT = ROOT / "benchmarks" / "quality.md"
MUON, EDGE, PT_MIN = 0.1056583745, 2.4, 3.0
REPEATS, FOLDS, DRAWN, MOST_AUC = 10, 5, 60_000, 0.55
# The muons' mass in GeV.
WINDOWS = {
    "J/psi": (2.95, 3.25),
    "psi(2S)": (3.6, 3.8),
    "Y(1S)": (9.25, 9.7),
    "Y(2S,3S)": (9.85, 10.5),
    "Z": (81.0, 101.0),
}


def muons(events):
    """Return eta1, eta2, dphi and the mass of the muons, float64 (n, 4), NaN where there are none.

    Args:
        events: float, shape (n, 5): mass, pt1, pt2, share, place.
    """
    mass, pt1, pt2, share, place = np.asarray(events, np.float64).T
    eta = (mass, pt1, pt2, share, place, MUON, EDGE)
    eta1, eta2 = openings.opening_eta1(*eta), openings.opening_eta2(*eta)
    phi = openings.opening_phi(mass, pt1, pt2, share, MUON, EDGE)
    # From the muons alone, and with no difference of large numbers.
    mt1, mt2 = np.hypot(pt1, MUON), np.hypot(pt2, MUON)
    y1, y2 = (np.arcsinh(np.sinh(e) * p / t) for e, p, t in ((eta1, pt1, mt1), (eta2, pt2, mt2)))
    own = MUON**2 * (1 + (pt1**2 + pt2**2 + MUON**2) / (mt1 * mt2 + pt1 * pt2))
    opening = mt1 * mt2 * np.sinh((y1 - y2) / 2) ** 2 + pt1 * pt2 * np.sin(phi / 2) ** 2
    return np.stack([eta1, eta2, phi, np.sqrt(2 * own + 4 * opening)], axis=1)


def derived(events):
    """Return the events with what follows from them as further columns."""
    return np.concatenate([np.asarray(events, np.float64), muons(events)], axis=1)


def outside(columns):
    """Return which events no detector could have recorded, of `derived` columns, bool (n,)."""
    slow = np.minimum(columns[:, 1], columns[:, 2]) < PT_MIN
    # What float32 rounds is on the edge.
    wide = np.abs(columns[:, 5:7]).max(axis=1) > EDGE + 1e-6
    return slow | wide


def window_row(real, generated):
    """Return each window's share of generated over real events, and whether it is met."""
    cells, met = [], True
    for low, high in WINDOWS.values():
        n, m = (int(((c[:, 8] >= low) & (c[:, 8] < high)).sum()) for c in (real, generated))
        ratio = (m / len(generated)) / (n / len(real))
        sigma = ratio * np.sqrt(1 / n + 1 / max(m, 1))
        ok = abs(ratio - 1) <= max(0.05, 3 * sigma)
        met &= ok
        cells.append(f"{ratio:.2f} ± {sigma:.2f}" + ("" if ok else " missed"))
    return cells, met


def judge(events_file, samples_file):
    """Return a run's row: AUCs of the repeats, events before the cuts, windows."""
    table = open_events(events_file)
    real = derived(np.concatenate([table.split("validation"), table.split("test")]))
    generated = derived(next(iter(read_samples(samples_file))).events)
    possible = np.isfinite(generated).all(axis=1)
    beyond = outside(generated) & possible
    swapped = generated[:, 1] < generated[:, 2]
    good = generated[possible & ~beyond & ~swapped]
    n = len(real)
    if len(good) < REPEATS * n:
        sys.exit(f"{samples_file} has {len(good)} events, and {REPEATS * n} are needed.")
    edges = [k * n for k in range(REPEATS + 1)]
    areas = [auc(real, good[a:b], FOLDS, seed) for seed, (a, b) in enumerate(pairwise(edges))]
    alone = auc(real[:, :5], good[:n, :5], FOLDS, 0)
    return {
        "n": n,
        "areas": areas,
        "features": alone,
        "outside": int(beyond.sum()),
        "impossible": int((~possible).sum()),
        "swapped": int((swapped & possible).sum()),
        "drawn": len(generated),
        "windows": window_row(real, good[: REPEATS * n]),
    }


def floor(events_file):
    """Return the AUC and the windows of training events, in the place of generated ones."""
    table = open_events(events_file)
    real = derived(np.concatenate([table.split("validation"), table.split("test")]))
    training = derived(table.split("train"))
    parts = [training[k : k + len(real)] for k in range(0, len(training) - len(real), len(real))]
    return np.mean([auc(real, part, FOLDS, 0) for part in parts]), window_row(real, training)[0]


def run(events, seeds, cores):
    """Train and sample by the workflow; return the events file and each seed's samples."""
    change = {
        "study": "quality",
        "seeds": seeds,
        "epochs": [1000],
        "evaluation": {"sample_events": DRAWN},
        # In the place of the study's cuts, so that what fails them is counted here.
        "generated": {"select": "mass > 0"},
    }
    if events is not None:
        change["datasets"] = {"dimuon": {"files": str(Path(events).resolve())}}
    folder = Path("results/quality")
    leg = f"{folder}/runs/dimuon/pair/seed{{}}/leg1000/samples.h5"
    targets = [leg.format(seed) for seed in seeds]
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary, "quality.yaml")
        file.write_text(yaml.safe_dump(change))
        command = ["snakemake", "--cores", cores, "--configfile", "config/pair.yaml", str(file)]
        subprocess.run([*command, "--", *targets], cwd=ROOT, check=True)
    return ROOT / folder / "data/dimuon/events.h5", dict(zip(seeds, targets, strict=True))


def main():
    """Run everything, print the table and, if asked to, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", help="a ROOT file of dimuons; by default the shipped sample")
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13, 14, 15])
    parser.add_argument("--cores", default="1")
    parser.add_argument("--write", action="store_true", help="write benchmarks/quality.md")
    arguments = parser.parse_args()
    events_file, samples = run(arguments.events, arguments.seeds, arguments.cores)
    rows = []
    for seed, file in samples.items():
        found = judge(events_file, ROOT / file)
        mean, spread = np.mean(found["areas"]), np.std(found["areas"])
        cells, met = found["windows"]
        rows.append(
            (
                f"seed {seed}",
                f"{mean:.3f} ± {spread:.3f}" + ("" if mean <= MOST_AUC else " missed"),
                f"{found['features']:.3f}",
                *cells,
                f"{found['outside']} of {found['drawn']}",
                f"{found['impossible']}, {found['swapped']}",
            )
        )
        print(rows[-1], "windows met" if met else "a window is missed", flush=True)
    header = ("run", "`auc_derived`", "`auc`", *WINDOWS, "outside", "impossible, swapped")
    area, cells = floor(events_file)
    rows.append(("training events", f"{area:.3f}", "", *cells, "", ""))
    text = (
        f"{found['n']} real events that were not trained on judge.\n\n{tables.table(header, rows)}"
    )
    print(text)
    if arguments.write:
        tables.write("quality", f"{text}\n\n{tables.machine()}", DOCUMENT)


if __name__ == "__main__":
    main()
