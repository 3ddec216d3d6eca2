import pytest
from collapse.diagnosis.onset import onset_of, survival_curve

from tests.diagnosis.runs import run


def test_runs_without_an_onset_are_censored():
    # By hand: 4 at risk at 8, 3 at 20; the others leave at 300 without an onset.
    rows = survival_curve([8, 20, 300, 300], [True, True, False, False])
    assert [(row.epoch, row.survival) for row in rows] == [
        (0, 1.0),
        (8, 0.75),
        (20, 0.5),
        (300, 0.5),
    ]
    assert all(row.low <= row.survival <= row.high for row in rows)
    # A run that ended early says nothing of what came after its end.
    rows = survival_curve([8, 10, 20, 300], [True, False, True, False])
    assert {row.epoch: row.survival for row in rows}[20] == pytest.approx(0.75 * 0.5)


@pytest.mark.parametrize("observed", [True, False])
def test_all_or_none_collapsed(observed):
    rows = survival_curve([10, 10, 10], [observed] * 3)
    assert rows[-1].survival == (0.0 if observed else 1.0)
    assert all(0 <= row.low <= row.high <= 1 for row in rows)


def test_the_fraction_has_wilsons_interval():
    found = onset_of([run(1, 8), run(2, 9, recovery=300), run(3), run(4, 5)])
    assert (found.runs, found.collapsed, found.fraction, found.recovered) == (4, 3, 0.75, 1)
    assert found.median_onset == 8
    # Wilson's for 3 of 4, from its formula.
    z, p = 1.959964, 0.75
    middle = (p + z**2 / 8) / (1 + z**2 / 4)
    half = z / (1 + z**2 / 4) * (p * (1 - p) / 4 + z**2 / 64) ** 0.5
    expected = pytest.approx((middle - half, middle + half), abs=1e-6)
    assert (found.fraction_low, found.fraction_high) == expected
