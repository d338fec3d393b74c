"""What Java's Avro parser takes and refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from avro_trees import enum, field, fixed, logical, record

from cdcctl.schema.avro_parser import parse
from cdcctl.schema.compatibility import InvalidSchemaError


class TestParsingLikeJava:
    @pytest.mark.parametrize(
        "schema",
        [
            record(field("int", "größe")),
            record(field("int", "_1")),
            record(field("float", default="NaN")),
            record(field("double", default=1)),
            record(field("bytes", default="\u00ff")),
            record(field(fixed(2), default="wrong length is not looked at")),
            record(field(enum("A"), default="NOT_A_SYMBOL")),
            record(field(["int", "null"], default=1)),
            record(field(record(field("int", default=1), name="In"), "in", default={})),
            record(field(record(field("double", default="NaN"), name="In"), "in", default={})),
            record(field({"type": "array", "items": ["null", "int"]}, default=[None])),
            record(field(logical("bytes", "decimal", precision=2, scale=9))),
            record(field(logical("int", "no-such-type"))),
            record(field(fixed(2), "a"), field({"type": "F"}, "b")),
            {"type": "error", "name": "Oops", "fields": []},
        ],
        ids=repr,
    )
    def test_accepted(self, schema: Any, recwarn: pytest.WarningsRecorder) -> None:
        parse(json.dumps(schema))
        assert not recwarn.list

    @pytest.mark.parametrize(
        ("schema", "words"),
        [
            ({"hello": "world"}, "type"),
            ([3], "3"),
            ("no-such-type", "no-such-type"),
            (record(field("int", "a-b")), "Illegal character in: a-b"),
            (record(field("int", "1a")), "Illegal character in: 1a"),
            (record(field("int", "")), "Empty name"),
            (record(name="a b"), "Illegal character in: a b"),
            (record({"name": "x"}), "No field type: Value.x"),
            (record({"type": "int"}), "No field name in record Value"),
            ({"type": "record", "name": "R"}, "no fields"),
            ({"type": "record", "fields": []}, "No name"),
            (record(field("int"), field("int")), "already in use"),
            (enum("A", "A"), "Duplicate symbol"),
            (enum("A", "b-c"), "Illegal character in: b-c"),
            (enum("A", default="B"), "default"),
            (["int", "int"], "already in Union"),
            ({"type": "array"}, "Items"),
            (record(field("int", default="x")), 'Invalid default for field Value.f: "x" not a int'),
            (record(field("int", default=2**31)), "Invalid default"),
            (record(field("int", default=1.5)), "Invalid default"),
            (record(field("int", default=True)), "Invalid default"),
            (record(field("int", default=None)), "Invalid default"),
            (record(field("long", default=2**63)), "Invalid default"),
            (record(field("string", default=1)), "Invalid default"),
            (record(field("bytes", default=1)), "Invalid default"),
            (record(field(fixed(2), default=1)), "Invalid default"),
            (record(field(enum("A"), default=1)), "Invalid default"),
            (record(field("float", default="abc")), "Invalid default"),
            (record(field(["null", "int"], default=1)), "1 not a null, the first branch of its union"),
            (record(field({"type": "array", "items": "int"}, default=["x"])), "Invalid default"),
            (record(field({"type": "map", "values": "int"}, default={"k": "x"})), "Invalid default"),
            (record(field(record(field("int"), name="In"), "in", default={})), "Invalid default"),
            (record(field(["null", record(field("int", default="x"), name="In")], "in")), 'Value.f: "x"|In.f: "x"'),
        ],
        ids=repr,
    )
    def test_refused(self, schema: Any, words: str) -> None:
        with pytest.raises(InvalidSchemaError) as caught:
            parse(json.dumps(schema))
        assert any(part in str(caught.value) for part in words.split("|"))

    def test_unknown_properties_are_kept(self) -> None:
        parsed: Any = parse(
            json.dumps(record(field({"type": "int", "connect.version": 1}, custom=[1]), **{"connect.name": "n"}))
        )
        assert parsed.get_prop("connect.name") == "n"
        assert parsed.props["fields"][0].type.get_prop("connect.version") == 1
        assert parsed.props["fields"][0].get_prop("custom") == [1]
