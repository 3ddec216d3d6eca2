import numpy as np
import pytest
from collapse.diagnosis import columns

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


def test_duplicates_are_monotone_functions():
    x = NORMAL[:2000]
    table = np.stack([x, 1000 * x, -np.exp(x), x + 0.1 * NORMAL[2000:4000], x**2], axis=1)
    assert columns.duplicates(table) == [(0, 1, 1.0), (0, 2, -1.0)]


def test_repeated_values_make_no_duplicates():
    """Two columns that are mostly zero, but not together."""
    first, second = (RNG.random((2, 3000)) < 0.01) * RNG.random((2, 3000))
    assert columns.duplicates(np.stack([first, second, np.ones(3000)], axis=1)) == []
