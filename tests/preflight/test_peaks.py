import time

import numpy as np
import pytest
from collapse.events.store import open_events
from collapse.preflight.peaks import find_peaks

from scripts.ingest import ingest
from tests.preflight.shapes import SHAPES


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_smooth_has_no_peaks(shape):
    for n in (1000, 10_000, 100_000):
        for seed in range(3):
            column = SHAPES[shape](np.random.default_rng([seed, n]), n).astype(np.float32)
            assert find_peaks(column) == [], (n, seed)


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_one_smooth_column_in_200_may_have_a_peak(shape):
    """None of 300 has."""
    found = 0
    for n in (1000, 10_000, 100_000):
        for seed in range(100):
            column = SHAPES[shape](np.random.default_rng([seed, n]), n).astype(np.float32)
            found += bool(find_peaks(column))
    assert found <= 1


def resonance(rng, n, share=0.1, at=91.0, sd=2.0):
    """A peak on a spectrum that falls from a cut at 20."""
    return np.where(rng.random(n) < share, rng.normal(at, sd, n), 20 + rng.exponential(30, n))


@pytest.mark.parametrize(
    ("n", "share", "sd"), [(2000, 0.2, 2), (10_000, 0.1, 2), (100_000, 0.05, 1), (10_000, 0.5, 1)]
)
def test_a_resonance_on_a_falling_spectrum_is_found(n, share, sd):
    for seed in range(5):
        column = resonance(np.random.default_rng(seed), n, share, sd=sd)
        ((low, high, held, significance),) = find_peaks(column.astype(np.float32))
        assert 91 - 5 * sd < low < 91 - sd < 91 + sd < high < 91 + 5 * sd
        assert share * 0.6 < held < share + 0.1
        assert significance >= 6


def test_a_share_is_that_of_the_window():
    column = resonance(np.random.default_rng(1), 20_000)
    ((low, high, share, _),) = find_peaks(column)
    assert share == np.mean((column >= low) & (column < high))
    # A width of about 10 needs no more digits.
    assert (low, high) == (round(low, 1), round(high, 1))


def test_isolated_modes_are_found_one_by_one():
    """Those at the ends as well, which fall off and are not cut off."""
    rng = np.random.default_rng(0)
    column = rng.integers(-2, 3, 5000) * 2 + rng.normal(0, 0.05, 5000)
    found = find_peaks(column)
    assert [round((low + high) / 2) for low, high, *_ in found] == [-4, -2, 0, 2, 4]
    assert sum(share for *_, share, _ in found) > 0.97
    assert max(high - low for low, high, *_ in found) < 0.4


def test_the_resonances_of_the_default_study(root, tmp_path):
    """J/psi, psi(2S), the Upsilons and the Z, in all events and in those of the training."""
    import yaml
    from collapse.planning.config import load_study

    study = load_study(yaml.safe_load((root / "config/config.yaml").read_text()), root)
    ingest(dataset=study["datasets"]["dimuon"], path=tmp_path / "events.h5")
    events = open_events(tmp_path / "events.h5")
    windows = study["evaluation"]["windows"]
    for values in (events.values, events.split("train")):
        for name, column in zip(events.names, np.asarray(values).T, strict=True):
            peaks = find_peaks(column)
            if name != "mass":
                assert peaks == [], name
                continue
            for window, cut in windows.items():
                seen = [p for p in peaks if p[0] < cut["high"] and cut["low"] < p[1]]
                assert seen, window
            assert all(
                any(p[0] < cut["high"] and cut["low"] < p[1] for cut in windows.values())
                for p in peaks
            )
            z = next(p for p in peaks if p[0] < 91.19 < p[1])
            assert 70 <= z[0] <= 88
            assert 95 <= z[1] <= 105


@pytest.mark.parametrize(
    "column",
    [
        np.array([]), np.zeros(1), np.arange(2.0), np.full(1000, 3.0), np.arange(1000.0),
        np.repeat([1.0, 2.0, 3.0], 500), np.append(np.full(990, 1.5), np.linspace(0, 1, 10)),
        np.float32(1e38) * np.linspace(-1, 1, 500), 1e-30 * np.linspace(1, 2, 500),
    ],
)  # fmt: skip
def test_odd_columns_have_no_peaks(column):
    assert find_peaks(column) == []


def test_a_point_mass_is_no_peak():
    rng = np.random.default_rng(0)
    column = np.where(rng.random(20_000) < 0.2, 0.3, rng.normal(size=20_000))
    assert find_peaks(column) == []
    # Nor are values that were rounded to a coarse grid.
    assert find_peaks(np.round(rng.exponential(10, 20_000) * 4) / 4) == []


def test_a_few_that_are_not_positive_do_not_hide_a_peak():
    column = resonance(np.random.default_rng(3), 20_000, at=300)
    column[:100] = -0.01
    assert [low < 300 < high for low, high, *_ in find_peaks(column)] == [True]


def test_the_order_of_events_does_not_matter():
    rng = np.random.default_rng(4)
    column = resonance(rng, 5000).astype(np.float32)
    assert find_peaks(rng.permutation(column)) == find_peaks(column)


@pytest.mark.parametrize("shape", ["normal", "Cauchy", "lognormal"])
def test_a_column_of_100_000_takes_less_than_50_ms(shape):
    column = SHAPES[shape](np.random.default_rng(0), 100_000).astype(np.float32)
    taken = []
    for _ in range(5):
        start = time.process_time()
        find_peaks(column)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.05
