import pytest
from collapse.figures.labels import drawable_features, drawable_windows


def test_what_matplotlib_cannot_draw_is_drawn_as_it_is(caplog):
    fields = {"name": "m", "label": r"$\m_{12}$", "unit": "GeV", "log": True}
    [feature] = drawable_features([fields])
    assert (feature.name, feature.unit, feature.log) == ("m", "GeV", True)
    assert feature.label == r"\$\m_{12}\$"
    assert "The label of m is drawn as it is" in caplog.text


@pytest.mark.parametrize(("label", "drawn"), [(r"$J/\psi$", r"$J/\psi$"), ("$x", r"\$x")])
def test_windows_keep_all_but_labels_that_cannot_be_drawn(label, drawn):
    window = {"feature": "m", "low": 3, "high": 3.2, "label": label}
    assert drawable_windows({"jpsi": window}) == {"jpsi": window | {"label": drawn}}
