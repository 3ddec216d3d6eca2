"""Is the diagnosis right? Collapses and faults of known strength, put into true events.

    python benchmarks/calibration.py [--quick] [--write] [--data FILE] [--runs FOLDER]

Nothing is trained here. `--data` adds the public CMS file of config/cms2012.yaml from a copy,
`--runs` tells where the workflow left the two studies of known behaviour, config/grid.yaml and
config/grid7.yaml.
"""

import argparse
import json
import logging
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import matplotlib as mpl
import numpy as np
import tables
import yaml
from collapse.config import load_study
from collapse.diagnosis import onset
from collapse.diagnosis.run import coverage_of_few
from collapse.diagnosis.tables import onset_in_words
from collapse.diagnosis.verdicts import Measured, differences, findings
from collapse.events.ingest import ingest
from collapse.events.mixture_simulation import simulate_mixture
from collapse.events.store import open_events
from collapse.metrics import neighbours, suite
from collapse.metrics.classifier import auc
from collapse.metrics.correlation import spearman
from collapse.metrics.tables import z
from injections import INJECTIONS, Trial, uncovered
from scipy.stats import binomtest

mpl.use("Agg")

import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parents[1]
FIGURE = Path(__file__).parent / "calibration.png"
# Of the strength in the config.
FACTORS = (0.5, 1.0, 1.5)
COUNTS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
TRACED = 500


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Args:
        events: Events on each side where strengths are put in.
        null: The same for truth against truth, where fewer events, with more noise, are harder.
        onset: The same for trajectories.
        trials: Trials at the strength itself.
        others: Trials at other strengths.
        nulls: Trials of truth against truth.
        trajectories: Trajectories with a fall, and as many without.
        draws: Draws behind the floors, of cheap and of dear metrics.
    """

    events: int = 5000
    null: int = 2500
    onset: int = 2500
    trials: int = 20
    others: int = 4
    nulls: int = 100
    trajectories: int = 10
    draws: tuple[int, int] = (200, 20)


QUICK = Sizes(1500, 1000, 1000, trials=4, others=2, nulls=5, trajectories=3, draws=(40, 5))


@dataclass
class Case:
    """A dataset.

    Args:
        name: Its name.
        path: Of its events file.
        settings: The config's `evaluation`.
        diagnosis: The config's `diagnosis`.
        floors: Size -> (metric, feature) -> mean and sd of truth against truth.
    """

    name: str
    path: Path
    settings: dict
    diagnosis: dict
    floors: dict = field(default_factory=dict)

    @cached_property
    def table(self):
        """The events file."""
        return open_events(self.path)

    @cached_property
    def events(self):
        """All events, float32 (n, d)."""
        return np.asarray(self.table.values)

    @property
    def names(self):
        """The features' names."""
        return self.table.names

    @cached_property
    def modes(self):
        """The known modes, or None."""
        return suite.modes_of(self.settings, self.names)

    @cached_property
    def free(self):
        """The columns that no mode is defined by."""
        used = set()
        if self.modes:
            used = set(getattr(self.modes, "columns", [])) or {w[0] for w in self.modes.windows}
        return sorted(set(range(len(self.names))) - used)

    @cached_property
    def highest_correlations(self):
        """The largest absolute rank correlation of each feature with another, float64 (d,)."""
        width = self.events.shape[1]
        return np.abs(spearman(self.events) - np.eye(width)).max(axis=0)

    def measure_floors(self, size, draws):
        """Measure the floors at a size."""
        counts = {"draws": draws[0], "dear_draws": draws[1]}
        rows = suite.floors(self.events, size, size, self.names, self.settings | counts, seed=0)
        self.floors[size] = {(row[0], row[1]): (row[2], row[3]) for row in rows}

    @cached_property
    def support(self):
        """The birthday estimate of truth, at the largest size."""
        return self.floors[max(self.floors)]["birthday_support", ""][0]

    @cached_property
    def tails(self):
        """The columns and quantiles whose floor lets a cut tail of the strength be seen."""
        strength = self.diagnosis["strengths"]["tail_cut"]
        floors, needed = self.floors[max(self.floors)], strength / (self.diagnosis["z"] + 2)
        return [
            (i, quantile)
            for i in self.free
            for quantile in (0.01, 0.99)
            if floors[f"tail_ratio_q{100 * quantile:02.0f}", self.names[i]][1] <= needed
        ]

    def split(self, size, rng):
        """Deal real events, training events, and a pool of others."""
        rows = rng.permutation(len(self.events))[: 6 * size]
        real, memory, pool = (self.events[part] for part in np.split(rows, [size, 2 * size]))
        return suite.Truth(real, memory, self.names, self.settings), memory, pool

    def beside_floors(self, values, size):
        """Put values beside their floors."""
        floors = self.floors[size]
        return {
            key: Measured(value, floors[key][0], z(value, *floors[key]))
            for key, value in values.items()
        }


