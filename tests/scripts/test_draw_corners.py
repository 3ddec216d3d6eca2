from scripts.draw_corners import draw_corners
from tests.scripts import drawn


def test_corners_are_at_the_last_count_and_at_that_of_the_fall(tmp_path):
    diagnosis, _ = drawn.write_diagnoses(tmp_path, "original")
    draw_corners(
        events=drawn.write_events(tmp_path),
        samples=drawn.write_legs(tmp_path, "original", 1),
        diagnosis=diagnosis,
        features=drawn.FEATURES,
        derived={},
        recipes=["original"],
        folder=tmp_path / "corners",
    )
    assert {path.name for path in (tmp_path / "corners").iterdir()} == {
        "epoch10.png", "epoch100.png",
    }  # fmt: skip
