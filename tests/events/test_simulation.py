import json
import logging
import re
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
import vector
from collapse.errors import InputError
from collapse.events import simulation
from collapse.events.simulation import PROCESSES, allocate, round_mantissa, simulate_dimuons

RESOURCES = Path(__file__).parents[2] / "resources"
SHIPPED = {
    "drell_yan": 0.62,
    "jpsi": 0.20,
    "psi2s": 0.03,
    "upsilon1s": 0.09,
    "upsilon2s": 0.04,
    "upsilon3s": 0.02,
}
# GeV, from the Particle Data Group
MASSES = {
    "jpsi": 3.0969,
    "psi2s": 3.6861,
    "upsilon1s": 9.4604,
    "upsilon2s": 10.0234,
    "upsilon3s": 10.3551,
}
SMALL = dict.fromkeys(PROCESSES, 1 / len(PROCESSES))


def read(path):
    with uproot.open(path) as file:
        return file["Events"].arrays()


def masses(events):
    muons = vector.zip({name: events[f"Muon_{name}"] for name in ("pt", "eta", "phi", "mass")})
    return ak.to_numpy((muons[:, 0] + muons[:, 1]).mass)


def of(events, name):
    return events[events.process == PROCESSES[name].pdg]


def counts(events):
    return {name: len(of(events, name)) for name in PROCESSES}


def check_cuts(events, pt_min, eta_max):
    assert ak.all(events.nMuon == 2)
    assert ak.all(ak.sum(events.Muon_charge, axis=1) == 0)
    assert ak.all(abs(events.Muon_charge) == 1)
    assert ak.all(events.Muon_pt > pt_min)
    assert ak.all(abs(events.Muon_eta) < eta_max)
    assert ak.all(abs(events.Muon_phi) < np.pi + 1e-3)
    assert np.allclose(ak.flatten(events.Muon_mass), 0.10566, atol=1e-5)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    pytest.importorskip("pythia8mc")
    path = tmp_path_factory.mktemp("simulation") / "small.root"
    simulate_dimuons(path, events=60, fractions=SMALL, seed=1, pt_resolution=0.01)
    return path


@pytest.fixture(scope="module")
def shipped():
    return read(RESOURCES / "dimuon.root")


