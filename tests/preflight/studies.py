"""Studies for the tests of the preflight, of events in memory."""

import copy

import numpy as np
from collapse.planning.config import load_study
from collapse.preflight.inspect import inspect
from collapse.scaling import fit_scaler

N = 4000


def columns(**more):
    """Six independent normal features, without what fortune adds, and more."""
    rng = np.random.default_rng(5)
    return {name: rng.normal(size=N) for name in "abcdef"} | more


class Study:
    """A study whose events are columns in memory, and which can be changed as a user would."""

    def __init__(self, root, columns, raw):
        self.root, self.columns, self.raw = root, columns, raw

    def changed(self, change):
        """Apply a merge patch."""
        return Study(self.root, self.columns, merge_patch(copy.deepcopy(self.raw), change))

    def report(self, name):
        study = load_study(self.raw, self.root)
        ((dataset, options),) = study["datasets"].items()
        names = list(options["features"])
        values = np.stack([self.columns[n] for n in names], axis=1).astype(np.float32)
        lost = np.isin(values, np.array(options["sentinels"], np.float32)).any(axis=1)
        values = values[~lost]
        recipe = study["recipes"][name]
        scaler = fit_scaler(values, names, study["scalers"][recipe["scaler"]])
        return inspect(
            values, scaler.transform(values), names, dataset=dataset, name=name, recipe=recipe,
            windows=study["evaluation"]["windows"], sentinels=options["sentinels"],
        )  # fmt: skip


def merge_patch(target, patch):
    """RFC 7396."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            target[key] = merge_patch(target.get(key) or {}, value)
        else:
            target[key] = value
    return target


def make_study(root, columns, windows=(), **recipes):
    features = {name: {"expression": name} for name in columns}
    raw = {
        "study": "toy", "seeds": [1], "epochs": [1],
        "datasets": {"toy": {"files": "toy.h5", "features": features}},
        "recipes": recipes or {"original": {}, "capable": {}},
        "evaluation": {"windows": dict(windows)},
    }  # fmt: skip
    return Study(root, columns, raw)


def kinds(report):
    return [finding["kind"] for finding in report["findings"]]


def find(report, kind):
    (found,) = [finding for finding in report["findings"] if finding["kind"] == kind]
    return found
