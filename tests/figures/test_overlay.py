import numpy as np
import pytest
from collapse.figures.features import Feature
from collapse.figures.overlay import BinnedFeature, overlay


@pytest.fixture(scope="module")
def cut(toy):
    return overlay(toy.real_events(), toy.cut_events(), toy.FEATURES, "original, seed 1, epoch 300")


def test_histograms_sum_to_one(cut, by_gid):
    for axes in cut.axes[::2]:
        for gid in ("real", "generated"):
            (steps,) = by_gid(axes, gid)
            assert steps.get_data().values.sum() == pytest.approx(1, abs=0.005)


def test_histograms_are_numpys(cut, by_gid, toy):
    (steps,) = by_gid(cut.axes[2], "real")
    heights, edges, _ = steps.get_data()
    expected, _ = np.histogram(toy.real_events()[:, 1], edges)
    np.testing.assert_allclose(heights, expected / 4000)
    np.testing.assert_allclose(np.diff(edges), edges[1] - edges[0])


def test_logarithmic_features_have_logarithmic_bins_and_axes(cut, by_gid):
    assert [axes.get_xscale() for axes in cut.axes] == ["log"] * 2 + ["linear"] * 2 + ["log"] * 2
    assert [axes.get_yscale() for axes in cut.axes[::2]] == ["log", "linear", "log"]
    edges = by_gid(cut.axes[0], "real")[0].get_data().edges
    np.testing.assert_allclose(edges[1:] / edges[:-1], edges[1] / edges[0])


def test_ratio_is_generated_over_real(cut, by_gid):
    for upper, lower in zip(cut.axes[::2], cut.axes[1::2], strict=True):
        real, generated = (by_gid(upper, gid)[0].get_data().values for gid in ("real", "generated"))
        (line,) = by_gid(lower, "ratio")
        with np.errstate(all="ignore"):
            expected = np.where(real > 0, generated / real, np.nan)
        np.testing.assert_allclose(line.get_ydata(), expected)
        assert upper.get_xlim() == lower.get_xlim()


def test_the_floor_is_two_standard_deviations_of_real_against_real(toy):
    pairs = [[toy.real_events(4000, seed)[:, 1] for seed in (i, i + 9)] for i in range(9)]
    found = [BinnedFeature(*pair, False) for pair in pairs]
    inside = np.concatenate([np.abs(c.ratio - 1) <= c.floor for c in found])
    assert 0.92 < inside.mean() < 0.98
    # With generated events without end the real ones' uncertainty alone is left.
    found[0].generated = 10**12
    np.testing.assert_allclose(found[0].floor, 2 * found[0].band)


def test_band_is_the_real_events_uncertainty(cut, by_gid):
    (band,) = by_gid(cut.axes[3], "band")
    (real,) = by_gid(cut.axes[2], "real")
    values, _, baseline = band.get_data()
    np.testing.assert_allclose(values - 1, 1 / np.sqrt(4000 * real.get_data().values))
    np.testing.assert_allclose(1 - baseline, values - 1)


def test_hard_edges_are_marked(cut, by_gid, toy, texts):
    generated = toy.cut_events()
    pt_line, eta_lines = by_gid(cut.axes[0], "edge"), by_gid(cut.axes[2], "edge")
    assert [line.get_xdata()[0] for line in pt_line] == pytest.approx([10])
    found = [line.get_xdata()[0] for line in eta_lines]
    assert found == pytest.approx([generated[:, 1].min(), generated[:, 1].max()])
    assert "edge of generated" in texts(cut)
    eta = toy.real_events()[:, 1]
    beyond = np.mean((eta < min(found)) | (eta > max(found)))
    assert f"real beyond edge: {100 * beyond:.0f} %" in texts(cut)


def test_labels_have_units(cut, texts, toy):
    assert {feature.axis for feature in toy.FEATURES} <= texts(cut)
    assert {"original, seed 1, epoch 300", "real (4\u2009000)"} <= texts(cut)


def test_a_good_gan_has_no_edges(toy, texts, by_gid):
    figure = overlay(toy.real_events(), toy.real_events(seed=5), toy.FEATURES, "")
    assert not any(by_gid(axes, "edge") for axes in figure.axes)
    assert "edge of generated" not in texts(figure)