def load_cases(folder, data=None):
    """Ingest the datasets as the workflow does.

    Args:
        folder: Where the events files go.
        data: A copy of the CMS file, or None.

    Returns:
        A list of `Case`: the shipped dimuon events, a grid of Gaussians, and a correlated normal
        distribution with one heavy tail, without modes.
    """
    folder = Path(folder)
    dimuon, grid = _study("config"), _study("grid")
    cases = [("dimuon", dimuon, dimuon["datasets"]["dimuon"])]
    if data:
        dataset = dimuon["datasets"]["dimuon"] | {"files": [str(data)], "max_events": 70_000}
        cases.append(("cms2012", dimuon, dataset))
    simulation = grid["simulations"]["grid"]
    simulate_mixture(folder / "grid.root", **simulation)
    dataset = grid["datasets"]["grid"] | {"files": [str(folder / "grid.root")]}
    cases.append(("grid", grid, dataset))
    normal = {"centres": [[0.0] * 4], "sd": 1.0}
    simulate_mixture(folder / "normal.root", events=40_000, mixture=normal, seed=2)
    features = {"a": "x1", "b": "0.8 * x1 + 0.6 * x2", "c": "x3", "d": "exp(x4 / 2)"}
    dataset = dataset | {
        "files": [str(folder / "normal.root")],
        "features": {name: {"expression": text} for name, text in features.items()},
    }
    plain = grid | {"evaluation": grid["evaluation"] | {"modes": None}}
    cases.append(("normal", plain, dataset))
    found = []
    for name, study, dataset in cases:
        ingest(dataset, folder / f"{name}.h5")
        found.append(Case(name, folder / f"{name}.h5", study["evaluation"], study["diagnosis"]))
    return found


def _study(name):
    return load_study(yaml.safe_load((ROOT / f"config/{name}.yaml").read_text()), ROOT)


def strength_of(case, kind):
    """Return a kind's strength in the config."""
    if kind == "modes_missing":
        return 1 - case.settings["least_mode_share"]
    return case.diagnosis["strengths"][kind]


def metrics_of_kinds(truth, generated):
    """Measure what kinds are named by, a third of the cost of everything.

    Returns:
        (metric, feature) -> float.
    """
    finite = np.isfinite(generated).all(axis=1)
    values = {("non_finite", ""): float(1 - finite.mean())}
    generated = generated[finite]
    values |= suite.cheap_metrics(truth, generated)
    scaled = truth.standardise(generated)
    prdc = neighbours.prdc(truth.scaled, scaled, (suite.K,), truth.radii[1:])[0]
    values |= {(name, ""): prdc[name] for name in ("precision", "recall")}
    values["birthday_support", ""] = neighbours.birthday_support(scaled, truth.gap)
    values["memorisation", ""] = neighbours.memorisation(scaled, truth.scaled_memory, truth.scaled)
    return values


