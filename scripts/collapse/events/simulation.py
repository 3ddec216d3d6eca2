"""Simulated dimuon events: Pythia's collisions, a detector's resolution, a tree like NanoAOD's.

Each process is a Pythia run of its own, so that the true origin of every event is known. What is
left out, and why it does no harm here: multiparton interactions and hadronisation change the rest
of the event, not the two muons of a resonance, and cost most of the time; the angles are not
smeared, because a tracker measures them so well that the mass doesn't notice. Initial-state
radiation gives the pair its transverse momentum and final-state radiation the tail below the Z
peak; both are on.
"""

import importlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from collapse.errors import InputError
from collapse.events.root_writer import write_tree

logger = logging.getLogger(__name__)

# GeV
ENERGY = 13000
# Below this mass of the pair in GeV, Drell-Yan events are kept with probability mass / PRESCALE,
# like a trigger that is prescaled at low mass: without it the continuum near 10 GeV drowns the Z.
PRESCALE = 25
# Collisions in a row without an accepted event before we give up, about two minutes.
PATIENCE = 300_000
# NanoAOD keeps as many bits of the mantissa of a muon's eta and phi, and all of its pt.
ANGLE_BITS = 12


@dataclass(frozen=True)
class Process:
    """A way to make two muons.

    Args:
        pdg: The PDG number of what decays to the muons, the event's truth in the tree.
        settings: Lines for Pythia, beyond those of all processes.
        prescale: Whether `PRESCALE` applies.
    """

    pdg: int
    settings: tuple[str, ...]
    prescale: bool = False


def _quarkonium(pdg: int, pt_hat_min: float, switches: Sequence[str]) -> Process:
    """Return a `Process` whose quarkonium decays to muons and nothing else.

    Its production diverges at small transverse momentum, hence `pt_hat_min`, GeV.
    """
    decay = (f"{pdg}:onMode = off", f"{pdg}:onIfMatch = 13 -13")
    return Process(pdg, (f"PhaseSpace:pTHatMin = {pt_hat_min}", *switches, *decay))


def _direct(family: str, pair: str, which: str) -> list[str]:
    """Return the switches that make one of a family's 3S1 states: its place in Pythia's list.

    Args:
        family: `Charmonium` or `Bottomonium`.
        pair: The quarks, as Pythia names the process: `ccbar` or `bbbar`.
        which: Pythia's flags over the family's 3S1 states, such as `off,on`.
    """
    channels = ["gg2{}(3S1)[3S1(1)]g", "gg2{}(3S1)[3S1(1)]gm"]
    for state in ("3S1(8)", "1S0(8)", "3PJ(8)"):
        for partons, other in (("gg", "g"), ("qg", "q"), ("qqbar", "g")):
            channels.append(f"{partons}2{{}}(3S1)[{state}]{other}")
    return [f"{family}:{channel.format(pair)} = {which}" for channel in channels]


# The 1S states with their feed-down from heavier ones (chi and excited states decay as in nature,
# collisions without the wanted decay are dropped); for the others Pythia knows next to none.
# Two muons of 3 GeV can come from a charmonium of at least 5 GeV only, so 6 GeV before radiation
# costs little of it; for bottomonium 3 GeV puts the maximum of the spectrum where it is measured.
PROCESSES = {
    "drell_yan": Process(
        23,
        (
            "WeakSingleBoson:ffbar2gmZ = on",
            "23:onMode = off",
            "23:onIfAny = 13",
            "23:mMin = 2.5",
            "PhaseSpace:mHatMin = 2.5",
        ),
        prescale=True,
    ),
    "jpsi": _quarkonium(443, 6, ["Charmonium:all = on"]),
    "psi2s": _quarkonium(100443, 6, _direct("Charmonium", "ccbar", "off,on")),
    "upsilon1s": _quarkonium(553, 3, ["Bottomonium:all = on"]),
    "upsilon2s": _quarkonium(100553, 3, _direct("Bottomonium", "bbbar", "off,on,off")),
    "upsilon3s": _quarkonium(200553, 3, _direct("Bottomonium", "bbbar", "off,off,on")),
}


