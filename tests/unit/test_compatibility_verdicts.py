"""Verdicts of the eight modes, case by case, and how the modes agree with each other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from avro_trees import RECURSIVE, RECURSIVE_LONG, enum, field, fixed, logical, record
from hypothesis import given
from hypothesis import strategies as st

from cdcctl.schema.compatibility import InvalidSchemaError, Mode, Reader, Verdict, check, verdicts


def reads(reader: Any, writer: Any) -> bool:
    """Whether a new schema can read what an old one wrote."""
    return check(json.dumps(reader), [json.dumps(writer)], Mode.BACKWARD).compatible


ARRAY, MAP = {"type": "array", "items": "int"}, {"type": "map", "values": "int"}
NULLABLE = ["null", "int"]

READABLE = [
    # promotions (Avro specification, "Schema Resolution")
    ("int", "int"),
    ("long", "int"),
    ("float", "int"),
    ("double", "int"),
    ("float", "long"),
    ("double", "long"),
    ("double", "float"),
    ("bytes", "string"),
    ("string", "bytes"),
    # unions
    (NULLABLE, "int"),
    (NULLABLE, "null"),
    (["null", "long"], "int"),
    (["null", "long"], NULLABLE),
    (["int", "string", "null"], ["null", "int"]),
    ("int", ["int"]),
    ("long", ["int", "long"]),
    (["null", "string"], ["null", "bytes"]),
    # containers
    ({"type": "array", "items": "long"}, ARRAY),
    ({"type": "map", "values": "double"}, MAP),
    ({"type": "array", "items": NULLABLE}, ARRAY),
    # enums
    (enum("A", "B", "C"), enum("A", "B")),
    (enum("B", "A"), enum("A", "B")),
    (enum("A", default="A"), enum("A", "B")),
    (enum("A", namespace="n"), enum("A", namespace="m")),
    (enum("A", name="New", aliases=["E"]), enum("A")),
    # fixed
    (fixed(4), fixed(4)),
    (fixed(4, name="New", aliases=["F"]), fixed(4)),
    # records
    (record(), record(field("int"))),
    (record(field("int", default=0)), record()),
    (record(field(NULLABLE, default=None)), record()),
    (record(field("int", "a"), field("int", "b")), record(field("int", "b"), field("int", "a"))),
    (record(field("int", "new", aliases=["old"])), record(field("int", "old"))),
    (record(field("int"), namespace="n"), record(field("int"), namespace="m")),
    (record(name="New", aliases=["Value"]), record()),
    (record(name="New", namespace="n", aliases=["Value"]), record(namespace="n")),
    (record(name="New", namespace="n", aliases=["m.Value"]), record(namespace="m")),
    (RECURSIVE_LONG, RECURSIVE),
    (record(field(record(field("long"), name="In"), "in")), record(field(record(field("int"), name="In"), "in"))),
    # what is not compared: docs, order, unknown properties, logical types
    (record(field("int", doc="x", order="ignore")), record(field("int"))),
    (record(field({"type": "int", "connect.name": "a"})), record(field({"type": "int", "connect.name": "b"}))),
    (logical("bytes", "decimal", precision=9, scale=4), logical("bytes", "decimal", precision=9, scale=2)),
    (logical("long", "timestamp-micros"), logical("long", "timestamp-millis")),
    ("string", logical("bytes", "decimal", precision=9, scale=2)),
]

UNREADABLE = [
    ("int", "long", "type_mismatch"),
    ("float", "double", "type_mismatch"),
    ("long", "float", "type_mismatch"),
    ("int", "string", "type_mismatch"),
    ("string", "int", "type_mismatch"),
    ("boolean", "int", "type_mismatch"),
    ("null", "int", "type_mismatch"),
    ("bytes", fixed(4), "type_mismatch"),
    ("string", enum("A"), "type_mismatch"),
    (ARRAY, MAP, "type_mismatch"),
    ("int", NULLABLE, "type_mismatch"),
    (["null", "int"], "long", "missing_union_branch"),
    (["null", "int"], ["null", "long"], "missing_union_branch"),
    (["null", "int"], ["null", "int", "string"], "missing_union_branch"),
    ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}, "type_mismatch"),
    (enum("A"), enum("A", "B"), "missing_enum_symbols"),
    (enum("A", name="E2"), enum("A"), "name_mismatch"),
    (fixed(4), fixed(8), "fixed_size_mismatch"),
    (fixed(4, name="F2"), fixed(4), "name_mismatch"),
    (record(field("int")), record(), "reader_field_missing_default_value"),
    (record(field(NULLABLE)), record(), "reader_field_missing_default_value"),
    (record(field(enum("A", default="A"))), record(), "reader_field_missing_default_value"),
    (record(field("int", "new")), record(field("int", "old")), "reader_field_missing_default_value"),
    (record(field("int", "new")), record(field("int", "old", aliases=["new"])), "reader_field_missing_default_value"),
    (record(name="Value"), record(name="Key"), "name_mismatch"),
    (record(name="New", namespace="n", aliases=["m.Value"]), record(namespace="n"), "name_mismatch"),
    (RECURSIVE, RECURSIVE_LONG, "type_mismatch"),
    (["null", record(field("int"))], ["null", record(field("long"))], "type_mismatch"),
]


@pytest.mark.parametrize(("reader", "writer"), READABLE, ids=repr)
def test_readable(reader: Any, writer: Any) -> None:
    assert reads(reader, writer)


@pytest.mark.parametrize(("reader", "writer", "kind"), UNREADABLE, ids=repr)
def test_unreadable(reader: Any, writer: Any, kind: str) -> None:
    verdict = check(json.dumps(reader), [json.dumps(writer)], Mode.BACKWARD)
    assert not verdict.compatible
    assert kind in [each.kind for each in verdict.incompatibilities]


TITLE = field(["null", "string"], "TITLE", default=None)
MOVIES = json.dumps(record(field("int", "ID"), TITLE))
WITH_COUNTRY = json.dumps(record(field("int", "ID"), TITLE, field("string", "COUNTRY")))


class TestMovies:
    """The example everybody meets first: a NOT NULL column without default is added."""

    def test_verdicts(self) -> None:
        assert verdicts(WITH_COUNTRY, [MOVIES]) == {
            "NONE": True,
            "DISABLED": False,
            "BACKWARD": False,
            "BACKWARD_ALL": False,
            "FORWARD": True,
            "FORWARD_ALL": True,
            "FULL": False,
            "FULL_ALL": False,
        }

    def test_explanation(self) -> None:
        (found,) = check(WITH_COUNTRY, [MOVIES], Mode.FULL).incompatibilities
        assert (found.path, found.reader, found.versions_back) == ("COUNTRY", Reader.NEW, 1)
        assert found.message == (
            "a reader with the old schema ignores COUNTRY; "
            "a reader with the new schema finds no COUNTRY in old records and it has no default"
        )

    def test_dropping_it_again_is_the_mirror_image(self) -> None:
        (found,) = check(MOVIES, [WITH_COUNTRY], Mode.FULL).incompatibilities
        assert found.reader is Reader.OLD
        assert "a reader with the old schema finds no COUNTRY in new records" in found.message

    def test_versions_back_counts_from_the_last(self) -> None:
        found = check(WITH_COUNTRY, [MOVIES, WITH_COUNTRY, MOVIES], Mode.BACKWARD_ALL).incompatibilities
        assert [each.versions_back for each in found] == [3, 1]


class TestModes:
    def test_only_all_looks_further_back_than_the_last(self) -> None:
        with_default = json.dumps(record(field("int", "ID"), TITLE, field("string", "COUNTRY", default="")))
        history = [MOVIES, with_default]
        assert check(WITH_COUNTRY, history, Mode.BACKWARD).compatible
        assert not check(WITH_COUNTRY, history, Mode.BACKWARD_ALL).compatible

    @pytest.mark.parametrize("mode", Mode)
    def test_the_first_version_is_always_welcome(self, mode: Mode) -> None:
        assert check(MOVIES, [], mode) == Verdict(mode, True)
        assert verdicts(MOVIES, [])[mode.value]

    def test_disabled_takes_nothing_after_the_first(self) -> None:
        assert check(MOVIES, [MOVIES], Mode.DISABLED) == Verdict(Mode.DISABLED, False)

    def test_none_takes_any_avro_but_only_avro(self) -> None:
        assert check('"int"', [MOVIES], Mode.NONE).compatible
        with pytest.raises(InvalidSchemaError):
            check("{}", [MOVIES], Mode.NONE)


_simple = st.sampled_from(["null", "int", "long", "float", "double", "string", "bytes", "boolean"])
_types = st.one_of(
    _simple,
    st.lists(_simple, unique=True, min_size=1, max_size=3),
    _simple.map(lambda kind: {"type": "array", "items": kind}),
)


@st.composite
def _records(draw: st.DrawFn) -> str:
    fields = []
    for name in draw(st.lists(st.sampled_from("abcd"), unique=True)):
        kind = draw(_types)
        can_default = kind == "null" or (isinstance(kind, list) and kind[0] == "null")
        fields.append(field(kind, name, **({"default": None} if can_default and draw(st.booleans()) else {})))
    return json.dumps(record(*fields))


@given(new=_records(), previous=st.lists(_records(), max_size=3))
def test_modes_agree_with_each_other(new: str, previous: list[str]) -> None:
    found = verdicts(new, previous)
    assert found["FULL"] == (found["BACKWARD"] and found["FORWARD"])
    assert found["FULL_ALL"] == (found["BACKWARD_ALL"] and found["FORWARD_ALL"])
    for mode in ("BACKWARD", "FORWARD", "FULL"):
        assert found[mode] or not found[f"{mode}_ALL"]
    for mode in Mode:
        assert check(new, previous, mode).compatible is found[mode.value]


@given(new=_records(), old=_records())
def test_backward_and_forward_are_mirror_images(new: str, old: str) -> None:
    assert verdicts(new, [old])["BACKWARD"] == verdicts(old, [new])["FORWARD"]
    assert verdicts(new, [new])["FULL"]


@given(new=_records(), old=_records())
def test_every_refusal_is_explained(new: str, old: str) -> None:
    for mode in (Mode.BACKWARD, Mode.FORWARD):
        verdict = check(new, [old], mode)
        assert verdict.compatible or all(
            each.path or each.kind == "name_mismatch" for each in verdict.incompatibilities
        )
