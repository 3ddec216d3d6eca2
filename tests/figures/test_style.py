import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from collapse.figures import style
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

SCRIPTS = Path(style.__file__).parents[2]

DRAW_ALL = """
import sys
from pathlib import Path
import toy
import runs as study
from collapse.figures.collapse_map import collapse_map
from collapse.figures.corner import corner
from collapse.figures.evolution import metrics_against_epochs
from collapse.figures.film import Film, film_frame, film_strip, write_film
from collapse.figures.overlay import overlay
from collapse.figures.scatter import scatter
from collapse.figures.spectrum import mass_spectrum
from collapse.figures.style import save
from collapse.figures.survival import survival_curves

real, cut, f = toy.real_events(), toy.cut_events(), toy.FEATURES
film = Film(real, *toy.trace(), f, "title")
rows = [
    dict(recipe=r, seed=1, epoch=e, metric="ks", feature=x, value=1 / e, floor_mean=0.1, floor_sd=0)
    for r in "ab" for e in (1, 10) for x in ("pt", "eta")
]
figures = {
    "overlay": overlay(real, cut, f, "title"),
    "scatter": scatter(real[:, :2], cut[:, :2], f[0], f[1], "title"),
    "evolution": metrics_against_epochs(rows, ["a", "b"], "title"),
    "spectrum": mass_spectrum(real[:, 2], {"a": cut[:, 2]}, f[2], toy.WINDOWS, "title"),
    "map": collapse_map(study.RUNS, "title"),
    "survival": survival_curves(study.SURVIVAL, study.ONSET, study.RECIPES, "title"),
    "strip": film_strip(film),
    "frame": film_frame(film),
    "corner": corner(real, cut, f, "title"),
}
for name, figure in figures.items():
    for suffix in ("png", "svg"):
        save(figure, Path(sys.argv[1], f"{name}.{suffix}"))

write_film(Path(sys.argv[1], "film.gif"), film)

heavy = {"tensorflow", "sklearn", "scipy", "uproot", "awkward", "snakemake"} & set(sys.modules)
assert not heavy, heavy
from matplotlib import pyplot
assert not pyplot.get_fignums()
"""


def test_recipes_keep_their_colour_when_one_is_added():
    few, more = style.recipe_colours(["a", "b"]), style.recipe_colours(["a", "b", "c"])
    assert few == {name: more[name] for name in few}


def test_recipe_colours_differ_from_each_other_and_from_grey():
    colours = style.recipe_colours("abcdefgh").values()
    assert len(set(colours)) == 8
    assert all(max(to_rgb(colour)) - min(to_rgb(colour)) > 0.2 for colour in colours)


def test_real_events_are_grey():
    for colour in (style.REAL, style.REAL_FILL):
        assert len(set(to_rgb(colour))) == 1


def test_a_style_is_left_behind_nowhere():
    before = dict(mpl.rcParams)

    @style.styled
    def draw():
        return mpl.rcParams["font.size"]

    assert draw() == style.STYLE["font.size"]
    assert dict(mpl.rcParams) == before


def test_save_refuses_other_formats(tmp_path):
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        style.save(Figure(), tmp_path / "a.pdf")


def test_a_failed_save_leaves_nothing(tmp_path):
    class Fails:
        def savefig(self, path, **_):
            path.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        style.save(Fails(), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """The folders to which two processes wrote the same figures."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    path = os.pathsep.join([str(SCRIPTS), str(Path(__file__).parent)])
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", DRAW_ALL, folder],
            env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": str(seed)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed, folder in enumerate(folders)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors
    return folders


def test_figures_are_equal_bytes_in_two_processes(two_runs):
    first, second = ({p.name: p.read_bytes() for p in f.iterdir()} for f in two_runs)
    assert len(first) == 19
    assert first == second


def test_figures_are_small(two_runs):
    for path in two_runs[0].iterdir():
        assert path.stat().st_size < 300_000, path.name


def test_figures_tell_neither_date_nor_version(two_runs):
    for path in two_runs[0].iterdir():
        content = path.read_bytes()
        assert b"dc:date" not in content
        assert mpl.__version__.encode() not in content
