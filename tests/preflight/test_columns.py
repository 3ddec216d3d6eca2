import numpy as np
import pytest
from collapse.preflight import columns
from collapse.scaler_kinds import KINDS
from collapse.scaling import fit_scaler

RNG = np.random.default_rng(3)
NORMAL = RNG.normal(size=15_000).astype(np.float32)


def discrete(column):
    return columns.is_discrete(*columns.value_counts(np.asarray(column)))


def spike(column):
    return columns.find_spike(*columns.value_counts(np.asarray(column)))


def test_labels_and_counts_are_discrete_and_measurements_are_not():
    assert discrete(RNG.choice([-1, 1], 1000))
    assert discrete(RNG.choice([0.5, 0.7, 1.1], 1000))
    assert discrete(RNG.poisson(300, 20_000))
    assert not discrete(NORMAL)
    # Rounded as NanoAOD does, and whole numbers that hardly repeat: an event's number, or MeV.
    assert not discrete(np.round(NORMAL * 512) / 512)
    assert not discrete(np.arange(1000))
    assert not discrete(RNG.integers(0, 100_000, 15_000))
    assert not discrete([1.0, 2.0, 3.0])


def test_a_spike_is_found_with_its_share():
    padded = np.where(RNG.random(15_000) < 0.2, -999, NORMAL)
    value, share = spike(padded)
    assert value == -999
    assert share == pytest.approx(0.2, abs=0.02)
    assert spike(NORMAL) is None
    assert spike(np.linspace(0, 1, 20)) is None


def test_a_value_that_dominates_does_not_make_the_others_a_label():
    """As of a capital gain in whole dollars, which nine in ten do not have."""
    gains = np.where(RNG.random(6000) < 0.912, 0, RNG.integers(114, 9000, 6000))
    values, counts = columns.value_counts(gains)
    assert counts.sum() >= columns.REPEATS * len(values)
    assert not discrete(gains)
    assert spike(gains) == (0, pytest.approx(0.912, abs=0.01))


def test_of_a_label_only_what_dominates_is_a_spike():
    for k in (2, 3, 12, 80):
        assert spike(RNG.integers(0, k, 20_000)) is None
    assert spike(RNG.poisson(1, 20_000)) is None
    assert spike(RNG.choice([0, 1, 2], 20_000, p=[0.6, 0.3, 0.1])) is None
    few = RNG.choice([0, 1, 2, 3], 20_000, p=[0.91, 0.04, 0.03, 0.02])
    assert discrete(few)
    assert spike(few) == (0, pytest.approx(0.91, abs=0.01))
    flag = RNG.random(20_000) < 0.95
    assert discrete(flag)
    assert spike(flag) == (1, pytest.approx(0.95, abs=0.01))


@pytest.mark.parametrize(
    ("column", "ratio", "heavy"),
    [
        (NORMAL, 2.4, False),
        (RNG.exponential(size=15_000), 3.5, False),
        (RNG.standard_t(10, 15_000), 3.5, False),
        (RNG.standard_t(2, 15_000), 40, True),
        (RNG.standard_cauchy(15_000), 3000, True),
        (np.append(NORMAL, 24_000), 7000, True),
    ],
)
def test_heavy_tails(column, ratio, heavy):
    assert columns.tail_ratio(column) == pytest.approx(ratio, rel=0.5 if not heavy else 5)
    assert (columns.tail_ratio(column) > columns.HEAVY) == heavy
    # No linear scaler changes it.
    assert columns.tail_ratio(3 * column + 7) == pytest.approx(columns.tail_ratio(column), rel=1e-3)


def test_a_column_of_mostly_one_value_has_no_tail():
    assert columns.tail_ratio(np.append(np.zeros(1000), 5)) == 1
    assert columns.tail_ratio(np.array([])) == 1


ORDINARY = {
    "normal": NORMAL,
    "far": 91 + 2 * NORMAL,
    "exponential": RNG.exponential(30, 15_000),
    "cut": 20 + RNG.exponential(10, 15_000),
    "uniform": RNG.uniform(0, 1e5, 15_000),
    "gamma": RNG.gamma(0.5, 1e-4, 15_000),
    "student": RNG.standard_t(5, 15_000),
    "two": np.concatenate([NORMAL[:5000], 40 + NORMAL[5000:]]),
    "label": RNG.choice([-1.0, 1.0], 15_000),
    "zeros": np.where(RNG.random(15_000) < 0.3, 0, RNG.exponential(size=15_000)),
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "identity"])
def test_scalers_leave_ordinary_columns_of_ordinary_sizes(kind):
    table = np.stack(list(ORDINARY.values()), axis=1)
    scaler = fit_scaler(table, list(ORDINARY), {"kind": kind, "features": {}, "log": []})
    scaled = dict(zip(ORDINARY, scaler.transform(table).T, strict=True))
    assert columns.odd_sizes(scaled) == {}


@pytest.mark.parametrize(
    ("column", "size", "median"),
    [
        (1e5 * NORMAL, 3.29e5, 0),
        (1e-3 * NORMAL, 3.29e-3, 0),
        (91 + NORMAL, 3.29, 91),
        (40 * NORMAL, 132, 0),
    ],
)
def test_odd_sizes_are_told(column, size, median):
    (found,) = columns.odd_sizes({"a": NORMAL, "odd": column, "b": 3 * NORMAL}).items()
    assert found[0] == "odd"
    assert found[1] == (pytest.approx(size, rel=0.03), pytest.approx(median, abs=0.05 * size))


def test_what_other_findings_say_has_no_odd_size():
    """Tails, which `tail_ratio` is for, and columns of no width."""
    tailed = 1e5 * RNG.standard_cauchy(15_000)
    constant, spiked = np.full(50, 1e5), np.append(np.full(990, 1e5), NORMAL[:10])
    empty = np.array([])
    found = {"tailed": tailed, "constant": constant, "spiked": spiked, "empty": empty}
    assert columns.odd_sizes(found) == {}
    # A table of one size is not uneven.
    assert columns.odd_sizes({"a": 20 * NORMAL, "b": 25 * NORMAL}) == {}


def test_duplicates_are_monotone_functions():
    x = NORMAL[:2000]
    table = np.stack([x, 1000 * x, -np.exp(x), x + 0.1 * NORMAL[2000:4000], x**2], axis=1)
    assert columns.duplicates(table) == [(0, 1, 1.0), (0, 2, -1.0)]


def test_repeated_values_make_no_duplicates():
    """Two columns that are mostly zero, but not together."""
    first, second = (RNG.random((2, 3000)) < 0.01) * RNG.random((2, 3000))
    assert columns.duplicates(np.stack([first, second, np.ones(3000)], axis=1)) == []
