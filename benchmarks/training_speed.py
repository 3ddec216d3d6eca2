"""How long a training step takes: ours, other ways to write it, and the floor.

    python benchmarks/training_speed.py [--quick] [--write]

A step is one update of D and one of G. All contestants take turns on one core, one thread each.
README.md beside this file says how to read the tables.
"""

import argparse
import sys
from pathlib import Path

import tables
import yaml
from harness import ROOT, has, race, version

sys.path.insert(0, str(ROOT / "scripts"))

from collapse.planning.recipes import complete_recipe

PEERS = ROOT / "benchmarks" / ".venv" / "bin" / "python"
# Name -> (script, module that it needs from the peers' environment).
CONTESTANTS = {
    "the question's loop, `predict` + `train_on_batch`": ("question", None),
    "keras.io's GAN, `train_step` + `fit`": ("keras_io", None),
    "PyTorch, eager, fused Adam": ("pytorch_eager", "torch"),
    "TensorFlow, one graph loop": ("tensorflow_loop", None),
    "JAX, `jit` over `fori_loop`": ("jax_jit", "jax"),
    "ours": ("ours", None),
    "floor: products and normals alone": ("floor", None),
}
# Of each recipe: who takes part, with the target of its ratio to ours; the floor's is ours to it.
RACES = {
    "original": {
        "question": ">= 200",
        "keras_io": ">= 8",
        "pytorch_eager": ">= 4",
        "tensorflow_loop": None,
        "jax_jit": ">= 1.6",
        "ours": None,
        "floor": "<= 1.5",
    },
    "capable": {
        "keras_io": ">= 3",
        "pytorch_eager": None,
        "jax_jit": None,
        "ours": None,
        "floor": "<= 1.5",
    },
}


def shipped_recipe(name):
    """Return a complete recipe of config/recipes.yaml."""
    shipped = yaml.safe_load((ROOT / "config" / "recipes.yaml").read_text())
    return complete_recipe(name, {name: {}}, shipped)


def run_race(recipe, *, peers, seconds, rounds):
    """Race the contestants of a recipe, and check that all train the same networks.

    Args:
        recipe: A shipped recipe's name.
        peers: The Python that has PyTorch and JAX; those that it lacks are left out.
        seconds: How long a turn takes.
        rounds: Turns of each.
    """
    entries, task = {}, {"recipe": shipped_recipe(recipe)}
    for name, (script, module) in CONTESTANTS.items():
        if script not in RACES[recipe]:
            continue
        python = peers if module else sys.executable
        if module and not has(python, module):
            print(f"  {name} is left out: {python} has no {module}", file=sys.stderr)
            continue
        entries[name] = python, script, task
    results = race(entries, seconds=seconds, rounds=rounds)
    counts = {name: tuple(result.parameters) for name, result in results.items()}
    if len(set(counts.values())) != 1:
        message = f"Expected the same networks everywhere. Received parameters: {counts}"
        raise RuntimeError(message)
    return results


def report(recipe, results):
    """Return the table of a race."""
    ours, rows = results["ours"], []
    for name, result in results.items():
        target, ratio = RACES[recipe][CONTESTANTS[name][0]], result.best / ours.best
        if name == "ours":
            shown = "1"
        elif CONTESTANTS[name][0] == "floor":
            ratio = 1 / ratio
            shown = f"ours takes {ratio:.2f}x"
        else:
            shown = f"{ratio:.3g}x"
        rows.append(
            (
                name,
                f"{result.best:.3g}",
                f"{result.median:.3g}",
                shown,
                tables.verdict(ratio, target) if target else "",
            )
        )
    header = f"`{recipe}`", "CPU ms/step, best turn", "median", "ratio to ours", "target"
    return tables.table(header, rows)


def main():
    """Measure, print and, if asked to, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter turns")
    parser.add_argument("--write", action="store_true", help="write the tables into README.md")
    parser.add_argument("--recipe", choices=RACES, help="this one alone")
    parser.add_argument(
        "--peers", type=Path, default=PEERS, help="the Python with PyTorch and JAX (%(default)s)"
    )
    arguments = parser.parse_args()
    rounds, seconds = (3, 0.3) if arguments.quick else (12, 0.7)
    texts = []
    for recipe in [arguments.recipe] if arguments.recipe else RACES:
        print(f"Recipe {recipe}", file=sys.stderr)
        results = run_race(recipe, peers=arguments.peers, seconds=seconds, rounds=rounds)
        texts.append(report(recipe, results))
        busy = min(result.busy for result in results.values())
        texts.append(f"CPU time was {busy:.1%} of the time on the clock, or more.")
    versions = {"TensorFlow": version(sys.executable, "tensorflow-cpu")}
    for name, distribution in (("PyTorch", "torch"), ("JAX", "jax")):
        if has(arguments.peers, distribution):
            versions[name] = version(arguments.peers, distribution)
    texts.append(tables.machine(**versions))
    text = "\n\n".join(texts)
    print(text)
    if arguments.write:
        tables.write("training speed", text)


if __name__ == "__main__":
    main()
