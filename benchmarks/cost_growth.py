"""How our engine's cost grows: steps/s against batch size, width, features and rows.

    python benchmarks/cost_growth.py [--quick] [--write]

Each series changes one size of the recipe `capable`. The events are a memory-mapped file.
"""

import argparse
import copy
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np
import tables
from harness import race, version
from training_speed import shipped_recipe

mpl.use("Agg")

import matplotlib.pyplot as plt

FIGURE = Path(__file__).parent / "cost_growth.png"
SERIES = {
    "batch size": [32, 128, 512, 2048],
    "width": [16, 64, 128, 256],
    "features": [2, 7, 20, 60],
    "rows": [10_000, 100_000, 1_000_000, 10_000_000],
}
_CHUNK = 1_000_000


def task(series, size, folder):
    """Return the arguments of a contestant's `Task` for one point."""
    recipe = copy.deepcopy(shipped_recipe("capable"))
    features, rows = 7, 100_000
    if series == "batch size":
        recipe["batch_size"] = size
    elif series == "width":
        for network in ("generator", "discriminator"):
            recipe[network]["hidden"] = [size] * len(recipe[network]["hidden"])
    elif series == "features":
        features = size
    else:
        rows = size
    mapped = _events(folder, rows, features)
    return {"recipe": recipe, "features": features, "rows": rows, "mapped": str(mapped)}


def _events(folder, rows, features):
    path = Path(folder) / f"{rows}x{features}.float32"
    if not path.exists():
        draw = np.random.default_rng(1)
        with path.open("wb") as file:
            for start in range(0, rows, _CHUNK):
                shape = min(_CHUNK, rows - start), features
                draw.standard_normal(shape, np.float32).tofile(file)
    return path


def report(series, results):
    """Return the table of a series."""
    header = [series, "steps/s, best turn", "median", "events/s"]
    memory = series == "rows"
    header += ["file, MB", "resident: own, MB", "resident: the file's pages, MB"] if memory else []
    rows = []
    for size, (result, recipe, features) in results.items():
        steps = 1000 / result.best
        row = [f"{size:,}", f"{steps:,.0f}", f"{1000 / result.median:,.0f}"]
        row.append(f"{steps * recipe['batch_size']:,.0f}")
        if memory:
            last = result.turns[-1]
            row.append(f"{size * features * 4 / 2**20:,.0f}")
            row += [f"{last['own']:,}", f"{last['file']:,}"] if "own" in last else ["?", "?"]
        rows.append(row)
    return tables.table(header, rows)


def draw(measured, path):
    """Draw steps/s against each size."""
    figure, panels = plt.subplots(1, len(measured), figsize=(12, 3.2), sharey=True)
    for panel, (series, results) in zip(panels, measured.items(), strict=True):
        speeds = [1000 / result.best for result, _, _ in results.values()]
        panel.plot(list(results), speeds, "o-", color="tab:blue")
        panel.set(xscale="log", yscale="log", xlabel=series)
        panel.minorticks_off()
        panel.set_xticks(list(results), [_short(size) for size in results])
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("steps/s")
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _short(size):
    """Write a size short.

    >>> _short(256), _short(10_000), _short(10_000_000)
    ('256', '$10^{4}$', '$10^{7}$')
    """
    return str(size) if size < 10_000 else f"$10^{{{round(np.log10(size))}}}$"


def main():
    """Measure, print and, if asked to, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer points, fewer turns")
    parser.add_argument("--write", action="store_true", help="write tables and plot")
    arguments = parser.parse_args()
    rounds, seconds = (2, 0.2) if arguments.quick else (6, 0.5)
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        for series, sizes in SERIES.items():
            print(f"Series {series}", file=sys.stderr)
            points = {
                size: task(series, size, folder) for size in sizes[:: 3 if arguments.quick else 1]
            }
            entries = {size: (sys.executable, "ours", point) for size, point in points.items()}
            results = race(entries, seconds=seconds, rounds=rounds)
            measured[series] = {
                size: (results[size], point["recipe"], point["features"])
                for size, point in points.items()
            }
    texts = [report(series, results) for series, results in measured.items()]
    texts.append(tables.machine(TensorFlow=version(sys.executable, "tensorflow-cpu")))
    text = "\n\n".join(texts)
    print(text)
    if arguments.write:
        draw(measured, FIGURE)
        tables.write("cost growth", text)


if __name__ == "__main__":
    main()
