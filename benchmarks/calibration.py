"""Is the diagnosis right? Faults of known truth, put into true events, and GANs of known behaviour.

    python benchmarks/calibration.py [--quick] [--write] [--runs FOLDER] [--foreign PYTHON]

Nothing is trained here. `--runs` tells where the workflow left the two studies of known behaviour,
config/grid.yaml and config/grid7.yaml; `--foreign` names a Python that has PyTorch, for
foreign_gans.py.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import groupby
from pathlib import Path

# Two processes share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import h5py
import matplotlib as mpl
import numpy as np
import tables
import yaml
from adversaries import ADVERSARIES
from collapse.diagnosis.evidence import Evidence, Measured, Region
from collapse.diagnosis.kinds import ADDING
from collapse.diagnosis.results import FELL, Run
from collapse.diagnosis.run import diagnose_run
from collapse.diagnosis.verdicts import judge
from collapse.events.store import open_events
from collapse.metrics import regions
from collapse.metrics.comparison import sizes_of
from collapse.metrics.floors import beside_floors, measure_truth
from collapse.metrics.truth import Population, Truth
from collapse.mixture import draw, grid
from collapse.planning.config import load_study
from collapse.report.sentences import onset_in_words
from injections import INJECTIONS
from scipy.stats import binomtest

from scripts.ingest import ingest

mpl.use("Agg")

import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parents[1]
FIGURE = Path(__file__).parent / "calibration.png"
CASES = (*INJECTIONS, *ADVERSARIES)
# Of a run that is good by 10, has the fault at 30 and 60, and is good again at 100.
COUNTS = (1, 3, 10, 30, 60, 100)
# Settings that each case is tried in, at most.
_SETTINGS = 6


@dataclass(frozen=True)
class Setting:
    """A dataset at a size, with or without its windows.

    Args:
        dataset: A key of `load`.
        size: Events on each side.
        windows: Whether its windows, or modes, are configured.
    """

    dataset: str
    size: int
    windows: bool = True

    @property
    def is_slow(self):
        """Whether a trial takes a second or more."""
        return self.dataset == "wide" or self.size > 5000

    @property
    def name(self):
        """How tables call it."""
        return f"{self.dataset}, n = {self.size:,}" + ("" if self.windows else ", no windows")


SETTINGS = (
    Setting("dimuon", 2000),
    Setting("dimuon", 2000, windows=False),
    Setting("wide", 2000),
    Setting("peak", 2000),
    Setting("grid", 10_000),
    Setting("dimuon", 500),
    Setting("grid", 2000),
    Setting("wide", 500),
    Setting("peak", 10_000, windows=False),
)


@dataclass(frozen=True)
class Sizes:
    """How much is tried.

    Args:
        draws: Trials of each case in a setting; half as many in those that take longest.
        nulls: Truth against truth in a setting.
        floors: Draws behind the floors, of cheap and of slow metrics.
        settings: Which settings.
    """

    draws: int = 20
    nulls: int = 60
    floors: tuple[int, int] = (100, 20)
    settings: tuple = SETTINGS


QUICK = Sizes(draws=2, nulls=4, floors=(30, 5), settings=SETTINGS[:2])


@dataclass
class Trial:
    """What an injection works with; see `adversaries.py`."""

    pool: np.ndarray
    memory: np.ndarray
    size: int
    rng: np.random.Generator
    names: list
    windows: dict


def load(name):
    """Return a dataset: its events, float32 (n, d), the features' names, and the evaluation."""
    study = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    if name == "dimuon":
        complete = load_study(study, ROOT)
        with tempfile.TemporaryDirectory() as folder:
            ingest(dataset=complete["datasets"]["dimuon"], path=Path(folder) / "events.h5")
            table = open_events(Path(folder) / "events.h5")
            return np.array(table.values), table.names, complete["evaluation"]
    rng = np.random.default_rng(7)
    evaluation = load_study(study, ROOT)["evaluation"] | {"windows": {}}
    if name == "grid":
        modes = {
            "features": ["x1", "x2"],
            "sd": 0.1,
            "layout": {"grid": {"side": 5, "spacing": 1.5}},
        }
        events = draw(grid(5, 1.5), 0.1, 60_000, seed=1)[0]
        return np.float32(events), ["x1", "x2"], evaluation | {"modes": modes}
    if name == "peak":
        events = rng.exponential(20.0, 60_000)
        inside = rng.random(60_000) < 0.15
        events[inside] = rng.normal(30.0, 0.5, inside.sum())
        windows = {"peak": {"feature": "x", "low": 28.5, "high": 31.5}}
        return np.float32(events[:, None]), ["x"], evaluation | {"windows": windows}
    mixing = np.eye(28) + 0.3 * rng.normal(size=(28, 28))
    events = rng.normal(size=(30_000, 28)) @ mixing
    events[:, :7] = np.exp(0.4 * events[:, :7])
    events[:, 7] = rng.uniform(-3, 3, len(events))
    events[:, 8] = rng.integers(0, 3, len(events))
    return np.float32(events), [f"f{i}" for i in range(28)], evaluation


