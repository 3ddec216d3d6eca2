import copy

import pytest
from collapse.errors import InputError
from collapse.planning.config import load_study
from jsonschema import Draft202012Validator

from tests.planning.studies import DEFAULT, ROOT, SCHEMA, load


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def objects_of(schema, path=""):
    """Every object of the schema with its path."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            yield path, schema
        for key, child in schema.items():
            yield from objects_of(child, f"{path}/{key}")
    elif isinstance(schema, list):
        for i, child in enumerate(schema):
            yield from objects_of(child, f"{path}/{i}")


def test_every_object_is_strict_and_every_key_described():
    for path, schema in objects_of(SCHEMA):
        assert "additionalProperties" in schema, path
        for key, child in schema["properties"].items():
            if "$ref" in child:
                child = SCHEMA["$defs"][child["$ref"].rpartition("/")[2]] | child
            assert child.get("description"), f"{path}/{key} has no description"


def test_every_number_is_bounded_below():
    def numbers(schema, path=""):
        if isinstance(schema, dict):
            kinds = schema.get("type", ())
            if {"integer", "number"} & set([kinds] if isinstance(kinds, str) else kinds):
                yield path, schema
            for key, child in schema.items():
                yield from numbers(child, f"{path}/{key}")

    free = {
        path
        for path, schema in numbers(SCHEMA)
        if not {"minimum", "exclusiveMinimum"} & set(schema)
    }
    # Physical values and an optimizer's own arguments have no natural bound.
    assert free == {
        "/$defs/dataset/properties/sentinels/items",
        "/$defs/feature/properties/default",
        "/$defs/optimizer/additionalProperties",
        "/$defs/centres/items/items",
        "/$defs/window/properties/low",
        "/$defs/window/properties/high",
    }


def test_defaults_are_filled_in_at_every_level():
    study = load()
    assert study["leg_epochs"] == 300
    assert study["evaluation"]["folds"] == 5
    assert study["datasets"]["dimuon"]["split"] == {
        "train": 0.6,
        "validation": 0.2,
        "test": 0.2,
        "seed": 1,
    }
    assert study["datasets"]["dimuon"]["features"]["eta1"]["log"] is False
    assert study["scalers"]["quantile"] == {"kind": "quantile", "features": {}, "log": []}


def test_a_missing_key_is_named():
    config = copy.deepcopy(DEFAULT)
    del config["seeds"]
    with pytest.raises(InputError, match="the key 'seeds' is missing"):
        load_study(config, ROOT)