def test_unequal_numbers_compare(toy):
    comparison = BinnedFeature(
        toy.real_events(4000)[:, 1], toy.real_events(40_000, 7)[:, 1], log=False
    )
    assert np.nanmean(comparison.ratio) == pytest.approx(1, abs=0.05)
    pull = (comparison.ratio - 1) / np.hypot(comparison.band, comparison.ratio_error)
    assert 0.5 < np.nanstd(pull) < 1.5


def test_events_outside_widen_the_axis_or_are_counted():
    real = np.linspace(0, 1, 1001) ** 1.5
    near = BinnedFeature(real, real * 1.2, log=False)
    assert near.above == 0
    assert near.extent.high == pytest.approx(1.2, abs=0.05)
    far = BinnedFeature(real, np.append(real[:900], np.full(100, 50.0)), log=False)
    assert far.extent.high < 1.3
    assert far.above == pytest.approx(0.1)
    assert far.generated_shares.sum() == pytest.approx(0.9)


def test_shares_outside_and_not_finite_are_noted(texts):
    real = np.linspace(0.5, 1.25, 1000)[:, None]
    generated = np.concatenate([real, np.full((1000, 1), 70.0), np.full((500, 1), np.nan)])
    figure = overlay(real, generated, [Feature("x")], "")
    assert "gen. outside: 50 %, not finite: 20 %" in texts(figure)


def test_integers_get_a_bin_each():
    comparison = BinnedFeature([0, 1, 1, 2, 3], [1, 2.2, 2.4], log=False)
    np.testing.assert_allclose(comparison.edges, [-0.5, 0.5, 1.5, 2.5, 3.5], atol=1e-5)
    assert comparison.counts.tolist() == [1, 2, 1, 1]
    assert comparison.generated_counts.tolist() == [0, 1, 2, 0]


def test_the_extreme_real_events_share_the_last_bins():
    real = np.random.default_rng(0).uniform(-2.4, 2.4, 5000).astype(np.float32)
    comparison = BinnedFeature(real, real * 1.1, log=False)
    assert comparison.counts.sum() == 5000
    assert np.count_nonzero(comparison.counts) == 34


def test_a_point_mass_does_not_flatten_the_real_events(toy):
    figure = overlay(toy.real_events(), toy.broken_events()["point"], toy.FEATURES, "")
    assert figure.axes[2].get_ylim()[1] < 0.2


@pytest.mark.parametrize(
    "name",
    ["good", "point", "one", "empty", "nan", "infinite", "some lost", "negative", "huge", "tiny"],
)
def test_whatever_a_gan_gives_is_drawn(toy, name, texts, overlaps):
    generated = toy.broken_events()[name]
    figure = overlay(toy.real_events(), generated, toy.FEATURES, "original, seed 1, epoch 300")
    lost = not np.isfinite(generated).any()
    assert ("no finite\ngenerated events" in texts(figure)) == lost
    assert overlaps(figure) == []


@pytest.mark.parametrize("log", [False, True])
def test_constant_features_are_drawn(log, drawn):
    real = np.repeat(np.array([[0, 5, -3, 1e20]], np.float32), 100, axis=0)
    features = [Feature(name, log=log) for name in "abcd"]
    for generated in (real, real + 1):
        drawn(overlay(real, generated, features, ""))


def test_real_events_without_finite_values_are_drawn(drawn):
    drawn(overlay(np.full((5, 1), np.nan), np.ones((5, 1)), [Feature("a")], ""))


@pytest.mark.parametrize("panels", [1, 2, 4, 7])
def test_any_number_of_features_fits(panels, toy, overlaps):
    names = [Feature(f"p{i}", r"$p_{T}(\mu_1)$", "GeV", log=True) for i in range(panels)]
    real = np.repeat(toy.real_events()[:, :1], panels, axis=1)
    cut = np.repeat(toy.cut_events()[:, :1], panels, axis=1)
    figure = overlay(real, cut, names, "original, seed 1, epoch 300")
    assert len(figure.axes) == 2 * panels
    assert overlaps(figure) == []
