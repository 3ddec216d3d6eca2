import json
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import yaml
from collapse.events.store import open_events
from collapse.planning.config import load_study
from collapse.preflight.inspect import as_line, inspect
from collapse.preflight.summary import summarise
from collapse.scaling import fit_scaler

from scripts.ingest import ingest
from tests.preflight.studies import N, columns, find, kinds, make_study

WINDOWS = {
    "low": {"feature": "a", "low": -9.0, "high": 0.0},
    "rare": {"feature": "a", "low": 2.2, "high": 9.0},
}


@pytest.fixture
def study(root):
    return partial(make_study, root)


def test_the_questions_recipe_is_answered(study):
    report = study(columns(), {"low": WINDOWS["low"]}).report("original")
    assert kinds(report) == [
        "support_truncated", "bottleneck", "blind_discriminator", "weak_discriminator",
    ]  # fmt: skip
    truncated = find(report, "support_truncated")
    assert truncated["value"] == report["reach"]["unreachable"]
    assert truncated["value"] == pytest.approx(1 - 0.6827**6, abs=0.02)
    assert set(truncated["features"]) == set("abcdef")
    for words in (
        "out of reach of the tanh head on the scaler standard",
        "That is no mode collapse, and no training time cures it",
        "at every epoch the overlays end in hard edges",
        f"the best classifier is at least {report['reach']['auc']:.3f}",
        "the KS distance of",
        "With `scaler: minmax`, too, tanh would reach them all.",
    ):
        assert words in truncated["finding"]
    assert truncated["cure"] == "generator: {head: linear}"
    assert "A layer of width 5 confines" in find(report, "bottleneck")["finding"]
    assert "takes 4 weighted sums of 6 features" in find(report, "blind_discriminator")["finding"]
    assert "4 units against the generator's 50" in find(report, "weak_discriminator")["finding"]
    feature = report["reach"]["features"]["a"]
    assert (feature["low"], feature["high"]) == (-1, 1)
    json.dumps(report, allow_nan=False)


def test_what_fits_has_no_findings(study):
    report = study(columns(), {"low": WINDOWS["low"]}).report("capable")
    assert report["findings"] == []
    assert report["reach"]["unreachable"] == 0
    assert report["reach"]["auc"] == 0.5
    assert report["reach"]["features"]["a"]["low"] is None


def test_the_heads_that_reach_everything(study):
    minmax = {"extends": "original", "scaler": "minmax"}
    learnt = {"extends": "original", "generator": {"head": "range"}}
    toy = study(columns(), minmax=minmax, learnt=learnt)
    for name in ("minmax", "learnt"):
        report = toy.report(name)
        assert report["reach"]["unreachable"] == 0, name
        assert "support_truncated" not in kinds(report)


def test_an_unknown_head_is_no_finding(study, monkeypatch):
    report = study(columns())
    monkeypatch.delattr("collapse.gan.tricks.head_linear.bounds")
    report = report.report("capable")
    assert report["reach"] is None
    assert report["findings"] == []
    assert "?" in summarise([report])


