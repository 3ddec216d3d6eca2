import numpy as np
import pytest
from collapse.figures.features import Feature
from collapse.figures.spectrum import mass_spectrum, spread


@pytest.fixture(scope="module")
def figure(toy):
    generated = {"original": toy.cut_events()[:, 2], "capable": toy.real_events(seed=4)[:, 2]}
    return mass_spectrum(toy.real_events()[:, 2], generated, toy.FEATURES[2], toy.WINDOWS, "title")


@pytest.mark.parametrize("name", ["real", "original", "capable"])
def test_spectra_are_densities_in_the_logarithm(figure, by_gid, name):
    heights, edges, _ = by_gid(figure.axes[0], name)[0].get_data()
    assert heights @ np.diff(np.log(edges)) == pytest.approx(1, abs=0.005)


def test_axes_are_logarithmic_with_units(figure, toy):
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel() == toy.FEATURES[2].axis


def test_bins_show_resonances(figure, by_gid):
    edges = by_gid(figure.axes[0], "real")[0].get_data().edges
    assert len(edges) > 100
    near = edges[(edges > 2.95) & (edges < 3.25)]
    assert np.max(near[1:] / near[:-1]) < 1.02
    heights, edges, _ = by_gid(figure.axes[0], "real")[0].get_data()
    peak = np.argmax(heights)
    assert 3.0 < edges[peak] < 3.15


def test_windows_are_shaded_and_labelled(figure, by_gid, texts):
    (shade,) = by_gid(figure.axes[0], r"window $J/\psi$")
    assert shade.get_x() == pytest.approx(2.95)
    assert shade.get_width() == pytest.approx(0.3)
    assert {r"$J/\psi$", "z"} <= texts(figure)
    assert "not a mass" not in texts(figure)


def test_recipes_have_given_colours(toy, by_gid):
    mass = toy.real_events()[:, 2]
    figure = mass_spectrum(mass, {"b": mass}, toy.FEATURES[2], {}, "", colours={"b": "#123456"})
    assert by_gid(figure.axes[0], "b")[0].get_edgecolor()[:3] == pytest.approx(
        (0x12 / 255, 0x34 / 255, 0x56 / 255)
    )


def test_whatever_gans_give_is_drawn(toy, texts, overlaps):
    generated = {name: values[:, 2] for name, values in toy.broken_events().items()}
    figure = mass_spectrum(
        toy.real_events()[:, 2], generated, toy.FEATURES[2], toy.WINDOWS, "title"
    )
    found = texts(figure)
    assert {"empty (no finite events)", "nan (no finite events)"} <= found
    assert "huge (outside: 100 %)" in found
    assert overlaps(figure) == []


def test_close_windows_have_labels_apart(toy, overlaps):
    windows = {
        f"close{i}": {"feature": "mass", "low": 9 + 0.3 * i, "high": 9.2 + 0.3 * i}
        for i in range(6)
    }
    mass = toy.real_events()[:, 2]
    assert overlaps(mass_spectrum(mass, {}, toy.FEATURES[2], windows, "title")) == []


def test_a_linear_feature_has_even_bins(toy, by_gid):
    eta = toy.real_events()[:, 1]
    figure = mass_spectrum(eta, {"a": eta}, Feature("eta", unit="rad"), {}, "")
    heights, edges, _ = by_gid(figure.axes[0], "real")[0].get_data()
    np.testing.assert_allclose(np.diff(edges), edges[1] - edges[0])
    assert heights @ np.diff(edges) == pytest.approx(1)
    assert figure.axes[0].get_ylabel() == "(1/N) dN / deta [1/rad]"


@pytest.mark.parametrize("real", [np.full(10, 3.0), np.array([]), np.array([np.nan])])
def test_degenerate_real_events_are_drawn(real, drawn, toy):
    drawn(mass_spectrum(real, {"a": np.array([1.0, 2.0])}, toy.FEATURES[2], toy.WINDOWS, ""))


def test_labels_are_moved_apart_within_the_line():
    assert spread([0.1, 0.1, 9.9], [2, 2, 2], 10) == [1, 3, 9]
    places = spread([4, 4.1, 4.2, 9], [1, 1, 1, 1], 10)
    assert np.diff(places).min() >= 1 - 1e-9
    assert np.mean(places[:3]) == pytest.approx(4.1)
