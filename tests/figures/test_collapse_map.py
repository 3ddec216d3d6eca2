from itertools import combinations

import numpy as np
import pytest
from collapse.diagnosis import kinds
from collapse.diagnosis.results import Checkpoint, Run
from collapse.figures.collapse_map import VERDICTS, collapse_map
from matplotlib.colors import to_hex, to_rgb

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
EYES = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = [0.9505, 1, 1.0891]


def lab(colour, eye):
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.array(TO_XYZ) @ np.clip(np.array(eye) @ linear, 0, 1) / WHITE
    x, y, z = np.where(seen > 0.008856, np.cbrt(seen), 7.787 * seen + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.fixture(scope="module")
def figure(study):
    return collapse_map(study.RUNS, "dimuon")


def test_every_verdict_has_a_colour():
    assert set(VERDICTS) == set(kinds.VERDICTS)


@pytest.mark.parametrize("eye", EYES.values(), ids=EYES)
def test_the_colour_blind_tell_verdicts_apart(eye):
    seen = {verdict: lab(colour, eye) for verdict, colour in VERDICTS.items()}
    # Some 2 are just seen side by side; a legend needs much more.
    near = {
        pair: round(float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])), 1)
        for pair in combinations(seen, 2)
    }
    assert min(near.values()) > 15, min(near, key=near.get)


def test_each_checkpoint_is_a_cell_of_its_verdicts_colour(figure, study, by_gid):
    (axes,) = figure.axes
    for run in study.RUNS:
        (cells,) = by_gid(axes, f"{run.recipe} seed {run.seed}")
        shown = [to_hex(colour) for colour in cells.get_facecolor()]
        colours = [VERDICTS[checkpoint.verdict] for checkpoint in run.checkpoints]
        if run.certainty >= 0.9:
            assert shown == colours
        else:
            # Pale, but of the same hue.
            assert all(sum(to_rgb(a)) > sum(to_rgb(b)) for a, b in zip(shown, colours, strict=True))
        centres = [path.get_extents().get_points().mean(axis=0)[0] for path in cells.get_paths()]
        np.testing.assert_allclose(centres, [0, 1, 2])


def test_recipes_are_rows_and_seeds_their_parts(figure, study, by_gid):
    (axes,) = figure.axes
    assert [label.get_text().replace("\n", "") for label in axes.get_yticklabels()] == study.RECIPES
    for place, recipe in zip(axes.get_yticks(), study.RECIPES, strict=True):
        tops = []
        for seed in (1, 2):
            (cells,) = by_gid(axes, f"{recipe} seed {seed}")
            tops.append(cells.get_paths()[0].get_extents().get_points()[:, 1])
        assert tops[0][1] == pytest.approx(tops[1][0]) == pytest.approx(place)


def test_the_onset_lies_between_the_counts(figure, by_gid):
    (axes,) = figure.axes
    (mark,) = by_gid(axes, "original seed 1 onset")
    assert mark.get_xdata()[0] == pytest.approx(np.log(3) / np.log(10))
    assert mark.get_marker() == "v"
    (interval,) = by_gid(axes, "original seed 1 interval")
    np.testing.assert_allclose(interval.get_xdata(), [0, 1])
    assert not by_gid(axes, "capable seed 1 onset")


def test_an_onset_before_the_first_count_comes_from_the_edge(figure, by_gid):
    (interval,) = by_gid(figure.axes[0], "original seed 2 interval")
    np.testing.assert_allclose(interval.get_xdata(), [-0.5, 0])


def test_recovery_is_at_its_count(figure, by_gid):
    (mark,) = by_gid(figure.axes[0], "original seed 2 recovery")
    assert (mark.get_xdata()[0], mark.get_marker()) == (2, "^")
    assert not by_gid(figure.axes[0], "original seed 1 recovery")


def test_the_legend_names_what_is_there_alone(study, texts):
    present = {"healthy", "imperfect", "point collapse", "modes missing", "rising", "falling"}
    found = texts(collapse_map(study.RUNS, ""))
    assert present | {"support truncated", "onset", "recovery"} <= found
    assert "pale: certainty < 0.9" in found
    assert not {"memorised", "diverged", "tail cut"} & found
    assert "pale: certainty < 0.9" not in texts(collapse_map(study.RUNS[4:], ""))
    assert not {"onset", "recovery"} & texts(collapse_map(study.RUNS[2:], ""))


def test_every_outcome_stands_beside_its_run(figure, study, texts):
    said = texts(figure)
    assert {run.outcome.replace("_", " ") for run in study.RUNS} <= said


def test_a_trend_is_a_mark_in_its_cell(figure, by_gid):
    (mark,) = by_gid(figure.axes[0], "original seed 2 rising")
    assert 1.5 < mark.get_xdata()[0] < 2.5
    assert by_gid(figure.axes[0], "original seed 1 falling")
    assert not by_gid(figure.axes[0], "capable seed 1 rising")


def test_it_fits_a_column(figure):
    assert figure.get_figwidth() < 4.5


def test_texts_do_not_overlap(figure, overlaps):
    assert overlaps(figure) == []


@pytest.mark.parametrize("seeds", [1, 10])
@pytest.mark.parametrize("counts", [1, 60])
def test_any_study_has_room(seeds, counts, overlaps):
    runs = [
        Run(
            "d",
            f"recipe_{i}",
            seed,
            5000,
            "collapsed from the start",
            1.0,
            [
                Checkpoint(7 * j + 1, 1, "healthy", 1.0, "rising", 0.9, 0.5, [])
                for j in range(counts)
            ],
            [],
        )
        for i in range(3)
        for seed in range(seeds)
    ]
    assert overlaps(collapse_map(runs, "many")) == []
