import math
from dataclasses import dataclass

import pytest
from collapse.records import read_records, write_records


@dataclass(frozen=True)
class Row:
    name: str
    count: int
    share: float
    good: bool
    since: int | None


@dataclass(frozen=True)
class Part:
    share: float
    name: str


ROWS = [Row("a, b", 1, 0.1, True, None), Row("", -2, math.inf, False, 300)]


def test_records_are_read_as_they_were_written(tmp_path):
    write_records(tmp_path / "a.csv", Row, ROWS)
    assert (tmp_path / "a.csv").read_text().splitlines()[:2] == [
        "name,count,share,good,since", '"a, b",1,0.1,True,',
    ]  # fmt: skip
    assert read_records(tmp_path / "a.csv", Row) == ROWS


def test_a_record_may_have_some_of_the_columns_only(tmp_path):
    write_records(tmp_path / "a.csv", Row, ROWS)
    assert read_records(tmp_path / "a.csv", Part) == [Part(0.1, "a, b"), Part(math.inf, "")]


def test_what_is_no_number_is_an_empty_cell(tmp_path):
    write_records(tmp_path / "a.csv", Part, [Part(math.nan, "a")])
    assert (tmp_path / "a.csv").read_text() == "share,name\n,a\n"
    [part] = read_records(tmp_path / "a.csv", Part)
    assert math.isnan(part.share)


def test_a_table_without_rows_has_its_columns(tmp_path):
    write_records(tmp_path / "a.csv", Part, [])
    assert read_records(tmp_path / "a.csv", Part) == []
    assert (tmp_path / "a.csv").read_text() == "share,name\n"


def test_a_column_that_lacks_is_named(tmp_path):
    write_records(tmp_path / "a.csv", Part, [Part(0.1, "a")])
    with pytest.raises(KeyError, match="count"):
        read_records(tmp_path / "a.csv", Row)
