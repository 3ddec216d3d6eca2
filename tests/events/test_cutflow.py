import pytest
from collapse.errors import InputError
from collapse.events.cutflow import check_counts, cutflow_table


@pytest.mark.parametrize(
    ("left", "sides", "message"),
    [
        (
            (9, 4, 0, 0),
            (0, 0, 0),
            r"pair dropped all of them \(.*pair 0, kept 0\)\. Look at pair\.",
        ),
        ((0, 0, 0, 0), (0, 0, 0), r"a\.root, b\.root hold none .*Give files with events\."),
        ((9, 4, 2, 2), (1, 0, 1), r"validation received none of the 2 events .*Loosen the selec"),
    ],
)
def test_an_empty_side_is_told_by_where_its_events_went(left, sides, message):
    cutflow = list(zip(("read", "two", "pair", "kept"), left, strict=True))
    counts = dict(zip(("train", "validation", "test"), sides, strict=True))
    with pytest.raises(InputError, match=message):
        check_counts(cutflow, counts, ["a.root", "b.root"], {})


def test_sides_with_events_pass():
    check_counts([("read", 3), ("kept", 3)], {"train": 1, "validation": 1, "test": 1}, ["a"], {})


def test_files_without_events_are_named_below_the_table():
    table = cutflow_table([("read", 2), ("kept", 2)], ["skim2.root", "skim3.root"])
    assert table.splitlines()[-1] == "files without events: 2 (skim2.root, skim3.root)"