def simulate_dimuons(
    path: Path | str,
    *,
    events: int,
    fractions: Mapping[str, float],
    seed: int,
    pt_resolution: float = 0.01,
    pt_min: float = 3.0,
    eta_max: float = 2.4,
) -> None:
    """Simulate dimuon events of proton-proton collisions at 13 TeV and write them to a ROOT file.

    Every event has exactly two muons of opposite charge, in random order, as no order is promised
    in a real file either. The tree `Events` has `nMuon`, `Muon_pt` in GeV, `Muon_eta`, `Muon_phi`
    in rad, `Muon_mass` in GeV, `Muon_charge`, and `process`, the PDG number of the muons' mother.
    The strings `processes` and `simulation` beside it hold JSON: the numbers' names, and how the
    file was made. The same arguments give the same bytes on one machine.

    Args:
        path: Where to write.
        events: Events to make.
        fractions: The share of each process, keys of `PROCESSES`; they add up to 1.
        seed: At least 0.
        pt_resolution: Relative standard deviation of the transverse momentum.
        pt_min: Least transverse momentum of a muon in GeV, after smearing.
        eta_max: Largest absolute pseudorapidity of a muon.

    Raises:
        InputError: If an argument is out of range, if Pythia isn't installed, or if no event
            passes the cuts.
    """
    counts = allocate(events, fractions)
    if not (seed >= 0 and 0 <= pt_resolution < 1 and pt_min >= 0 and eta_max > 0):
        message = (
            "Expected seed >= 0, 0 <= pt_resolution < 1, pt_min >= 0 and eta_max > 0. Received: "
            f"{seed}, {pt_resolution}, {pt_min} and {eta_max}. Change the simulation's config."
        )
        raise InputError(message)
    pythia = _pythia()
    # As floats and in our order, so that the file doesn't depend on how the config writes them.
    cuts = {
        "pt_resolution": float(pt_resolution),
        "pt_min": float(pt_min),
        "eta_max": float(eta_max),
    }
    fractions = {name: float(fractions[name]) for name in PROCESSES if name in fractions}
    samples = [
        _generate(pythia, name, count, np.random.SeedSequence([seed, PROCESSES[name].pdg]), **cuts)
        for name, count in counts.items()
    ]
    truth = np.repeat([PROCESSES[name].pdg for name in counts], list(counts.values()))
    order = np.random.default_rng(seed).permutation(events)
    provenance = {
        "generator": f"Pythia {_version(pythia)}",
        "energy": ENERGY,
        "events": events,
        "fractions": fractions,
        "seed": seed,
        **cuts,
    }
    _write(path, np.concatenate(samples)[order], truth[order].astype(np.int32), provenance)


def allocate(events: int, fractions: Mapping[str, float]) -> dict[str, int]:
    """Share out events: whole numbers that add up to `events`, each within 1 of its fraction's.

    Args:
        events: How many, at least 1.
        fractions: The share of each process, keys of `PROCESSES`; they add up to 1.

    Returns:
        A dict in the order of `PROCESSES`, without the processes that get no event.

    Raises:
        InputError: If a name is unknown, a share negative, or their sum not 1.

    >>> allocate(10, {"jpsi": 0.25, "drell_yan": 0.75})
    {'drell_yan': 8, 'jpsi': 2}
    """
    if events < 1:
        message = f"events: expected at least 1. Received: {events}."
        raise InputError(message)
    if unknown := sorted(set(fractions) - set(PROCESSES)):
        message = (
            f"fractions: expected names among {', '.join(PROCESSES)}. "
            f"Received: {', '.join(unknown)}. Change or remove them."
        )
        raise InputError(message)
    total = sum(fractions.values())
    if abs(total - 1) > 1e-6 or min(fractions.values()) < 0:
        message = (
            f"fractions: expected numbers of at least 0 that add up to 1. Received: {fractions}, "
            f"the sum {total:g}. Change them so that they do."
        )
        raise InputError(message)
    names = [name for name in PROCESSES if name in fractions]
    edges = np.cumsum([0, *(fractions[name] for name in names)]) / total
    # Rounding the edges, not the shares, keeps the sum.
    counts = np.diff(np.floor(edges * events + 0.5).astype(int))
    return {name: int(count) for name, count in zip(names, counts, strict=True) if count}


