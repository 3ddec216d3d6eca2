import numpy as np
import pytest
from collapse.diagnosis.evidence import Evidence, Measured, Region, Row, gather_evidence


def row(epoch, metric, value, feature=""):
    return Row(epoch, 10 * epoch, metric, feature, value, 0.01, 0.5, 0.02, 4.0)


def test_what_was_measured_is_gathered_by_epoch():
    rows = [
        row(10, "non_finite", 0.25),
        row(3, "non_finite", 0.0),
        row(3, "ks", 0.3, "pt"),
        row(10, "non_finite", 1.0),
    ]
    box = Region("pt [0, 1)", 0.2, 0.1, 0.5, -9.0, tail=False, displaced=False, explains=True)
    late = Region(**vars(box) | {"epoch": 10})
    updates, (first, last) = gather_evidence(rows[:3], [late], {"z": "mass"}, 4.0, 1000)
    assert list(updates.items()) == [(3, 30), (10, 100)]
    assert first.of("ks") == {"pt": Measured(0.3, 0.01, 0.5, 0.02, 4.0)}
    assert (first.regions, last.regions) == ((), (late,))
    # Those that aren't finite are no events to draw from, but one there must be.
    assert (first.events, last.events) == (1000, 750)
    _, [gone] = gather_evidence(rows[3:], [], {}, 4.0, 1000)
    assert gone.events == 1


def test_draws_begin_with_what_was_measured():
    box = Region("pt [0, 1)", 0.2, 0.1, 0.5, -9.0, tail=False, displaced=False, explains=True)
    measured = {
        ("ks", "pt"): Measured(0.3, 0.01, 0.1, 0.02, 9.0),
        ("window_fraction", "z"): Measured(0.2, 0.01, 0.2, 0.01, 0.0),
    }
    drawn = Evidence(measured, (box,), events=400).draw(np.random.default_rng(0), 1000)
    ks, share = drawn.of("ks")["pt"], drawn.of("window_fraction")["z"]
    [region] = drawn.regions
    assert (ks.value[0], share.value[0], region.ratio[0], region.z[0]) == (0.3, 0.2, 0.5, -9.0)
    assert ks.value.std() == pytest.approx(0.01, rel=0.1)
    # Counts are whole numbers of events.
    assert np.allclose(share.value * 400, np.round(share.value * 400))
    assert region.ratio.std() == pytest.approx((0.1 * 0.9 / 400) ** 0.5 / 0.2, rel=0.1)
