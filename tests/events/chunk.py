"""A chunk of four events, in every kind of branch, and what expressions give on it."""

import numpy as np
from collapse.events.compute import Table
from collapse.events.expressions import parse
from collapse.events.jagged import Jagged

A = np.array([1.0, -2.5, 3.0, 0.5])
B = np.array([2.0, 4.0, -1.0, 0.25])
U = np.array([1, 0, 3, 2], np.uint8)
COUNTS = np.array([2, 0, 3, 1])
J = np.array([5.0, 9.0, 1.0, 7.0, 7.0, 4.0])
OBJECTS = {
    "muon": {
        "pt": "pt",
        "eta": "eta",
        "phi": "phi",
        "mass": "m",
        "charge": "q",
        "order_by": "pt",
    },
    "jet": {"px": "px", "py": "py", "pz": "pz", "energy": "e", "order_by": "pt"},
    "tau": {"pt": "pt", "order_by": "pt"},
}
ETA = np.array([0.1, -0.4, 1.0, 2.0, -2.0, 0.3])
PHI = np.array([3.0, -3.0, 0.5, 1.0, -1.0, 0.0])
CHARGE = np.array([-1, 1, 1, -1, 1, -1], np.int32)
COLUMNS = {
    "a": A,
    "b": B,
    "u": U,
    "big": np.array([4, 2**53 + 1, 2**53, 2**63 + 4], np.uint64),
    "flag": np.array([True, False, True, True]),
    "odd/name": A * 2,
    "f32": A.astype(np.float32) / 10,
    **{name: Jagged(values, COUNTS) for name, values in {"pt": J, "eta": ETA, "phi": PHI}.items()},
    "m": Jagged(np.full(6, 0.5), COUNTS),
    "q": Jagged(CHARGE, COUNTS),
    "px": Jagged(J * np.cos(PHI), COUNTS),
    "py": Jagged(J * np.sin(PHI), COUNTS),
    "pz": Jagged(J * np.sinh(ETA), COUNTS),
    "e": Jagged(np.sqrt((J * np.cosh(ETA)) ** 2 + 0.25), COUNTS),
    "short": Jagged(J[:4], np.array([2, 0, 1, 1])),
}
NAN = np.nan


def table():
    return Table(COLUMNS, 4, OBJECTS, "here")


def values(text):
    return table().values(parse(text, "features.x", OBJECTS))


def mask(text):
    return table().mask(parse(text, "selection.x", OBJECTS)).tolist()