RNG = np.random.default_rng(7)
LABEL = RNG.choice([-1.0, 1.0], N)
PADDED = np.where(RNG.random(N) < 0.1, -999.0, RNG.normal(size=N))
TAILED = np.exp(2 * RNG.normal(size=N))
SPHERE = {"extends": "capable", "noise": {"dimension": 6, "distribution": "sphere"}}
NARROW = {"extends": "original", "noise": {"dimension": 3}}
PACKED = {"extends": "original", "packing": 8}
ROBUST = {"extends": "capable", "scaler": "robust"}
AS_IT_IS = {"extends": "capable", "scaler": "identity"}
EMPTY = {"none": {"feature": "a", "low": 90, "high": 99}}
# As of a census: 91 % have none of it, and the others a number of whole dollars each.
GAIN = np.where(RNG.random(N) < 0.912, 0, RNG.integers(114, 9000, N))
FEW = RNG.choice([0.0, 1.0, 2.0], N, p=[0.93, 0.04, 0.03])
PEAKED = np.where(RNG.random(N) < 0.2, RNG.normal(3.1, 0.03, N), 1 + RNG.exponential(10, N))
CASES = {
    "original": (columns(), {}, {"original": {}}),
    "no hidden layers": (columns(), {}, {"a": NARROW | {"discriminator": {"hidden": []}}}),
    "batch normalisation": (columns(), WINDOWS, {"batch_normalisation": {}}),
    "packs": (columns(), WINDOWS, {"a": PACKED}),
    "noise on a sphere": (columns(), {}, {"a": SPHERE}),
    "narrow noise": (columns(), {}, {"a": NARROW}),
    "a label": (columns(charge=LABEL), {}, {"capable": {}}),
    "a feature twice": (columns(mev=1000 * columns()["b"]), {}, {"capable": {}}),
    "a placeholder": (columns(padded=PADDED), {}, {"capable": {}}),
    "a heavy tail": (columns(tailed=TAILED), {}, {"a": ROBUST}),
    "an empty window": (columns(), EMPTY, {"capable": {}}),
    "constants": (columns(x=np.full(N, 2.0), y=np.zeros(N)), {}, {"capable": {}}),
    "mostly one value": (columns(gain=GAIN), {}, {"capable": {}}),
    "a label, mostly one value": (columns(few=FEW), {}, {"capable": {}}),
    "eV": (columns(energy=1e5 * columns()["b"] + 3e5 * columns()["a"]), {}, {"a": AS_IT_IS}),
    "a peak": (columns(mass=PEAKED), {}, {"capable": {}}),
    "all at once": (
        columns(charge=LABEL, padded=PADDED, tailed=TAILED, mev=-columns()["b"], mass=PEAKED),
        WINDOWS | EMPTY,
        {"original": {}},
    ),
}  # fmt: skip
EXPECTED = {
    "support_truncated", "bottleneck", "discrete", "duplicated", "spike", "blind_discriminator",
    "weak_discriminator", "heavy_tail", "rare_mode", "empty_window", "constant", "unscaled",
    "unwatched_peak", "relation",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_cure_removes_its_finding(case, study):
    """And all of them together leave nothing to find but what none is known against."""
    values, windows, recipes = CASES[case]
    toy, (name,) = study(values, windows, **recipes), recipes
    findings = toy.report(name)["findings"]
    assert findings
    together = toy
    for found in findings:
        if found["kind"] in ("rare_mode", "relation"):
            assert found["change"] is None
            continue
        cured = toy.changed(found["change"]).report(name)
        left = [(f["kind"], f["features"]) for f in cured["findings"]]
        assert found["kind"] == "bottleneck" or (found["kind"], found["features"]) not in left
        assert found["finding"] not in [f["finding"] for f in cured["findings"]]
        assert found["cure"]
        together = together.changed(found["change"])
    assert set(kinds(together.report(name))) <= {"rare_mode", "relation"}


def test_the_cases_show_every_kind(study):
    found = set()
    for values, windows, recipes in CASES.values():
        found |= set(kinds(study(values, windows, **recipes).report(*recipes)))
    assert found == EXPECTED


def test_a_rare_mode_has_no_cure_that_was_measured(study):
    """Not a larger batch, of which there are fewer in an epoch."""
    windows = {"single": {"feature": "a", "low": float(columns()["a"].max()) - 1e-6, "high": 9}}
    rare = find(study(columns(), windows).report("capable"), "rare_mode")
    assert rare["cure"] == "more events of single, or more updates; neither was measured"
    assert rare["change"] is None
    assert "A larger batch is no cure by itself: it takes fewer updates" in rare["finding"]
    assert "batch_size" not in json.dumps(rare)


def test_what_is_left_of_a_scaler_is_judged_and_not_the_feature(study):
    tailed = columns(tailed=TAILED)
    found = find(study(tailed, standard={"extends": "capable", "scaler": "standard"})
                 .report("standard"), "heavy_tail")  # fmt: skip
    assert found["features"] == ["tailed"]
    assert "A scaler with `log: [tailed]` would do as well" in found["finding"]
    logged = study(tailed, logged={"extends": "capable", "scaler": "logged"})
    logged.raw["scalers"] = {"logged": {"kind": "standard", "log": ["tailed"]}}
    assert kinds(logged.report("logged")) == []
    assert kinds(study(tailed).report("capable")) == []


def test_a_scaler_that_makes_no_number_is_named():
    values = columns()
    table = np.stack(list(values.values()), axis=1).astype(np.float32)
    scaled = table.copy()
    scaled[:40, 2] = np.nan
    recipe = {
        "scaler": "logged", "generator": {"hidden": [8], "head": "tanh"}, "batch_size": 10,
        "discriminator": {"hidden": [8]}, "noise": {"dimension": 8},
    }  # fmt: skip
    report = inspect(scaled=scaled, values=table, names=list(values), dataset="toy", name="a",
                     recipe=recipe, windows={})  # fmt: skip
    found = find(report, "not_finite")
    assert (found["features"], found["value"]) == (["c"], pytest.approx(0.01))
    json.dumps(report, allow_nan=False)


def test_constant_features_are_named_together(study):
    toy = study(columns(x=np.full(N, 2.5), y=np.zeros(N)))
    found = find(toy.report("capable"), "constant")
    assert (found["features"], found["value"]) == (["x", "y"], 2)
    assert found["finding"].endswith("what has one value in all events: x 2.5, y 0.")
    assert found["cure"] == "remove datasets.toy.features.x, datasets.toy.features.y"
    assert found["change"] == {"datasets": {"toy": {"features": {"x": None, "y": None}}}}
    many = study(columns(**{f"x{i}": np.full(N, i) for i in range(14)})).report("original")
    assert len(find(many, "constant")["features"]) == 14
    assert kinds(many).count("constant") == 1


def test_of_constants_alone_nothing_would_be_left(study):
    found = find(study({"x": np.ones(N)}).report("capable"), "constant")
    assert (found["cure"], found["change"]) == ("features that vary", None)


def test_a_value_of_most_events_is_told_before_a_label(study):
    report = study(columns(gain=GAIN, few=FEW)).report("capable")
    assert kinds(report) == ["spike", "discrete", "spike"]
    few, label, gain = report["findings"]
    assert few["features"] == label["features"] == ["few"]
    assert gain["features"] == ["gain"]
    assert gain["value"] == pytest.approx(0.912, abs=0.01)
    assert f"{gain['value']:.1%} of the events have gain = 0 exactly." in gain["finding"]
    # To drop nine events in ten is no cure.
    assert gain["cure"] == "remove datasets.toy.features.gain"


def test_features_that_are_not_scaled_are_named(study):
    values = columns(energy=1e5 + 2e4 * np.square(columns()["a"]), dxy=1e-3 * columns()["b"])
    toy = study(values, plain=AS_IT_IS, capable={})
    report = toy.report("plain")
    found = find(report, "unscaled")
    assert kinds(report)[0] == "unscaled"
    assert found["features"] == ["energy", "dxy"]
    assert found["value"] == pytest.approx(7.6e4, rel=0.1)
    assert "left by the scaler identity" in found["finding"]
    assert "energy 7.6e+04 around 1.1e+05, dxy 0.0033." in found["finding"]
    assert found["cure"] == "scaler: standard"
    assert "unscaled" not in kinds(toy.report("capable"))


def test_windows_are_proposed_for_peaks(study):
    windows = {"mass_peak1": {"feature": "a", "low": 0, "high": 1}}
    report = study(columns(mass=PEAKED), windows).report("original")
    assert kinds(report)[-1] == "unwatched_peak"
    found = report["findings"][-1]
    assert found["features"] == ["mass"]
    ((name, window),) = found["change"]["evaluation"]["windows"].items()
    assert name == "mass_peak2", "the first is taken"
    assert window["feature"] == "mass"
    assert 2.95 <= window["low"] <= 3.06
    assert 3.14 <= window["high"] <= 3.25
    line = f"{{feature: mass, low: {window['low']}, high: {window['high']}}}"
    assert found["cure"] == f"evaluation: {{windows: {{mass_peak2: {line}}}}}"
    assert yaml.safe_load(f"{{{found['cure']}}}") == found["change"]
    # A window that overlaps it watches it, and so does a mixture.
    watched = {"mine": {"feature": "mass", "low": 2, "high": 3.1}}
    assert "unwatched_peak" not in kinds(study(columns(mass=PEAKED), watched).report("original"))
    mixture = {"features": ["mass"], "sd": 0.03, "centres": [[3.1]]}
    values = np.stack([PEAKED], axis=1)
    for modes, expected in ((None, ["unwatched_peak"]), (mixture, [])):
        recipe = {"kind": "external", "samples": "mine.h5", "columns": "names"}
        report = inspect(values, None, ["mass"], dataset="toy", name="a", recipe=recipe,
                         windows={}, mixture=modes)  # fmt: skip
        assert kinds(report) == expected


def test_of_many_peaks_the_clearest_are_proposed(study):
    grid = {f"x{i}": RNG.integers(-3, 4, N) + RNG.normal(0, 0.05, N) for i in range(4)}
    found = find(study(columns(**grid)).report("capable"), "unwatched_peak")
    assert len(found["change"]["evaluation"]["windows"]) == 20
    assert "the clearest of 28" in found["finding"]


def test_changes_are_lines_of_the_config():
    for change in (
        {"generator": {"head": "linear"}},
        {"batch_size": 512},
        {"datasets": {"a": {"sentinels": [-999, 0.1, 1e-05, 2e20]}}},
        {"evaluation": {"windows": {"a_peak1": {"feature": "a", "low": -1e-6, "high": 2.95}}}},
        {"noise": {"dimension": 6, "distribution": None}},
    ):
        assert yaml.safe_load("{" + as_line(change) + "}") == change


def test_collision_events_lose_most_in_eta(root, shared, tmp_path):
    """The two muons of CMS's events, with the sign of the angle between them."""
    raw = yaml.safe_load((root / "config/cms2012.yaml").read_text())
    raw["datasets"]["cms2012"]["files"] = str(shared / "cms2012_dimuon.root")
    raw["datasets"]["cms2012"]["features"]["dphi"] = {"expression": "delta_phi(muon[0], muon[1])"}
    study = load_study(raw, root)
    ingest(dataset=study["datasets"]["cms2012"], path=tmp_path / "events.h5")
    events = open_events(tmp_path / "events.h5")
    values, reports = np.asarray(events.values), {}
    assert len(values) == 26_310
    for name, recipe in study["recipes"].items():
        scaler = fit_scaler(values, events.names, study["scalers"][recipe["scaler"]])
        reports[name] = inspect(
            values, scaler.transform(values), events.names, dataset="cms2012", name=name,
            recipe=recipe, windows=study["evaluation"]["windows"],
        )  # fmt: skip
    reach = reports["original"]["reach"]
    for name, share in {"eta1": 0.370, "eta2": 0.381, "pt1": 0.002}.items():
        assert reach["features"][name]["unreachable"] == pytest.approx(share, abs=6e-4)
    assert reach["unreachable"] == pytest.approx(0.731, abs=1e-3)
    # Muons of 24 TeV, for which min-max scaling would be no cure, and a psi(2S) of 0.8 %.
    assert "pt1" in find(reports["original"], "heavy_tail")["features"]
    assert "minmax" not in find(reports["original"], "support_truncated")["finding"]
    # Close pairs peak at an angle of 0, which is narrow and which no window covers.
    assert kinds(reports["capable"]) == ["relation", "rare_mode", "unwatched_peak"]
    (window,) = find(reports["capable"], "unwatched_peak")["change"]["evaluation"][
        "windows"
    ].values()
    assert window["feature"] == "dphi"
    assert -0.4 < window["low"] < -0.1 < 0.1 < window["high"] < 0.4
    rare = find(reports["capable"], "rare_mode")
    assert "psi2s 1 (none in 36% of the batches), upsilon23s" in rare["finding"]
    assert rare["change"] is None


def test_no_heavy_package_is_imported():
    """Neither TensorFlow nor scikit-learn: a check takes as long as starting Python."""
    program = """
import sys
sys.path.insert(0, "scripts")
import collapse.preflight.inspect, collapse.preflight.summary
heavy = {"tensorflow", "keras", "sklearn", "scipy", "matplotlib", "pandas"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True)
