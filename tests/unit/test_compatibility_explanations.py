"""The words that explain a verdict: where, and which side."""

from __future__ import annotations

import json
from typing import Any

import pytest
from avro_trees import RECURSIVE, RECURSIVE_LONG, enum, field, fixed, record

from cdcctl.schema.compatibility import Mode, Reader, check


class TestExplanations:
    """Where, and which side."""

    @pytest.mark.parametrize(
        ("new", "old", "path", "words"),
        [
            (
                record(field("string")),
                record(field(["null", "string"])),
                "f",
                "a record written with the old schema may hold null in f; "
                "a reader with the new schema needs string there",
            ),
            (
                record(field("int")),
                record(field("string")),
                "f",
                "a record written with the old schema holds string in f; "
                "a reader with the new schema expects int, and Avro does not turn one into the other",
            ),
            (
                record(field(["null", "int"])),
                record(field(["null", "string"])),
                "f",
                "a record written with the old schema holds string in f; "
                "a reader with the new schema takes only null or int there",
            ),
            (
                record(field(["null", "int"])),
                record(),
                "f",
                "a reader with the old schema ignores f; a reader with the new schema finds no f in old records "
                "and it has no default (that it may be null is not a default)",
            ),
            (
                record(field(enum("A"))),
                record(field(enum("A", "B", "C"))),
                "f",
                "a record written with the old schema may hold B, C in f; "
                "a reader with the new schema does not know them and has no enum default",
            ),
            (
                record(field(fixed(2))),
                record(field(fixed(4))),
                "f",
                "a record written with the old schema has 4 bytes in f; a reader with the new schema expects 2",
            ),
            (
                record(name="Value"),
                record(name="Key"),
                "",
                "a record written with the old schema has the record name Key for the schema itself; "
                "a reader with the new schema expects Value",
            ),
            (
                record(field({"type": "array", "items": record(field("int"), name="In")}, "list")),
                record(field({"type": "array", "items": record(name="In")}, "list")),
                "list[].f",
                "finds no list[].f in old records",
            ),
            (
                record(field(["null", {"type": "map", "values": "int"}], "map")),
                record(field(["null", {"type": "map", "values": "string"}], "map")),
                "map{}",
                "holds string in map{}",
            ),
            (
                record(field(["null", record(field("int"), name="Row")], "after")),
                record(field(["null", record(field("string"), name="Row")], "after")),
                "after.f",
                "holds string in after.f",
            ),
        ],
    )
    def test_backward(self, new: Any, old: Any, path: str, words: str) -> None:
        (found,) = check(json.dumps(new), [json.dumps(old)], Mode.BACKWARD).incompatibilities
        assert (found.path, found.reader) == (path, Reader.NEW)
        assert words in found.message

    def test_every_broken_field_is_named(self) -> None:
        new = record(field("int", "a"), field("int", "b"), field("int", "c"))
        old = record(field("string", "a"), field("int", "b"))
        found = check(json.dumps(new), [json.dumps(old)], Mode.BACKWARD).incompatibilities
        assert [each.path for each in found] == ["a", "c"]

    def test_recursion_ends(self) -> None:
        (found,) = check(json.dumps(RECURSIVE), [json.dumps(RECURSIVE_LONG)], Mode.BACKWARD).incompatibilities
        assert found.path == "f"
