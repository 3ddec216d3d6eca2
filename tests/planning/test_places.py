import pytest
from collapse.planning.places import placed

FIRST = "study: a\nrecipes:\n  mine:\n    scaler: quantil\n    lr: 3\n"
SECOND = "datasets:\n  d:\n    features:\n      x: {expression: 'np.log(a)'}\nepochs:\n- 3\n- 1\n"


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("recipes.mine.scaler: no scaler is called 'quantil'.", "first.yaml, line 4: "),
        ("recipes.mine: unknown key 'lr'. Known keys: a.", "first.yaml, line 5: "),
        ("datasets.d: features.x: 'np.log(a)' calls", "second.yaml, line 4: "),
        ("epochs.1: expected an integer.", "second.yaml, line 7: "),
        ("recipes.mine.samples, epoch 3: x is not there.", "first.yaml, line 3: "),
        ("recipes.theirs.scaler: no scaler", "first.yaml, line 2: "),
        ("scalers.log: that name is taken.", ""),
    ],
)
def test_the_file_and_line_come_first(message, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.yaml").write_text(FIRST)
    (tmp_path / "second.yaml").write_text(SECOND)
    files = [tmp_path / "first.yaml", tmp_path / "second.yaml"]
    assert placed(message, files) == place + message


def test_a_missing_key_is_one_of_the_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = "the config: the key 'study' is missing."
    assert placed(message, [tmp_path / "a.yaml"]) == "a.yaml: the key 'study' is missing."
    assert placed(message, []) == message


def test_the_last_file_that_has_the_key_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("epochs: [3, 1]\n")
    assert placed("epochs: expected", ["a.yaml", "b.yaml"]).startswith("b.yaml, line 1: ")
