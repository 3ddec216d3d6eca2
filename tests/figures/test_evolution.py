import numpy as np
import pytest
from collapse.diagnosis.results import Fall
from collapse.figures.evolution import metrics_against_epochs, modes_against_epochs
from collapse.figures.style import recipe_colours

EPOCHS = (1, 3, 10, 100)


def value_of(recipe, seed, epoch, feature):
    scale = {"original": 1.0, "capable": 0.2}[recipe] * {"pt": 1, "eta": 2, "": 1}.get(feature, 0.1)
    return 0.05 + 0.2 * scale * (1 + 0.1 * seed) / np.sqrt(epoch)


def rows(metrics, lost=()):
    return [
        {
            "recipe": recipe,
            "seed": seed,
            "epoch": epoch,
            "metric": metric,
            "feature": feature,
            "value": np.nan
            if (recipe, seed, epoch) in lost
            else value_of(recipe, seed, epoch, feature),
            "floor_mean": 0.05,
            "floor_sd": 0.01,
        }
        for metric, features in metrics.items()
        for feature in features
        for recipe in ("capable", "original")
        for seed in (1, 2, 3)
        for epoch in EPOCHS
    ]


METRICS = {"ks": ["pt", "eta"], "window_fraction": ["jpsi", "z"], "auc": [""]}
RECIPES = ["original", "capable"]
FALLS = {
    "original": [
        Fall(5, 3, 10, "trace", "covered", 0.9, 0.1, None, 1.0),
        Fall(1, 0, 1, "trace", "covered", 0.9, 0.1, None, 1.0),
    ]
}


def history():
    return [
        {"recipe": recipe, "seed": seed, "epoch": epoch, "discriminator_loss": 1.0 / epoch}
        | {"generator_loss": seed, "discriminator_gradient_norm": 0.1}
        | {"generator_gradient_norm": epoch}
        for recipe in RECIPES
        for seed in (1, 2, 3)
        for epoch in range(1, 101)
    ]


@pytest.fixture(scope="module")
def figure():
    labels = {"eta": r"$\eta$"}
    return metrics_against_epochs(rows(METRICS), RECIPES, "dimuon", labels, FALLS, history())


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def panels(figure):
    """The axes without the strips of onsets."""
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


def test_a_panel_for_each_telling_metric_and_each_record_of_the_training(figure):
    assert [axes.get_title(loc="left") for axes in panels(figure)] == [
        "classifier AUC",
        r"KS, worst: $\eta$",
        "loss of D",
        "loss of G",
        "gradient norm of D",
        "gradient norm of G",
    ]


def test_of_many_metrics_eight_are_drawn():
    names = ("ks", "auc", "covered", "precision", "spread_ratio", "out_of_range", "sliced_w1")
    names += ("correlation_distance", "modes_share", "kpd", "fpd", "density", "separation")
    figure = metrics_against_epochs(rows({name: [""] for name in names}), RECIPES, "")
    assert titles(figure) == [
        "modes captured", "share covered", "precision", "classifier AUC", "spread ratio",
        "real beyond range", "sliced $W_1$", "correlation distance",
    ]  # fmt: skip


def test_lines_are_medians_and_bands_all_seeds(figure, by_gid):
    ks = panels(figure)[1]
    for recipe in RECIPES:
        (line,) = by_gid(ks, recipe)
        np.testing.assert_array_equal(line.get_xdata(), EPOCHS)
        expected = [value_of(recipe, 2, epoch, "eta") for epoch in EPOCHS]
        np.testing.assert_allclose(line.get_ydata(), expected)
        (band,) = by_gid(ks, f"{recipe} seeds")
        corners = band.get_paths()[0].vertices
        for epoch in EPOCHS:
            ends = corners[corners[:, 0] == epoch, 1]
            expected = [value_of(recipe, seed, epoch, "eta") for seed in (1, 3)]
            assert (ends.min(), ends.max()) == pytest.approx(tuple(expected))


def test_recipes_have_their_colours(figure, by_gid):
    for recipe, colour in recipe_colours(RECIPES).items():
        assert by_gid(panels(figure)[0], recipe)[0].get_color() == colour


def test_the_band_is_the_floor(figure, by_gid):
    for axes in panels(figure)[:2]:
        (band,) = by_gid(axes, "floor")
        assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((0.03, 0.07))
        (mean,) = by_gid(axes, "floor mean")
        assert mean.get_ydata()[0] == 0.05


def test_epochs_are_logarithmic(figure):
    assert {axes.get_xscale() for axes in figure.axes} == {"log"}
    assert [axes.get_xlabel() for axes in panels(figure)] == ["", "", *["epochs"] * 4]


def test_losses_are_medians_at_a_dozen_epochs_a_decade(figure, by_gid):
    (line,) = by_gid(panels(figure)[3], "capable")
    assert len(line.get_xdata()) < 24
    np.testing.assert_array_equal(line.get_ydata(), 2)
    (line,) = by_gid(panels(figure)[5], "capable")
    np.testing.assert_allclose(line.get_ydata(), line.get_xdata())


def test_onsets_stand_above_each_column(figure, by_gid, texts):
    strips = [axes for axes in figure.axes if by_gid(axes, "original onset")]
    assert len(strips) == 4
    for axes in strips:
        onsets = [mark.get_xdata()[0] for mark in by_gid(axes, "original onset")]
        assert onsets == [5, 1]
        ends = [line.get_xdata().tolist() for line in by_gid(axes, "interval")]
        assert ends == [[3, 10], [0.5, 1]]
        assert not by_gid(axes, "capable onset")
        column = [a for a in panels(figure) if a.get_position().x0 == axes.get_position().x0]
        assert all(a.get_xlim() == axes.get_xlim() for a in column)
        assert axes.get_position().y0 > max(a.get_position().y1 for a in column)
    assert "onset, its interval" in texts(figure)