class TestSimulate:
    def test_processes(self, small):
        assert counts(read(small)) == dict.fromkeys(PROCESSES, 10)

    def test_cuts(self, small):
        check_cuts(read(small), 3, 2.4)

    @pytest.mark.parametrize("name", MASSES)
    def test_masses(self, small, name):
        assert np.allclose(masses(of(read(small), name)), MASSES[name], rtol=0.04)

    def test_processes_are_shuffled(self, small):
        truth = ak.to_numpy(read(small).process)
        assert np.count_nonzero(np.diff(truth)) > 20

    def test_types(self, small):
        with uproot.open(small) as file:
            types = file["Events"].typenames()
        assert types == {
            "nMuon": "int32_t",
            "Muon_pt": "float[]",
            "Muon_eta": "float[]",
            "Muon_phi": "float[]",
            "Muon_mass": "float[]",
            "Muon_charge": "int32_t[]",
            "process": "int32_t",
        }

    def test_strings_beside_the_tree(self, small):
        with uproot.open(small) as file:
            names, made = json.loads(file["processes"]), json.loads(file["simulation"])
        assert names == {str(process.pdg): name for name, process in PROCESSES.items()}
        assert made.pop("generator").startswith("Pythia 8.")
        assert made == {
            "energy": 13000,
            "events": 60,
            "fractions": SMALL,
            "seed": 1,
            "pt_resolution": 0.01,
            "pt_min": 3.0,
            "eta_max": 2.4,
        }

    def test_same_seed_same_bytes(self, tmp_path):
        pytest.importorskip("pythia8mc")
        a = {"upsilon2s": 0.5, "drell_yan": 0.5}
        b = {"drell_yan": 0.5, "upsilon2s": 0.5}
        for name, fractions, seed in (("a", a, 3), ("b", b, 3), ("c", a, 4)):
            simulate_dimuons(tmp_path / f"{name}.root", events=20, fractions=fractions, seed=seed)
        a, b, c = ((tmp_path / f"{name}.root").read_bytes() for name in "abc")
        assert a == b
        assert a != c
        same = np.isin(
            ak.to_numpy(ak.flatten(read(tmp_path / "a.root").Muon_pt)),
            ak.to_numpy(ak.flatten(read(tmp_path / "c.root").Muon_pt)),
        )
        assert not same.any()

    def test_other_processes_leave_one_unchanged(self, tmp_path):
        pytest.importorskip("pythia8mc")
        simulate_dimuons(
            tmp_path / "both.root",
            events=10,
            fractions=SMALL | {"jpsi": 0.0} | {"upsilon3s": 2 / 6},
            seed=3,
        )
        simulate_dimuons(tmp_path / "one.root", events=3, fractions={"upsilon3s": 1}, seed=3)
        both = of(read(tmp_path / "both.root"), "upsilon3s")
        one = read(tmp_path / "one.root")
        assert sorted(masses(both)) == sorted(masses(one))

    def test_cuts_are_configurable(self, tmp_path):
        pytest.importorskip("pythia8mc")
        path = tmp_path / "hard.root"
        fractions = {"drell_yan": 1.0}
        simulate_dimuons(path, events=10, fractions=fractions, seed=1, pt_min=20.0, eta_max=1.0)
        check_cuts(read(path), 20, 1)

    def test_no_event_passes(self, tmp_path, monkeypatch):
        pytest.importorskip("pythia8mc")
        monkeypatch.setattr(simulation, "PATIENCE", 20)
        fractions = {"upsilon1s": 1.0}
        with pytest.raises(InputError, match=r"upsilon1s: 0 of 5 .* pt_min 5000 GeV.*Loosen"):
            simulate_dimuons(
                tmp_path / "x.root", events=5, fractions=fractions, seed=1, pt_min=5000
            )
        assert not list(tmp_path.iterdir())

    def test_log(self, tmp_path, caplog):
        pytest.importorskip("pythia8mc")
        with caplog.at_level(logging.INFO):
            simulate_dimuons(tmp_path / "x.root", events=2, fractions={"upsilon3s": 1.0}, seed=1)
        assert re.search(
            r"upsilon3s: 2 of 2 events, \d+/s, [\d.]+ % of \d+ collisions", caplog.text
        )

    def test_without_pythia(self, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "pythia8mc", None)
        with pytest.raises(InputError, match="uv sync --extra simulate"):
            simulate_dimuons(tmp_path / "x.root", events=2, fractions={"jpsi": 1.0}, seed=1)

    @pytest.mark.parametrize(
        "wrong", [{"seed": -1}, {"pt_resolution": 1.0}, {"pt_min": -1.0}, {"eta_max": 0.0}]
    )
    def test_arguments_out_of_range(self, tmp_path, wrong):
        arguments = {"events": 2, "fractions": {"jpsi": 1.0}, "seed": 1} | wrong
        with pytest.raises(InputError, match="Expected seed >= 0"):
            simulate_dimuons(tmp_path / "x.root", **arguments)


class TestAllocate:
    def test_shipped(self):
        assert list(allocate(25_000, SHIPPED).values()) == [15_500, 5_000, 750, 2_250, 1_000, 500]

    @pytest.mark.parametrize("events", [1, 2, 7, 60, 99_999])
    def test_sum_and_distance(self, events):
        shares = allocate(events, SHIPPED)
        assert sum(shares.values()) == events
        for name, count in shares.items():
            assert abs(count - SHIPPED[name] * events) < 1

    def test_no_share_no_process(self):
        assert allocate(10, {"jpsi": 1.0, "psi2s": 0.0}) == {"jpsi": 10}

    @pytest.mark.parametrize("fractions", [{}, {"jpsi": 0.9}, {"jpsi": 1.2, "psi2s": -0.2}])
    def test_not_shares(self, fractions):
        with pytest.raises(InputError, match="add up to 1"):
            allocate(10, fractions)

    def test_unknown_process(self):
        with pytest.raises(InputError, match=r"among drell_yan, .*Received: higgs, top"):
            allocate(10, {"top": 0.5, "higgs": 0.5})

    def test_no_events(self):
        with pytest.raises(InputError, match="at least 1"):
            allocate(0, SHIPPED)


