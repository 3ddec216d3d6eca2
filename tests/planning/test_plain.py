import pytest
from collapse.errors import InputError
from collapse.planning.plain import read_unique

from tests.planning.studies import load, with_dataset


def test_numbers_may_be_written_as_physicists_do():
    study = load(
        epochs=[1.0, "10"],
        recipes={
            "mine": {
                "extends": "original",
                "optimizers": {"discriminator": {"learning_rate": "1e-4"}},
            }
        },
        datasets=with_dataset(max_events="1e6"),
    )
    assert study["epochs"] == [1, 10]
    assert all(type(epoch) is int for epoch in study["epochs"])
    assert study["recipes"]["mine"]["optimizers"]["discriminator"]["learning_rate"] == 1e-4
    assert repr(study["datasets"]["dimuon"]["max_events"]) == "1000000"


def test_a_key_given_twice_is_refused(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a:\n  b: 1\n  c: 2\n  b: 3\n")
    with pytest.raises(InputError, match=r"a\.yaml, line 4: 'b' is there twice"):
        read_unique(path)
    path.write_text("a: [1\n")
    with pytest.raises(InputError, match=r"a\.yaml is not YAML"):
        read_unique(path)