def kinds_of(case, truth, generated, trial, seed=None):
    """Name the kinds, as `diagnose` does.

    Args:
        case: The dataset, its floors measured at the size of `truth`.
        truth: The `Truth`.
        generated: float, shape (m, d).
        trial: Where the events came from: the edges of the head, and what is beyond them.
        seed: Of the classifier, to be told what is `imperfect` as well.

    Returns:
        A list of kinds, the worst first.
    """
    values = metrics_of_kinds(truth, generated)
    if seed is not None:
        values["auc", ""] = auc(truth.real, generated, case.settings["folds"], seed)
    measured = case.beside_floors(values, len(truth.real))
    for feature, value, mean, sd in suite.pile_up(truth, generated, trial.edges, case.events):
        measured["pile_up", feature] = Measured(value, mean, z(value, mean, sd))
    strengths, least_z = case.diagnosis["strengths"], case.diagnosis["z"]
    least_share = case.settings["least_mode_share"]
    found = findings(measured, strengths, least_z, least_share, trial.unreachable)
    if seed is not None:
        found += differences(measured, strengths, least_z)
    return [finding.kind for finding in found]


def measure_power(case, sizes, seed=0):
    """Put in each kind, at each strength.

    Returns:
        A list of (injection, factor of the strength, kinds that were named, the worst first).
    """
    found = []
    for i in range(max(sizes.trials, sizes.others)):
        rng = np.random.default_rng([seed, i])
        truth, memory, pool = case.split(sizes.events, rng)
        for name, (kind, inject) in INJECTIONS.items():
            if "mode" in name and not case.modes:
                continue
            for factor in FACTORS:
                trials = sizes.trials if factor == 1 else sizes.others
                strength = factor * strength_of(case, kind)
                if i >= trials or strength > 1:
                    continue
                trial = Trial(pool, memory, sizes.events, case, rng)
                generated = inject(trial, strength)
                if generated is not None:
                    found.append((name, factor, kinds_of(case, truth, generated, trial)))
    return found


def measure_false_alarms(case, sizes, seed=1):
    """Compare truth with truth by all metrics that a verdict comes from.

    Returns:
        For each trial the kinds that were named, `imperfect` among them.
    """
    found = []
    for i in range(sizes.nulls):
        rng = np.random.default_rng([seed, i])
        truth, memory, pool = case.split(sizes.null, rng)
        trial = Trial(pool, memory, sizes.null, case, rng)
        # As of a head that reaches just what the events do.
        for name, low, high in zip(
            case.names, case.events.min(axis=0), case.events.max(axis=0), strict=True
        ):
            margin = 0.01 * (high - low) / 2
            trial.edges[name] = [low, low + margin, high - margin, high]
        found.append(kinds_of(case, truth, trial.truth, trial, seed=i))
    return found


@dataclass(frozen=True)
class Trajectory:
    """A run that nobody trained: it learns, and may fall and come back.

    Args:
        case: The dataset.
        pool: True events to make its own from.
        seed: Of the run.
        lost: The share of the modes that the fall costs.
        fall: The first epoch at which they are lost, or None.
        back: The first at which they are there again, or None.
    """

    case: Case
    pool: np.ndarray
    seed: tuple[int, ...]
    lost: float
    fall: int | None = None
    back: int | None = None

    def generate(self, epoch, count):
        """Return so many events of an epoch."""
        rng = np.random.default_rng([*self.seed, epoch, count])
        fallen = self.fall is not None and self.fall <= epoch < (self.back or np.inf)
        # What is not yet covered at the beginning must not count as collapsed.
        lost = 0.8 - 0.3 * epoch if epoch < 3 else self.lost if fallen else 0.0
        if lost <= 0:
            return rng.choice(self.pool, count, replace=False)
        # The same modes from one epoch to the next.
        trial = Trial(self.pool, None, count, self.case, np.random.default_rng(self.seed))
        return rng.choice(uncovered(trial, lost), count, replace=False)


