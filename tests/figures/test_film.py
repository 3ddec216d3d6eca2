import numpy as np
import pytest
from collapse.diagnosis.results import Fall
from collapse.figures.film import Film, film_frame, film_strip, write_film
from PIL import Image

FALL = Fall(5, 3, 10, "trace", "covered", 0.9, 0.1, 100, 1.0)


@pytest.fixture(scope="module")
def strip(toy):
    epochs, events = toy.trace()
    film = Film(
        toy.real_events(), epochs, events, toy.FEATURES, "original, seed 1", windows=toy.WINDOWS,
        fall=FALL,
    )  # fmt: skip
    return film_strip(film)


def test_the_spectrum_comes_first_and_larger(strip, toy):
    maps = [axes for axes in strip.axes if axes.get_ylabel() and axes.get_xlabel()]
    assert [axes.get_ylabel() for axes in maps] == [toy.FEATURES[i].axis for i in (2, 0, 1)]
    assert maps[0].get_position().width > 2 * maps[1].get_position().width
    assert {axes.get_xlabel() for axes in maps} == {"epochs"}


def test_each_epoch_is_a_column_of_shares(strip, toy, by_gid):
    epochs, _ = toy.trace()
    (mesh,) = by_gid(strip.axes[0], "generated")
    (real,) = by_gid(strip.axes[1], "real")
    shares, truth = np.array(mesh.get_array()), np.array(real.get_array())
    assert shares.shape == (len(truth), len(epochs))
    # In units of the greatest real bin.
    assert truth.max() == pytest.approx(1)
    np.testing.assert_allclose(shares.sum(axis=0), truth.sum(), rtol=0.02)
    # A point is one bin, which real events are not.
    assert np.count_nonzero(shares[:, -1]) == 1
    assert np.count_nonzero(shares[:, 0]) > 20
    assert mesh.norm is real.norm


def test_onset_and_recovery_are_marked(strip, by_gid):
    for name, epoch in (("onset", 5), ("recovery", 100)):
        (line,) = by_gid(strip.axes[0], name)
        assert line.get_xdata()[0] == epoch


def test_windows_of_the_spectrum_are_named(strip, texts):
    found = texts(strip)
    assert r"$J/\psi$" in found
    assert "z" in found
    assert "not a mass" not in found


def test_what_is_generated_elsewhere_widens_the_axis_and_is_told(toy, texts):
    epochs, events = toy.trace()
    events[:, :, 1] += 3
    figure = film_strip(Film(toy.real_events(), epochs, events, toy.FEATURES, ""))
    eta = next(axes for axes in figure.axes if axes.get_ylabel() == toy.FEATURES[1].axis)
    assert eta.get_ylim()[1] == pytest.approx(2.4 + 0.25 * 4.8, rel=0.01)
    share = (events[1, :, 1] > eta.get_ylim()[1]).mean()
    assert share > 0.3
    assert any(text.startswith("outside: up to") for text in texts(figure))


def test_texts_do_not_overlap(strip, overlaps):
    assert overlaps(strip) == []


def frame(toy, index=-1, epochs=None, events=None):
    found = toy.trace()
    film = Film(
        toy.real_events(), found[0] if epochs is None else epochs,
        found[1] if events is None else events, toy.FEATURES, "original, seed 1", "#0072b2",
        pair=(0, 1), fall=FALL,
    )  # fmt: skip
    return film_frame(film, index)


@pytest.mark.parametrize("index", [0, -1])
def test_a_frame_shows_its_epoch(toy, index, by_gid, texts):
    epochs, events = toy.trace()
    figure = frame(toy, index)
    (points,) = by_gid(figure.axes[0], "generated")
    np.testing.assert_array_equal(points.get_xdata(), events[index, :, 0])
    np.testing.assert_array_equal(points.get_ydata(), events[index, :, 1])
    assert f"epoch {epochs[index]}" in texts(figure)
    (moment,) = by_gid(figure.axes[-1], "moment")
    assert moment.get_xdata()[0] == (epochs[index] or 0.5)
    for axes in figure.axes[1:-1]:
        (generated,) = by_gid(axes, "generated")
        total = generated.get_data().values.sum()
        assert total == pytest.approx(1, abs=0.03)


def test_a_point_mass_is_ringed(toy, by_gid):
    (ring,) = by_gid(frame(toy).axes[0], "ring")
    (points,) = by_gid(frame(toy).axes[0], "generated")
    assert len(ring.get_xdata()) == 1
    axes = frame(toy).axes[0]
    place = axes.transLimits.transform(axes.transScale.transform(points.get_xydata()[0]))
    np.testing.assert_allclose(ring.get_xydata()[0], place, atol=1e-5)
    (ring,) = by_gid(frame(toy, 0).axes[0], "ring")
    assert len(ring.get_xdata()) == 0


def test_what_is_off_a_frame_is_told(toy, texts):
    epochs, events = toy.trace()
    events[0, : len(events[0]) // 2, 1] += 9
    axes, *_ = frame(toy, 0, epochs, events).axes
    eta = frame(toy, 0, epochs, events).axes[3]
    assert [text.get_text() for text in (axes.texts[0], eta.texts[0])] == 2 * ["outside: 50 %"]
    assert not any(text.startswith("outside") for text in texts(frame(toy, 1)))


def test_the_texts_of_a_frame_do_not_overlap(toy, overlaps):
    assert overlaps(frame(toy)) == []


def test_a_diverged_run_is_filmed(toy, drawn):
    epochs, events = toy.trace()
    events[2:] = np.nan
    events[1, 0] = np.inf
    drawn(frame(toy, 2, epochs, events))
    drawn(film_strip(Film(toy.real_events(), epochs, events, toy.FEATURES, "")))


def test_one_feature_and_one_epoch_are_a_film(toy, tmp_path, drawn):
    real, (epochs, events) = toy.real_events()[:, :1], toy.trace((3,))
    film = Film(real, epochs, events[:, :, :1], toy.FEATURES[:1], "", pair=(0, 0))
    drawn(film_strip(film))
    write_film(tmp_path / "film.gif", film)


def test_a_film_has_a_frame_for_each_epoch_and_equal_bytes(toy, tmp_path):
    epochs, events = toy.trace()
    paths = [tmp_path / name for name in ("a.gif", "b.gif")]
    for path in paths:
        film = Film(toy.real_events(), epochs, events, toy.FEATURES, "original", fall=FALL)
        write_film(path, film)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with Image.open(paths[0]) as film:
        assert film.n_frames == len(epochs)
        assert film.info["loop"] == 0
        durations, pages = [], []
        for index in range(film.n_frames):
            film.seek(index)
            durations.append(film.info["duration"])
            pages.append(np.asarray(film.convert("RGB")))
    assert durations[-1] > 5 * durations[0]
    assert (pages[0][0, 0] == 255).all()
    assert (pages[0] != pages[-1]).any()


def test_a_frame_of_the_film_is_the_frame_drawn(toy, tmp_path, drawn):
    """What is drawn once and what moves, together, are what a figure would be."""
    epochs, events = toy.trace()
    film = Film(
        toy.real_events(), epochs, events, toy.FEATURES, "original, seed 1", "#0072b2", fall=FALL
    )
    write_film(tmp_path / "film.gif", film)
    with Image.open(drawn(frame(toy, 0))) as image, Image.open(tmp_path / "film.gif") as film:
        off = np.abs(np.float64(image.convert("RGB")) - np.asarray(film.convert("RGB")))
    # Shades are rounded, and lines that overlap are drawn in another order.
    assert off.mean() < 2
