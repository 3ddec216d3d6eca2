import math

from collapse.figures.tables import read_table


def read(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return read_table(path)


def test_columns_are_what_all_their_cells_are(tmp_path):
    first, second = read(
        tmp_path / "a.csv", "epoch,value,z,primary,note", "1,0.5,inf,True,", "10,,2,False,said"
    )
    assert first == {"epoch": 1, "value": 0.5, "z": math.inf, "primary": True, "note": ""}
    assert math.isnan(second.pop("value"))
    assert second == {"epoch": 10, "z": 2.0, "primary": False, "note": "said"}
    assert isinstance(second["epoch"], int)


def test_names_stay_texts_even_if_they_could_be_numbers(tmp_path):
    [row] = read(tmp_path / "a.csv", "dataset,recipe,base,metric,feature", "1,1e5,nan,ks,")
    assert row == {"dataset": "1", "recipe": "1e5", "base": "nan", "metric": "ks", "feature": ""}


def test_a_table_without_rows(tmp_path):
    assert read(tmp_path / "a.csv", "epoch,value") == []