def test_a_value_of_all_features_comes_before_the_worst():
    table = rows({"out_of_range": ["pt", "all"]})
    figure = metrics_against_epochs(table, RECIPES, "")
    assert titles(figure) == ["real beyond range"]


def test_the_only_feature_is_not_called_worst():
    figure = metrics_against_epochs(rows({"ks": ["pt"]}), RECIPES, "")
    assert titles(figure) == ["KS, pt"]


def test_a_diverged_seed_is_marked_and_left_out_of_the_median(by_gid, texts, drawn):
    table = rows(METRICS, lost={("original", 2, 100), ("original", 3, 100)})
    figure = metrics_against_epochs(table, RECIPES, "")
    (line,) = by_gid(figure.axes[0], "original")
    assert line.get_ydata()[-1] == pytest.approx(value_of("original", 1, 100, ""))
    (cross,) = by_gid(figure.axes[0], "original diverged")
    np.testing.assert_array_equal(cross.get_xdata(), [100])
    assert not by_gid(figure.axes[0], "capable diverged")
    assert "diverged" in texts(figure)
    drawn(figure)


def test_all_diverged_is_drawn(drawn):
    lost = {(recipe, seed, epoch) for recipe in RECIPES for seed in (1, 2, 3) for epoch in EPOCHS}
    drawn(metrics_against_epochs(rows(METRICS, lost), RECIPES, ""))


def test_nothing_measured_is_drawn(drawn):
    drawn(metrics_against_epochs([], RECIPES, "nothing"))


def test_without_divergence_no_panel_tells_of_it(by_gid):
    table = [row | {"value": 0.0} for row in rows({"non_finite": [""]})]
    assert titles(metrics_against_epochs(table + rows({"auc": [""]}), RECIPES, "")) == [
        "classifier AUC"
    ]


def test_wide_ranges_are_logarithmic_unless_something_is_zero():
    table = rows({"ks": ["eta"]})
    wide = [row | {"value": row["value"] * row["epoch"] ** -0.5} for row in table]
    assert metrics_against_epochs(wide, RECIPES, "").axes[0].get_yscale() == "log"
    wide[0]["value"] = 0.0
    assert metrics_against_epochs(wide, RECIPES, "").axes[0].get_yscale() == "linear"


def test_epoch_zero_has_a_place(by_gid):
    table = rows({"auc": [""]})
    table += [row | {"epoch": 0} for row in table if row["epoch"] == 1]
    figure = metrics_against_epochs(table, RECIPES, "")
    assert by_gid(figure.axes[0], "original")[0].get_xdata()[0] == 0.5
    assert figure.axes[0].get_xticklabels()[0].get_text() == "0"


def test_one_epoch_and_one_seed(drawn, texts):
    table = [row for row in rows(METRICS) if (row["epoch"], row["seed"]) == (10, 1)]
    figure = metrics_against_epochs(table, RECIPES, "")
    drawn(figure)
    assert "least to greatest seed" not in texts(figure)


def test_texts_do_not_overlap(figure, overlaps):
    assert overlaps(figure) == []


def modes(metric, count, value=0.2):
    names = [f"mode{i}" for i in range(count)]
    return [row | {"value": value, "floor_mean": 0.1} for row in rows({metric: names})]


def test_a_panel_for_each_mode_with_the_real_share(by_gid):
    labels = {"mode0": r"$J/\psi$"}
    figure = modes_against_epochs(
        modes("window_fraction", 3) + rows({"auc": [""]}), RECIPES, "", labels, FALLS
    )
    assert [axes.get_title(loc="left") for axes in panels(figure)] == [
        r"$J/\psi$", "mode1", "mode2",
    ]  # fmt: skip
    for axes in panels(figure):
        assert by_gid(axes, "floor mean")[0].get_ydata()[0] == 0.1
        assert by_gid(axes, "capable")[0].get_ydata().tolist() == [0.2] * 4
        assert axes.get_ylim()[1] == pytest.approx(0.25)


def test_a_mode_that_has_too_much_is_marked_at_the_top(by_gid):
    axes = modes_against_epochs(modes("mode_fraction", 1, 0.9), RECIPES, "").axes[0]
    (mark,) = by_gid(axes, "original above")
    assert mark.get_xdata().tolist() == list(EPOCHS)
    assert axes.get_ylim()[1] == pytest.approx(0.25)


def test_gaussians_come_before_windows():
    table = modes("window_fraction", 2) + modes("mode_fraction", 25)
    assert len(modes_against_epochs(table, RECIPES, "").axes) == 25


def test_of_very_many_modes_the_first_are_drawn_and_counted(texts):
    figure = modes_against_epochs(modes("mode_fraction", 60), RECIPES, "modes")
    assert len(figure.axes) == 50
    assert "modes: 50 of 60" in texts(figure)


@pytest.mark.parametrize("count", [1, 5, 25])
def test_texts_of_modes_do_not_overlap(count, overlaps):
    figure = modes_against_epochs(modes("mode_fraction", count), RECIPES, "modes", falls=FALLS)
    assert overlaps(figure) == []