def measure_onsets(case, sizes, seed=2):
    """Let trajectories learn, half of them fall at a known epoch, and half of these come back.

    Returns:
        A list of (`Trajectory`, the falls that were found).
    """
    found, size = [], sizes.onset
    name = "modes_share" if case.modes else "recall"
    noise = case.floors[size][name, ""][1]
    traced = sorted({0, *(round(10 ** (i / 40)) for i in range(81))})
    for i in range(2 * sizes.trajectories):
        rng = np.random.default_rng([seed, i])
        truth, _, pool = case.split(size, rng)
        fall = int(rng.integers(6, 70)) if i % 2 else None
        back = int(rng.integers(fall + 1, 101)) if i % 4 == 1 else None
        run = Trajectory(case, pool, (seed, i), float(rng.choice([0.2, 0.5])), fall, back)
        coverage = [_coverage(case, truth, run.generate(count, size), name) for count in COUNTS]
        sets = [run.generate(epoch, TRACED) for epoch in traced]
        trace = traced, coverage_of_few(sets, case.table, case.settings)
        strength = case.diagnosis["strengths"]["onset"]
        found.append((run, onset.falls(COUNTS, coverage, noise, strength, trace)))
    return found


def _coverage(case, truth, generated, name):
    if case.modes:
        return case.modes.measure(truth.real, generated)[name]
    around, scaled = truth.radii[1:], truth.standardise(generated)
    return neighbours.prdc(truth.scaled, scaled, (suite.K,), around)[0][name]


def onset_score(found):
    """Count trajectories: falls found in the right bracket, by the trace within it, false ones.

    Returns:
        A dict of counts.
    """
    score = Counter()
    for run, falls in found:
        fall, back = run.fall, run.back
        if fall is None:
            score["without"] += 1
            score["false"] += bool(falls)
            continue
        # A fall that is over before the next count can't be seen.
        seen = next(count for count in COUNTS if count >= fall)
        if back is not None and back <= seen:
            continue
        score["with"] += 1
        first = falls[0] if falls else None
        right = first is not None and first.low < fall <= first.high
        score["right"] += right
        score["one only"] += len(falls) == 1
        score["placed"] += right and abs(first.onset - fall) <= max(1, 0.06 * fall)
        if right and back is not None:
            expected = next((count for count in COUNTS if count >= back), None)
            score["recoveries"] += 1
            score["recovered"] += first.recovery == expected
    return score


def share(count, total):
    """Write a share with its count, and the bound that it is below at 95 % where it is none.

    >>> share(29, 30), share(0, 150)
    ('97 % (29/30)', '0 % (0/150, below 2.0 %)')
    """
    if not total:
        return "-"
    text = f"{100 * count / total:.0f} % ({count}/{total}"
    if count:
        return text + ")"
    high = binomtest(0, total).proportion_ci(0.9, method="exact").high
    return f"{text}, below {100 * high:.1f} %)"


def report(results):
    """Return the tables.

    Args:
        results: For each `Case`: power, false alarms and onsets, as measured.
    """
    names = [case.name for case, *_ in results]
    rows = [["any kind"], ["not `healthy`"]]
    every = [named for _, _, alarms, _ in results for named in alarms]
    for alarms in (*(alarms for _, _, alarms, _ in results), every):
        kinds = [[kind for kind in named if kind != "imperfect"] for named in alarms]
        rows[0].append(share(sum(map(bool, kinds)), len(alarms)))
        rows[1].append(share(sum(map(bool, alarms)), len(alarms)))
    parts = [tables.table(["truth against truth", *names, "all"], rows)]
    rows = []
    for name, (kind, _) in INJECTIONS.items():
        cells, right, total = [], 0, 0
        for _, power, _, _ in results:
            kinds = [named for n, factor, named in power if (n, factor) == (name, 1)]
            cells.append(share(sum(kind in k for k in kinds), len(kinds)))
            right, total = right + sum(k[:1] == [kind] for k in kinds), total + len(kinds)
        if not total:
            continue
        strength = f"{strength_of(results[0][0], kind):g}"
        rows.append([f"`{kind}`: {name}", strength, *cells, share(right, total)])
    parts.append(tables.table(["put in", "strength", *names, "named first"], rows))
    rows = []
    every = [one for *_, found in results for one in found]
    for name, found in (*((case.name, found) for case, *_, found in results), ("all", every)):
        s = onset_score(found)
        recovered = share(s["recovered"], s["recoveries"])
        placed, right = share(s["placed"], s["with"]), share(s["right"], s["with"])
        rows.append([name, right, placed, recovered, share(s["false"], s["without"])])
    header = ["onset", "in its bracket", "placed by the trace", "recovery at its count", "false"]
    parts.append(tables.table(header, rows))
    hidden = [
        f"{case.name}'s {case.names[i]} at {100 * quantile:g} %"
        for case, *_ in results
        for i in case.free
        for quantile in (0.01, 0.99)
        if (i, quantile) not in case.tails
    ]
    if hidden:
        parts.append(f"Tails whose floor is too wide for the strength: {', '.join(hidden)}.")
    return "\n\n".join(parts)