class Laboratory:
    """A setting with its floors, in which cases are judged.

    Args:
        setting: A `Setting`.
        floors: Draws of cheap and of slow metrics.
    """

    def __init__(self, setting, floors):
        self.setting = setting
        self.events, self.names, evaluation = load(setting.dataset)
        draws = {"draws": floors[0], "slow_draws": floors[1], "events": setting.size}
        evaluation = evaluation | draws
        self.settings = (
            evaluation if setting.windows else evaluation | {"windows": {}, "modes": None}
        )
        self.diagnosis = load_study(
            yaml.safe_load((ROOT / "config/config.yaml").read_text()), ROOT
        )["diagnosis"]
        # Real events to judge by, training events, and a pool of others to put faults into.
        deal = np.random.default_rng(0).permutation(len(self.events))
        size = setting.size
        train = min(15_000, len(deal) - 4 * size, max(2 * size, len(deal) // 3))
        self.real, self.train = self.events[deal[:size]], self.events[deal[size : size + train]]
        self.pool = self.events[deal[size + train :]]

    @cached_property
    def truth(self):
        """The real side, as `evaluate` has it."""
        population = Population(self.events, self.names, self.settings)
        memory, training = self.train[: self._sizes.memory], self.train[: self._sizes.training]
        return Truth(self.real, memory, self.names, self.settings, population, training)

    @property
    def _sizes(self):
        return sizes_of(len(self.events), len(self.train), self.setting.size, self.settings)

    @cached_property
    def known(self):
        """The floors."""
        rows = measure_truth(self.events, self._sizes, self.names, self.settings, judging=True)
        return {(row[0], row[1]): (row[2], row[3], row[-3]) for row in rows}

    @cached_property
    def windows(self):
        """Window -> its column and edges."""
        return {
            name: (self.names.index(w["feature"]), w["low"], w["high"])
            for name, w in self.settings["windows"].items()
        }

    def trial(self, seed):
        """Deal the pool anew."""
        rng = np.random.default_rng([5, *seed])
        pool = self.pool[rng.permutation(len(self.pool))]
        return Trial(pool, self.train, self.setting.size, rng, self.names, self.windows)

    def evidence(self, generated):
        """Measure events as `evaluate` does."""
        generated = np.float32(generated)
        measured = {
            (row[0], row[1]): Measured(*row[2:])
            for row in beside_floors(self.truth, generated, self.known, judging=True)
        }
        least = self.settings["least_mode_share"]
        kept = [field.name for field in fields(Region) if field.name in regions.COLUMNS]
        rows = regions.region_rows(self.truth.real, generated, self.names, least)
        named = [dict(zip(regions.COLUMNS, row, strict=True)) for row in rows]
        found = tuple(Region(**{name: row[name] for name in kept}) for row in named)
        windows = {name: w["feature"] for name, w in self.settings["windows"].items()}
        finite = max(int(np.isfinite(generated).all(axis=1).sum()), 1)
        return Evidence(measured, found, windows, self.diagnosis["z"], finite)

    def judge(self, evidence):
        """Give a verdict."""
        least = self.settings["least_mode_share"]
        return judge(evidence, self.diagnosis["strengths"], least)

    def diagnose(self, counts, evidence):
        """Diagnose a run of so many checkpoints."""
        return diagnose_run(
            list(counts), [0] * len(counts), evidence, self.diagnosis["strengths"],
            self.settings["least_mode_share"], dataset=self.setting.dataset, recipe="case", seed=1,
            events=self.setting.size,
        )  # fmt: skip


def choose(settings):
    """Return the settings of each case: six of those in which it has a place, dealt in turn."""
    laboratories = [Laboratory(setting, (0, 0)) for setting in settings]
    found = {}
    for place, case in enumerate(CASES):
        fit = [
            lab.setting for lab in laboratories if case.inject(lab.trial([0, place])) is not None
        ]
        begin = place % max(len(fit), 1)
        found[case.name] = (fit[begin:] + fit[:begin])[:_SETTINGS]
    return found


def try_setting(setting, sizes, chosen):
    """Try all cases of a setting, and truth.

    Args:
        setting: A `Setting`.
        sizes: `Sizes`.
        chosen: Case -> its settings.

    Returns:
        A dict: `truth`, rows of (verdict, certainty, what differs); `cases`, rows of (name,
        verdict, right, certainty); `runs`, rows of (name, onset right, recovery right, outcome);
        `quiet`, the outcomes of runs of truth alone.
    """
    lab = Laboratory(setting, sizes.floors)
    truth, good, cases, runs = [], [], [], []
    for i in range(sizes.nulls):
        trial = lab.trial([0, i])
        evidence = lab.evidence(trial.pool[: setting.size])
        said = lab.judge(evidence)
        why = [(f.kind, f.metric, f.feature) for f in said.findings[:1]]
        truth.append((said.verdict, said.certainty, why))
        good.append(evidence)
    rng = np.random.default_rng(1)
    for place, case in enumerate(CASES):
        if setting not in chosen[case.name]:
            continue
        faulty = []
        for i in range(-(-sizes.draws // (2 if setting.is_slow else 1))):
            generated = case.inject(lab.trial([1 + place, i]))
            if generated is None:
                continue
            evidence = lab.evidence(generated)
            said = lab.judge(evidence)
            right = said.verdict in case.accepted
            cases.append((case.name, said.verdict, right, said.certainty))
            faulty.append(evidence)
        # What only adds events, such as copies, loses nothing, and is no fall.
        if case.accepted & {"healthy", "imperfect", *ADDING}:
            continue
        for i in range(0, len(faulty) - 1, 2):
            parts = [good[k] for k in rng.choice(len(good), 4, replace=False)]
            run = lab.diagnose(COUNTS, [*parts[:3], faulty[i], faulty[i + 1], parts[3]])
            fall = run.fall
            onset = fall is not None and (fall.low, fall.high) == (10, 30)
            back = fall is not None and fall.recovery == 100 and len(run.falls) == 1
            runs.append((case.name, onset, back, run.outcome))
    quiet = [lab.diagnose(COUNTS, good[i : i + 6]).outcome for i in range(0, len(good) - 5, 6)]
    print(f"Calibrated {setting.name}", file=sys.stderr)
    return {"truth": truth, "cases": cases, "runs": runs, "quiet": quiet}


def calibrate(sizes, workers=2):
    """Try everything.

    Returns:
        Setting's name -> what `try_setting` returned.
    """
    chosen = choose(sizes.settings)
    # The longest first.
    order = sorted(sizes.settings, key=lambda s: -s.size * (1 + 10 * (s.dataset == "wide")))
    if workers == 1:
        return {s.name: try_setting(s, sizes, chosen) for s in order}
    # Ingestion and the like tell what they do, many times.
    with ProcessPoolExecutor(workers, None, logging.disable, (logging.WARNING,)) as pool:
        each = [sizes] * len(order), [chosen] * len(order)
        found = dict(zip(order, pool.map(try_setting, order, *each), strict=True))
    return {setting.name: found[setting] for setting in sizes.settings}


def share(count, total):
    """Write a share with its count and its interval at 95 % (Wilson).

    >>> share(29, 30), share(0, 400)
    ('97 % (29/30; 83-99)', '0 % (0/400; 0-1)')
    """
    if not total:
        return "-"
    interval = binomtest(count, total).proportion_ci(method="wilson")
    low, high = round(100 * interval.low), round(100 * interval.high)
    return f"{100 * count / total:.0f} % ({count}/{total}; {low}-{high})"


def report(results):
    """Return the tables."""
    rows = []
    for name, found in [*results.items(), ("all", _together(results))]:
        alarms = sum(verdict != "healthy" for verdict, *_ in found["truth"])
        kinds = sum(verdict not in {"healthy", "imperfect"} for verdict, *_ in found["truth"])
        fell = sum(outcome in FELL for outcome in found["quiet"])
        n = len(found["truth"])
        rows.append([name, share(kinds, n), share(alarms, n), share(fell, len(found["quiet"]))])
    parts = [tables.table(["truth against truth", "any kind", "not `healthy`", "falls"], rows)]
    everything = _together(results)
    rows = []
    for case in CASES:
        tried = [row for row in everything["cases"] if row[0] == case.name]
        runs = [row for row in everything["runs"] if row[0] == case.name]
        if not tried:
            continue
        others = Counter(verdict for _, verdict, right, _ in tried if not right)
        said = ", ".join(f"`{verdict}` {count}" for verdict, count in others.most_common(3))
        expected = ", ".join(f"`{kind}`" for kind in sorted(case.accepted))
        rows.append(
            [
                f"{case.name}: {expected}", share(sum(r for _, _, r, _ in tried), len(tried)),
                share(sum(o for _, o, _, _ in runs), len(runs)),
                share(sum(b for _, _, b, _ in runs), len(runs)), said or "-",
            ]
        )  # fmt: skip
    header = ["put in: right", "named first", "onset in its bracket", "recovery at its count",
              "what else was named"]  # fmt: skip
    parts.append(tables.table(header, rows))
    rows = []
    for title, names in (
        ("those of the check", {case.name for case in INJECTIONS}),
        ("those of the adversary", {case.name for case in ADVERSARIES}),
    ):
        tried = [row for row in everything["cases"] if row[0] in names]
        runs = [row for row in everything["runs"] if row[0] in names]
        mostly = [
            np.mean([r for name, _, r, _ in tried if name == n]) > 0.5
            for n in dict.fromkeys(name for name, *_ in tried)
        ]
        rows.append(
            [
                title, share(sum(mostly), len(mostly)),
                share(sum(r for _, _, r, _ in tried), len(tried)),
                share(sum(o for _, o, _, _ in runs), len(runs)),
            ]
        )  # fmt: skip
    header = ["", "cases that are mostly right", "trials right", "onsets right"]
    parts.insert(1, tables.table(header, rows))
    sure = [(right, certainty) for _, _, right, certainty in everything["cases"]]
    rows = []
    for low, high in ((0.0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 1.01)):
        inside = [right for right, certainty in sure if low <= certainty < high]
        rows.append(
            [f"{low:g} to {min(high, 1):g}", str(len(inside)), share(sum(inside), len(inside))]
        )
    parts.append(tables.table(["certainty of the verdict", "trials", "right"], rows))
    return "\n\n".join(parts)


def _together(results):
    return {
        key: [row for found in results.values() for row in found[key]]
        for key in ("truth", "cases", "runs", "quiet")
    }


def trained(folder):
    """Return a table of the runs of known behaviour that the workflow has diagnosed in a folder."""
    rows = []
    for path in sorted(Path(folder).glob("results/grid*/runs/*/*/seed*/diagnosis.json")):
        run = Run.load(path)
        rows.append([f"{path.parts[-6]}, seed {run.seed}", *_course(run)])
    return tables.table(["run", "covered, %", "verdicts", "outcome", "falls"], rows)


def _course(run):
    covered = ", ".join(f"{c.epoch}: {100 * c.coverage:.0f}" for c in run.checkpoints)
    words = []
    for verdict, group in groupby(run.checkpoints, key=lambda c: c.verdict):
        epochs = [checkpoint.epoch for checkpoint in group]
        words.append(f"{epochs[0]}-{epochs[-1]} `{verdict}`")
    falls = [
        onset_in_words(fall) + (f", back at {fall.recovery}" if fall.recovery else "")
        for fall in run.falls
    ]
    outcome = f"{run.outcome} ({run.certainty:.2f})"
    return covered, ", ".join(words), outcome, "; ".join(falls) or "none"


def foreign(python):
    """Train the GANs of other codes, and return a table of their diagnoses.

    Args:
        python: A Python that has PyTorch.
    """
    lab = Laboratory(Setting("dimuon", 2000), (100, 20))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        study = load_study(yaml.safe_load((ROOT / "config/config.yaml").read_text()), ROOT)
        events = Path(folder) / "events.h5"
        ingest(dataset=study["datasets"]["dimuon"], path=events)
        script = Path(__file__).parent / "foreign_gans.py"
        subprocess.run([python, str(script), str(events), folder], check=True)
        for kind in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
            files = sorted(kind.glob("epoch*.h5"), key=lambda path: int(path.stem[5:]))
            evidence = [lab.evidence(_read(file, lab.names)[:2000]) for file in files]
            run = lab.diagnose([int(file.stem[5:]) for file in files], evidence)
            rows.append([kind.name, *_course(run)])
    return tables.table(["GAN of another code", "covered, %", "verdicts", "outcome", "falls"], rows)


def _read(path, names):
    with h5py.File(path) as file:
        return np.stack([file[name][()] for name in names], axis=1)


def figure(results, path):
    """Draw how often each case is named first, and its onset found."""
    everything = _together(results)
    names = [case.name for case in CASES if any(row[0] == case.name for row in everything["cases"])]
    drawing, axes = plt.subplots(figsize=(7, 0.19 * len(names) + 1))
    for line, name in enumerate(names):
        for rows, marker, colour, label in (
            (everything["cases"], "o", "#00437c", "right kind first"),
            (everything["runs"], "|", "#d6402b", "onset in its bracket"),
        ):
            place = 2 if marker == "o" else 1
            right = [row[place] for row in rows if row[0] == name]
            if right:
                spread = binomtest(sum(right), len(right)).proportion_ci(method="wilson")
                axes.plot([spread.low, spread.high], [line, line], color=colour, lw=0.8)
                axes.plot(
                    [np.mean(right)], [line], marker, color=colour, ms=5 if marker == "o" else 9,
                    label=label if line == 0 else None,
                )  # fmt: skip
    axes.set_yticks(range(len(names)), labels=names, fontsize=7)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(names) - 0.5, -0.5), xlabel="share of trials")
    axes.legend(fontsize=7, loc="lower left")
    drawing.tight_layout()
    drawing.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(drawing)


def main():
    """Calibrate, print and, if asked to, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few trials")
    parser.add_argument("--write", action="store_true", help="write tables and plot")
    parser.add_argument("--runs", type=Path, help="where the studies of grids were run")
    parser.add_argument("--foreign", help="a Python that has PyTorch")
    arguments = parser.parse_args()
    results = calibrate(QUICK if arguments.quick else Sizes())
    text = report(results) + "\n\n" + tables.machine()
    print(text)
    runs = trained(arguments.runs) if arguments.runs else None
    others = foreign(arguments.foreign) if arguments.foreign else None
    for part in (runs, others):
        if part:
            print(part)
    if arguments.write:
        figure(results, FIGURE)
        tables.write("calibration", text)
        if runs:
            tables.write("trained", runs)
        if others:
            tables.write("foreign", others)


if __name__ == "__main__":
    main()
