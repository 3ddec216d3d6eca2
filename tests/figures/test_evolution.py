import numpy as np
import pytest
from collapse.figures.evolution import metrics_against_epochs
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


@pytest.fixture(scope="module")
def figure():
    labels = {"eta": r"$\eta$", "jpsi": r"$J/\psi$"}
    return metrics_against_epochs(rows(METRICS), RECIPES, "dimuon", labels)


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_a_panel_for_each_metric_and_window(figure):
    assert titles(figure) == [
        r"KS distance, worst: $\eta$",
        r"share in $J/\psi$",
        "share in z",
        "classifier AUC",
    ]


def test_lines_are_medians_and_seeds(figure, by_gid):
    for recipe in RECIPES:
        (line,) = by_gid(figure.axes[0], recipe)
        np.testing.assert_array_equal(line.get_xdata(), EPOCHS)
        expected = [value_of(recipe, 2, epoch, "eta") for epoch in EPOCHS]
        np.testing.assert_allclose(line.get_ydata(), expected)
        (seed,) = by_gid(figure.axes[0], f"{recipe} seed 3")
        expected = [value_of(recipe, 3, epoch, "eta") for epoch in EPOCHS]
        np.testing.assert_allclose(seed.get_ydata(), expected)


def test_recipes_have_their_colours(figure, by_gid):
    for recipe, colour in recipe_colours(RECIPES).items():
        assert by_gid(figure.axes[0], recipe)[0].get_color() == colour


def test_the_band_is_the_floor(figure, by_gid):
    for axes in figure.axes:
        (band,) = by_gid(axes, "floor")
        assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((0.03, 0.07))
        (mean,) = by_gid(axes, "floor mean")
        assert mean.get_ydata()[0] == 0.05


def test_epochs_are_logarithmic(figure):
    assert {axes.get_xscale() for axes in figure.axes} == {"log"}
    assert [axes.get_xlabel() for axes in figure.axes] == ["", *["epochs"] * 3]


def test_a_value_of_all_features_comes_before_the_worst():
    table = rows({"out_of_range": ["pt", "all"]})
    figure = metrics_against_epochs(table, RECIPES, "")
    assert titles(figure) == ["real beyond generated range"]


def test_the_only_feature_is_not_called_worst():
    figure = metrics_against_epochs(rows({"ks": ["pt"]}), RECIPES, "")
    assert titles(figure) == ["KS distance, pt"]


def test_a_diverged_seed_is_marked_and_left_out_of_the_median(by_gid, texts, drawn):
    table = rows(METRICS, lost={("original", 2, 100), ("original", 3, 100)})
    figure = metrics_against_epochs(table, RECIPES, "")
    (line,) = by_gid(figure.axes[0], "original")
    assert line.get_ydata()[-1] == pytest.approx(value_of("original", 1, 100, "eta"))
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
    assert "each seed" not in texts(figure)


def test_texts_do_not_overlap(figure, overlaps):
    assert overlaps(figure) == []