def trained(folder):
    """Return a table of the runs of known behaviour that the workflow has diagnosed in a folder."""
    rows = []
    for path in sorted(Path(folder).glob("results/grid*/runs/*/*/seed*/diagnosis.json")):
        run = json.loads(path.read_text())
        covered = ", ".join(f"{c['epoch']}: {100 * c['coverage']:.0f}" for c in run["checkpoints"])
        words = []
        for verdict, group in groupby(run["checkpoints"], key=lambda c: c["verdict"]):
            epochs = [checkpoint["epoch"] for checkpoint in group]
            words.append(f"{epochs[0]}-{epochs[-1]} `{verdict}`")
        falls = [
            onset_in_words(fall) + (f", back at {fall['recovery']}" if fall["recovery"] else "")
            for fall in run["falls"]
        ]
        name = f"{path.parts[-6]}, seed {run['seed']}"
        rows.append([name, covered, ", ".join(words), "; ".join(falls) or "none"])
    return tables.table(["run", "modes, %", "verdicts", "onset"], rows)


def draw(results, path):
    """Draw power against strength, and the onsets that were found against the true ones."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    powers = [one for _, power, *_ in results for one in power]
    for i, (name, (kind, _)) in enumerate(INJECTIONS.items()):
        points = []
        for factor in FACTORS:
            hits = [kind in named for n, f, named in powers if (n, f) == (name, factor)]
            if hits:
                points.append((factor + 0.012 * (i - 4), np.mean(hits)))
        if points:
            left.plot(*zip(*points, strict=True), "o-", ms=4, lw=1, label=name)
    left.axhline(0.95, color="0.5", lw=0.8, ls="--")
    left.set(xlabel="strength put in / strength in the config", ylabel="share named")
    left.set_ylim(-0.03, 1.03)
    left.legend(fontsize=7, loc="center right")
    for case, *_, found in results:
        seen = [(run.fall, falls[0].onset) for run, falls in found if run.fall and falls]
        true, told = np.reshape(seen, (-1, 2)).T
        right.plot(true, told, "o", ms=4, alpha=0.7, label=case.name)
    right.plot((5, 100), (5, 100), color="0.5", lw=0.8)
    right.set(xscale="log", yscale="log", xlabel="epoch of the fall", ylabel="onset found")
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def calibrate(cases, sizes):
    """Measure everything.

    Returns:
        A list of (`Case`, power, false alarms, onsets).
    """
    results = []
    for case in cases:
        for size in {sizes.events, sizes.null, sizes.onset}:
            case.measure_floors(size, sizes.draws)
        steps = [
            measure_power(case, sizes),
            measure_false_alarms(case, sizes),
            measure_onsets(case, sizes),
        ]
        print(f"Calibrated {case.name}", file=sys.stderr)
        results.append((case, *steps))
    return results


def main():
    """Calibrate, print and, if asked to, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few trials of few events")
    parser.add_argument("--write", action="store_true", help="write tables and plot")
    parser.add_argument("--data", type=Path, help="a copy of the CMS file")
    parser.add_argument("--runs", type=Path, help="where the studies of grids were run")
    arguments = parser.parse_args()
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        cases = load_cases(folder, arguments.data)
        results = calibrate(cases, QUICK if arguments.quick else Sizes())
        text = report(results) + "\n\n" + tables.machine()
    print(text)
    runs = trained(arguments.runs) if arguments.runs else None
    if runs:
        print(runs)
    if arguments.write:
        draw(results, FIGURE)
        tables.write("calibration", text)
        if runs:
            tables.write("trained", runs)


if __name__ == "__main__":
    main()