class TestRoundMantissa:
    @pytest.mark.parametrize("bits", [2, 10, 12, 22])
    def test_bound_and_bits(self, bits):
        values = np.random.default_rng(0).normal(size=1000).astype(np.float32)
        rounded = round_mantissa(values, bits)
        assert np.all(abs(rounded / values - 1) <= 2.0 ** -(bits + 1))
        assert not np.any(rounded.view(np.uint32) & np.uint32((1 << (23 - bits)) - 1))
        assert np.array_equal(round_mantissa(rounded, bits), rounded)


def tables():
    """The rows of the README's tables: the first cell without markup, then the others."""
    rows = {}
    for line in (RESOURCES / "README.md").read_text().splitlines():
        if line.startswith("| ") and not line.startswith("| -"):
            first, *rest = (cell.strip().replace("`", "") for cell in line.strip("|").split("|"))
            rows[first] = rest
    return rows


def number(cell):
    return float(cell.replace(",", ""))


class TestShippedSample:
    def test_size(self, shipped):
        assert len(shipped) == 25_000
        assert (RESOURCES / "dimuon.root").stat().st_size <= 1_200_000

    def test_cuts(self, shipped):
        check_cuts(shipped, 3, 2.4)

    def test_processes(self, shipped):
        assert counts(shipped) == allocate(25_000, SHIPPED)

    def test_muons_in_random_order(self, shipped):
        for first in (
            shipped.Muon_pt[:, 0] > shipped.Muon_pt[:, 1],
            shipped.Muon_charge[:, 0] > 0,
        ):
            assert 0.48 < ak.mean(first) < 0.52

    @pytest.mark.parametrize("name", MASSES)
    def test_resonances(self, shipped, name):
        mass = masses(of(shipped, name))
        assert np.median(mass) == pytest.approx(MASSES[name], rel=1e-3)
        # Two independent errors of 1 % in pt, in a mass that goes like the root of their product.
        assert np.std(mass) / MASSES[name] == pytest.approx(0.01 / np.sqrt(2), rel=0.1)

    def test_z_peak(self, shipped):
        mass = masses(shipped)
        peak = (mass > 81) & (mass < 101)
        assert np.mean(peak) == pytest.approx(0.19, abs=0.01)
        assert np.median(mass[peak]) == pytest.approx(91.19, rel=5e-3)

    def test_continuum_without_gaps(self, shipped):
        mass = masses(of(shipped, "drell_yan"))
        edges = [3, 4, 6, 8, 10, 15, 20, 30, 40, 60, 80, 81, 101, 150]
        assert np.all(np.histogram(mass, edges)[0] > 20)

    def test_no_event_twice(self, shipped):
        muons = np.concatenate(
            [ak.to_numpy(shipped[f"Muon_{name}"]) for name in ("pt", "eta", "phi")], axis=1
        )
        assert len(np.unique(muons, axis=0)) == 25_000

    def test_readme_provenance(self):
        with uproot.open(RESOURCES / "dimuon.root") as file:
            made = json.loads(file["simulation"])
        text = (RESOURCES / "README.md").read_text()
        assert made["generator"] in text
        assert f"seed: {made['seed']}" in text
        assert f"pt_resolution: {made['pt_resolution']}" in text
        assert made["fractions"] == SHIPPED
        assert made["events"] == 25_000
        assert (made["pt_min"], made["eta_max"]) == (3, 2.4)
        for name, fraction in SHIPPED.items():
            assert f"{name}: {fraction}" in text

    def test_readme_processes(self, shipped):
        rows = tables()
        for name, process in PROCESSES.items():
            pdg, _, fraction, count = rows[name]
            assert int(pdg) == process.pdg
            assert float(fraction) == SHIPPED[name]
            assert number(count) == len(of(shipped, name))

    def test_readme_windows(self, shipped):
        mass = masses(shipped)
        rows = {
            first: rest
            for first, rest in tables().items()
            if re.fullmatch(r"[\d.]+ to [\d.]+", first)
        }
        assert list(rows) == [
            "2.95 to 3.25",
            "3.6 to 3.8",
            "9.25 to 9.7",
            "9.85 to 10.5",
            "81 to 101",
        ]
        for window, (_, inside, background) in rows.items():
            low, high = map(float, window.split(" to "))
            chosen = (mass > low) & (mass < high)
            assert number(inside) == np.count_nonzero(chosen)
            continuum = shipped.process == PROCESSES["drell_yan"].pdg
            assert number(background) == np.count_nonzero(chosen & ak.to_numpy(continuum))