def _pythia() -> Any:
    """Import Pythia, which is needed here only and not small."""
    try:
        return importlib.import_module("pythia8mc")
    except ImportError as error:
        message = (
            f"Simulating needs the package pythia8mc, which can't be imported ({error}). "
            "Install it: uv sync --extra simulate"
        )
        raise InputError(message) from error


def _version(pythia: Any) -> str:
    """Return Pythia's version, such as 8.317."""
    return f"{pythia.Pythia('', False).parm('Pythia:versionNumber'):.3f}"


def _generate(
    pythia: Any,
    name: str,
    count: int,
    seeds: np.random.SeedSequence,
    *,
    pt_resolution: float,
    pt_min: float,
    eta_max: float,
) -> np.ndarray:
    """Generate the events of one process that pass the cuts.

    Returns:
        Float32, shape (count, 2, 5): pt in GeV, eta, phi in rad, mass in GeV and charge of the two
        muons, in random order.
    """
    process = PROCESSES[name]
    for_pythia, for_us = seeds.spawn(2)
    rng = np.random.default_rng(for_us)
    generator = _start(pythia, process, int(for_pythia.generate_state(1)[0]) % 900_000_000 + 1)
    # Pythia keeps no reference to it: it lives as long as this name.
    hook = _prescale(pythia, rng) if process.prescale else None
    if hook is not None:
        generator.setUserHooksPtr(hook)
    if not generator.init():
        message = f"Pythia could not start {name}."
        raise RuntimeError(message)
    accepted = np.empty((count, 2, 5), np.float32)
    start = reported = time.monotonic()
    done = missed = tried = 0
    while done < count:
        tried += 1
        muons = _muons(generator, process.pdg)
        if muons is not None and _detect(muons, rng, pt_resolution, pt_min, eta_max):
            accepted[done] = muons
            done += 1
            missed = 0
        else:
            missed += 1
        if missed == PATIENCE:
            message = (
                f"{name}: {done} of {count} events pass, and none of the last {PATIENCE:,} "
                f"collisions. Expected cuts that more pass. Received: pt_min {pt_min:g} GeV, "
                f"eta_max {eta_max:g}. Loosen them, or set the fraction of {name} to 0."
            )
            raise InputError(message)
        if time.monotonic() - reported > 10:
            reported = time.monotonic()
            _report(name, done, count, tried, reported - start)
    _report(name, done, count, tried, time.monotonic() - start)
    return accepted


def _start(pythia: Any, process: Process, seed: int) -> Any:
    """Return a Pythia with its settings, not yet initialised."""
    generator = pythia.Pythia("", False)
    lines = (
        "Print:quiet = on",
        f"Beams:eCM = {ENERGY}",
        "Random:setSeed = on",
        f"Random:seed = {seed}",
        "PartonLevel:MPI = off",
        "HadronLevel:Hadronize = off",
        *process.settings,
    )
    for line in lines:
        if not generator.readString(line):
            message = f"Pythia does not know the setting {line!r}."
            raise RuntimeError(message)
    return generator


def _prescale(pythia: Any, rng: np.random.Generator) -> Any:
    """Return the hook that prescales light pairs before Pythia spends time on their radiation."""

    class Prescale(pythia.UserHooks):
        """Keep a hard process with probability mass / `PRESCALE`."""

        def canVetoProcessLevel(self) -> bool:  # noqa: N802
            """Tell Pythia to ask."""
            return True

        def doVetoProcessLevel(self, process: Any) -> bool:  # noqa: N802
            """Whether to drop the event; entry 5 is the Z or photon, after system and partons."""
            return rng.random() * PRESCALE > process[5].m()

    return Prescale()


def _muons(generator: Any, pdg: int) -> np.ndarray | None:
    """Make the next collision and return the two muons of the decay of `pdg`, after radiation.

    Returns:
        Float64, shape (2, 5): pt, eta, phi, mass and charge; None if there is no such decay.
    """
    if not generator.next():
        return None
    event = generator.event
    muons = [
        (muon.pT(), muon.eta(), muon.phi(), muon.m(), muon.charge())
        for muon in event
        if muon.idAbs() == 13
        and muon.isFinal()
        and event[event[muon.iTopCopyId()].mother1()].id() == pdg
    ]
    return np.array(muons) if len(muons) == 2 and muons[0][4] != muons[1][4] else None


def _detect(
    muons: np.ndarray, rng: np.random.Generator, pt_resolution: float, pt_min: float, eta_max: float
) -> bool:
    """Smear, round and put two muons into random order, in place; return whether they are seen.

    Args:
        muons: Float64, shape (2, 5): pt, eta, phi, mass and charge.
        rng: A NumPy generator.
        pt_resolution: Relative standard deviation of the transverse momentum.
        pt_min: Least transverse momentum in GeV.
        eta_max: Largest absolute pseudorapidity.
    """
    muons[:, 0] *= 1 + pt_resolution * rng.standard_normal(2)
    muons[:, 1:3] = round_mantissa(muons[:, 1:3], ANGLE_BITS)
    if rng.random() < 0.5:
        muons[:] = muons[::-1].copy()
    # The cuts hold for the numbers in the file.
    stored = muons.astype(np.float32).astype(np.float64)
    return bool(np.all(stored[:, 0] > pt_min) and np.all(np.abs(stored[:, 1]) < eta_max))


def round_mantissa(values: np.ndarray, bits: int) -> np.ndarray:
    """Round to float32 with fewer bits of mantissa, which compress better.

    Args:
        values: Any shape.
        bits: Bits to keep of the 23.

    Returns:
        Float32, the same shape, within a relative 2^-(bits + 1) of `values`.

    >>> round_mantissa(np.array([1.3, -1.3]), 2).tolist()
    [1.25, -1.25]
    """
    dropped = np.uint32(23 - bits)
    words = np.asarray(values, np.float32).view(np.uint32)
    half = np.uint32(1) << (dropped - np.uint32(1))
    return (((words + half) >> dropped) << dropped).view(np.float32)


def _report(name: str, done: int, count: int, tried: int, seconds: float) -> None:
    """Log how far a process has come."""
    rate = done / max(seconds, 1e-9)
    logger.info(
        "%s: %d of %d events, %.0f/s, %.1f %% of %d collisions accepted",
        name,
        done,
        count,
        rate,
        100 * done / max(tried, 1),
        tried,
    )


def _write(
    path: Path | str, muons: np.ndarray, truth: np.ndarray, provenance: Mapping[str, Any]
) -> None:
    """Write the tree and the two strings.

    Args:
        path: Where to write.
        muons: Float32, shape (n, 2, 5): pt, eta, phi, mass and charge.
        truth: Int32, shape (n,).
        provenance: How the file was made.
    """
    columns = dict(zip(("pt", "eta", "phi", "mass"), np.moveaxis(muons, 2, 0)[:4], strict=True))
    columns["charge"] = muons[..., 4].astype(np.int32)
    flat = ak.zip({name: column.ravel() for name, column in columns.items()})
    jagged = ak.unflatten(flat, np.full(len(muons), 2))
    names = {process.pdg: name for name, process in PROCESSES.items()}
    write_tree(
        path,
        types={"Muon": ak.type(jagged).content, "process": truth.dtype},
        columns={"Muon": jagged, "process": truth},
        title="Simulated dimuon events, Pythia 8",
        identity=json.dumps(provenance),
        strings={"processes": json.dumps(names), "simulation": json.dumps(provenance)},
    )
