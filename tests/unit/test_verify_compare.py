from __future__ import annotations

import json
from dataclasses import replace
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from verify_tables import COUNTRY, ID, KEYLESS, NAME, PEOPLE, SCHEMA, event, parquet

from cdcctl.verify.compare import compare
from cdcctl.verify.findings import BY_SLUG
from cdcctl.verify.registered import with_registered_defaults
from cdcctl.verify.results import TableResult
from cdcctl.verify.table import Column, TableDefinition

WITH_COUNTRY = replace(PEOPLE, columns=(ID, NAME, COUNTRY))
COUNTRY_SCHEMA = SCHEMA.append(pa.field("country", pa.string()))


def found(result: TableResult) -> dict[tuple[str, str | None], int]:
    slugs = {rule.code: slug for slug, rule in BY_SLUG.items()}
    return {(slugs[finding.code], finding.column): finding.rows for finding in result.findings}


def test_equal_tables_have_nothing_to_find() -> None:
    table = parquet([event(0, "r", 1, "a"), event(1, "c", 2, None), event(2, "u", 1, "b")])
    result = compare(PEOPLE, [(1, "b"), (2, None)], table)
    assert result == TableResult("db.people", 2, 2, 3, 0)


def test_rows_that_are_missing_and_rows_too_many_are_named() -> None:
    result = compare(PEOPLE, [(1, "a"), (2, "b")], parquet([event(0, "r", 2, "b"), event(1, "r", 3, "c")]))
    assert found(result) == {("row-missing", None): 1, ("row-extra", None): 1}
    assert [difference.key for difference in result.differences] == ["id=1", "id=3"]
    assert result.mismatches == 2


def test_one_changed_value_is_found_with_its_key_and_both_values() -> None:
    rows = [(i, f"name {i}") for i in range(500)]
    events = [event(i, "r", *row) for i, row in enumerate(rows)]
    events[321]["values"] = (321, "name 32l")
    result = compare(PEOPLE, rows, parquet(events))
    [difference] = result.differences
    assert (difference.key, difference.column) == ("id=321", "name")
    assert (difference.mysql, difference.parquet) == ("name 321", "name 32l")
    assert found(result) == {("value-different", "name"): 1}


def test_examples_are_bounded_and_long_values_cut() -> None:
    rows = [(i, "x" * 500) for i in range(100)]
    result = compare(PEOPLE, rows, parquet([event(i, "r", i, "y" * 500) for i in range(100)]))
    assert (result.mismatches, len(result.differences)) == (100, 5)
    assert all(len(difference.mysql or "") < 200 for difference in result.differences)


def added_country() -> list[dict[str, Any]]:
    return [
        event(0, "r", 1, "a", None), event(1, "r", 2, "b", None), event(2, "r", 3, "c", None),
        event(3, "c", 4, "d", "NL"), event(4, "u", 2, "b", ""), event(5, "d", 3, "c", ""),
    ]  # fmt: skip


def test_a_column_added_later_is_empty_in_older_rows() -> None:
    result = compare(
        WITH_COUNTRY, [(1, "a", ""), (2, "b", ""), (4, "d", "NL")], parquet(added_country(), COUNTRY_SCHEMA)
    )
    assert found(result) == {("unbackfilled-column", "country"): 1}


def test_a_backfill_cures_it() -> None:
    events = [*added_country(), event(6, "r", 1, "a", ""), event(7, "r", 2, "b", ""), event(8, "r", 4, "d", "NL")]
    assert not compare(
        WITH_COUNTRY, [(1, "a", ""), (2, "b", ""), (4, "d", "NL")], parquet(events, COUNTRY_SCHEMA)
    ).findings


def test_the_new_column_may_not_be_in_parquet_at_all_yet() -> None:
    result = compare(WITH_COUNTRY, [(1, "a", "")], parquet([event(0, "r", 1, "a")]))
    assert found(result) == {("unbackfilled-column", "country"): 1}


@pytest.mark.parametrize(
    ("events", "mysql"),
    [
        # Written after the column came: NULL is no excuse.
        ([event(0, "c", 4, "d", "NL"), event(1, "c", 1, "a", None)], [(1, "a", ""), (4, "d", "NL")]),
        # Not the value that ALTER TABLE gives: an update was lost.
        ([event(0, "r", 1, "a", None), event(1, "c", 4, "d", "NL")], [(1, "a", "BE"), (4, "d", "NL")]),
    ],
)
def test_other_nulls_are_real_differences(events: list[dict[str, Any]], mysql: list[Any]) -> None:
    assert found(compare(WITH_COUNTRY, mysql, parquet(events, COUNTRY_SCHEMA))) == {("value-different", "country"): 1}


def test_a_default_of_any_kind_explains_an_older_row() -> None:
    rows = [(1, "a", "2024-05-01 10:00:00")]
    now = Column("country", "datetime", "datetime", False, "CURRENT_TIMESTAMP", extra="DEFAULT_GENERATED")
    definition = replace(PEOPLE, columns=(ID, NAME, now))
    assert found(compare(definition, rows, parquet([event(0, "r", 1, "a")]))) == {("unbackfilled-column", "country"): 1}


def test_the_default_that_a_column_was_added_with_explains_an_older_row_whatever_it_is_now() -> None:
    country = Column("country", "varchar", "varchar(9)", True, "now")
    definition = replace(PEOPLE, columns=(ID, NAME, country))
    field = {"name": "country", "type": [{"type": "string", "connect.default": "then"}, "null"], "default": "then"}
    known = with_registered_defaults(definition, [json.dumps({"fields": [field]})])
    rows = [(1, "a", "then"), (2, "b", "other")]
    table = parquet([event(0, "r", 1, "a"), event(1, "r", 2, "b")])
    assert found(compare(known, rows, table)) == {
        ("unbackfilled-column", "country"): 1,
        ("value-different", "country"): 1,
    }


def test_null_that_became_the_default_is_named() -> None:
    price = Column("price", "decimal", "decimal(6,2)", True, "1.50", scale=2)
    definition = TableDefinition("db", "t", (ID, price), ("id",))
    schema = pa.schema([("id", pa.int32()), ("price", pa.decimal128(38, 2))])
    table = parquet([event(0, "r", 1, Decimal("1.50")), event(1, "r", 2, Decimal("1.51"))], schema)
    assert found(compare(definition, [(1, None), (2, None)], table)) == {
        ("null-became-default", "price"): 1,
        ("value-different", "price"): 1,
    }


def test_null_that_became_a_damaged_default_is_named() -> None:
    number = Column("n", "bigint", "bigint", True, "-3223942395936323507")
    text = Column("s", "varchar", "varchar(9)", True, "🎬")
    definition = TableDefinition("db", "t", (ID, number, text), ("id",))
    schema = pa.schema([("id", pa.int32()), ("n", pa.int64()), ("s", pa.string())])
    table = parquet(
        [event(0, "c", 1, -3223942395936323584, "F09F8EA"), event(1, "c", 2, -3223942395936323000, "F09F8EAC")], schema
    )
    assert found(compare(definition, [(1, None, None), (2, None, None)], table)) == {
        ("default-damaged", "n"): 1,
        ("default-damaged", "s"): 1,
        ("value-different", "n"): 1,
        ("value-different", "s"): 1,
    }


def test_null_that_became_an_earlier_default_is_named() -> None:
    price = Column("price", "decimal", "decimal(6,2)", True, "-1.50", scale=2)
    word = Column("word", "varchar", "varchar(9)", True, "now")
    raw = Column("raw", "varbinary", "varbinary(9)", True)
    definition = TableDefinition("db", "t", (ID, price, word, raw), ("id",))
    fields = [
        {"name": "id", "type": "int"},
        {
            "name": "price",
            "type": [{"type": "bytes", "scale": 2, "precision": 6, "logicalType": "decimal"}, "null"],
            "default": "\u00ff\u006a",
        },
        {"name": "word", "type": [{"type": "string", "connect.default": "then"}, "null"], "default": "then"},
        {"name": "raw", "type": [{"type": "bytes"}, "null"], "default": "\u00ff\u0000"},
    ]
    without = [{"name": "word", "type": ["null", "string"], "default": None}]
    known = with_registered_defaults(definition, [json.dumps({"fields": each}) for each in (without, fields)])
    schema = pa.schema(
        [("id", pa.int32()), ("price", pa.decimal128(38, 2)), ("word", pa.string()), ("raw", pa.binary())]
    )
    earlier, now = [Decimal("-1.50"), "then", b"\xff\0"], [Decimal("1.50"), "other", b"\xff"]
    table = parquet([event(0, "c", 1, *earlier), event(1, "c", 2, *now)], schema)
    rows = [(1, None, None, None), (2, None, None, None)]
    assert found(compare(known, rows, table)) == {
        (slug, column): 1 for slug in ("null-became-default", "value-different") for column in ("price", "word", "raw")
    }
    # Without the schemas, only what is the DEFAULT now can be known.
    assert found(compare(definition, rows, table))["value-different", "word"] == 2


def test_null_that_became_what_set_default_is_read_as_is_named() -> None:
    bit = Column("b", "bit", "bit(1)", True, "b'1'", length=1)
    raw = Column("r", "varbinary", "varbinary(9)", True, "0x0102", length=9)
    wide = Column("w", "bigint", "bigint unsigned", True, "18446744073709551615")
    definition = TableDefinition("db", "t", (ID, bit, raw, wide), ("id",))
    schema = pa.schema([("id", pa.int32()), ("b", pa.bool_()), ("r", pa.binary()), ("w", pa.int64())])
    events = [event(0, "c", 1, False, b"null", 2**63 - 1), event(1, "c", 2, False, b"0102", 2**63 - 1)]
    rows = [(1, None, None, None), (2, None, None, None)]
    assert found(compare(definition, rows, parquet(events, schema))) == {
        ("default-damaged", "b"): 2,
        ("default-damaged", "r"): 2,
        ("default-damaged", "w"): 2,
    }


def test_a_dropped_column_is_kept_and_a_renamed_one_split() -> None:
    old = SCHEMA.append(pa.field("nickname", pa.string())).append(pa.field("gone", pa.string()))
    events = [event(0, "r", 1, "a", "al", "x"), event(1, "r", 2, "b", None, "y")]
    nick = Column("nick", "varchar", "varchar(20)")
    definition = replace(PEOPLE, columns=(ID, NAME, nick))
    result = compare(definition, [(1, "a", "al"), (2, "b", None)], parquet(events, old))
    assert found(result) == {("column-split", "nick"): 1, ("column-kept", "gone"): 2}
    assert next(finding.detail for finding in result.findings if finding.column == "nick") == "nickname"


def test_a_column_renamed_twice_is_split_in_three_whatever_became_of_its_values() -> None:
    names = ("first", "second", "third", "gone")
    schema = pa.schema([("id", pa.int32()), *((name, pa.int64()) for name in names)])
    third = Column("third", "bigint", "bigint unsigned", True)
    definition = TableDefinition("db", "t", (ID, third), ("id",))
    events = [
        event(0, "r", 1, 5, None, None, 7),
        event(1, "c", 2, None, -1, None, None),
        event(2, "c", 3, None, None, 6, None),
    ]
    rows = [(1, 5), (2, 2**64 - 1), (3, 6)]
    result = compare(definition, rows, parquet(events, schema))
    assert found(result) == {("column-split", "third"): 2, ("column-kept", "gone"): 1}
    assert result.findings[-1].detail == "first, second"
    # One row whose value is under no name: that is another matter, for all of them.
    result = compare(definition, [(1, 4), *rows[1:]], parquet(events, schema))
    assert found(result)["value-different", "third"] == 2


def test_a_column_that_was_added_with_a_default_and_renamed_is_both() -> None:
    schema = pa.schema([("id", pa.int32()), ("made", pa.int32()), ("renamed", pa.int32())])
    renamed = Column("renamed", "int", "int", True, "4")
    definition = TableDefinition("db", "t", (ID, renamed), ("id",))
    events = [event(0, "r", 1, None, None), event(1, "c", 2, 9, None), event(2, "c", 3, None, 5)]
    result = compare(definition, [(1, 4), (2, 9), (3, 5)], parquet(events, schema))
    assert found(result) == {("unbackfilled-column", "renamed"): 1, ("column-split", "renamed"): 1}


def test_a_column_whose_default_has_changed_since_it_was_added_is_unbackfilled() -> None:
    added = Column("added", "int", "int", True, "9")
    must = Column("must", "int", "int", False, "9")
    definition = TableDefinition("db", "t", (ID, added, must), ("id",))
    fields = [{"name": "added", "type": ["int", "null"], "default": 7}]
    known = with_registered_defaults(definition, [json.dumps({"fields": fields})])
    schema = pa.schema([("id", pa.int32()), ("added", pa.int32()), ("must", pa.int32())])
    table = parquet([event(0, "r", 1, None, None), event(1, "r", 2, None, None), event(2, "c", 3, 1, 1)], schema)
    # Added without a DEFAULT, must has been 0 in old rows. One is lost: 8 has never been a DEFAULT.
    rows = [(1, 7, 0), (2, 8, 9), (3, 1, 1)]
    assert found(compare(known, rows, table)) == {
        ("unbackfilled-column", "added"): 1,
        ("value-different", "added"): 1,
        ("unbackfilled-column", "must"): 2,
    }


def test_a_default_that_was_misread_when_the_column_was_added_is_known_all_the_same() -> None:
    columns = (
        Column("raw", "varbinary", "varbinary(9)", False, "0x00", length=9),
        Column("padded", "binary", "binary(3)", False, "0x000000", length=3),
        Column("wide", "bigint", "bigint unsigned", False, "1"),
    )
    fields = [
        {"name": "raw", "type": {"type": "bytes"}, "default": "FF"},
        {"name": "padded", "type": {"type": "bytes"}, "default": "ff"},
        {"name": "wide", "type": "long", "default": 2**63 - 1},
    ]
    known = with_registered_defaults(
        TableDefinition("db", "t", (ID, *columns), ("id",)), [json.dumps({"fields": fields})]
    )
    schema = pa.schema([("id", pa.int32()), ("raw", pa.binary()), ("padded", pa.binary()), ("wide", pa.int64())])
    events = [event(0, "r", 1, None, None, None), event(1, "r", 2, None, None, None), event(2, "c", 3, b"a", b"aaa", 1)]
    rows = [(1, b"\xff", b"\xff\0\0", 2**64 - 1), (2, b"\xfe", b"\xfe\0\0", 7), (3, b"a", b"aaa", 1)]
    assert found(compare(known, rows, parquet(events, schema))) == {
        (slug, column): 1 for slug in ("unbackfilled-column", "value-different") for column in ("raw", "padded", "wide")
    }


def test_zero_dates_become_null_or_the_epoch() -> None:
    columns = (ID, Column("d", "date", "date"), Column("must", "date", "date", nullable=False))
    schema = pa.schema([("id", pa.int32()), ("d", pa.int32()), ("must", pa.int32())])
    table = parquet([event(0, "r", 1, None, 0), event(1, "r", 2, 19782, 19782)], schema)
    rows = [(1, "0000-00-00", "2024-00-00"), (2, "2024-02-29", "2024-02-29")]
    result = compare(TableDefinition("db", "t", columns, ("id",)), rows, table)
    assert found(result) == {("zero-date", "d"): 1, ("zero-date", "must"): 1}


def test_a_zero_date_is_null_to_debezium_and_answered_by_the_default() -> None:
    day = Column("d", "date", "date", default="2000-01-01")
    schema = pa.schema([("id", pa.int32()), ("d", pa.int32())])
    table = parquet([event(0, "c", 1, 10957), event(1, "c", 2, 10958)], schema)
    rows = [(1, "0000-00-00"), (2, "0000-00-00")]
    assert found(compare(TableDefinition("db", "t", (ID, day), ("id",)), rows, table)) == {
        ("zero-date", "d"): 1,
        ("value-different", "d"): 1,
    }


def test_a_default_of_38_digits_that_a_column_once_had_is_not_rounded() -> None:
    then = Decimal("-8958007205404508705640834056.6720264300")
    column = Column("n", "decimal", "decimal(38,10)", scale=10)
    content = int(then.scaleb(10, Context(prec=40))).to_bytes(16, "big", signed=True).decode("latin-1")
    type_ = {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 10}
    fields = [{"name": "n", "type": [type_, "null"], "default": content}]
    known = with_registered_defaults(
        TableDefinition("db", "t", (ID, column), ("id",)), [json.dumps({"fields": fields})]
    )
    schema = pa.schema([("id", pa.int32()), ("n", pa.decimal128(38, 10))])
    assert found(compare(known, [(1, None)], parquet([event(0, "c", 1, then)], schema))) == {
        ("null-became-default", "n"): 1
    }


def test_a_wrapped_key_still_finds_its_row() -> None:
    serial = Column("n", "bigint", "bigint unsigned", nullable=False)
    table = parquet(
        [event(0, "r", -1, "a"), event(1, "r", 5, "b")], pa.schema([("n", pa.int64()), ("name", pa.string())])
    )
    result = compare(TableDefinition("db", "t", (serial, NAME), ("n",)), [(2**64 - 1, "a"), (5, "b")], table)
    assert found(result) == {("unsigned-wrapped", "n"): 1}


def test_keys_of_several_columns_and_types() -> None:
    columns = (
        Column("at", "timestamp", "timestamp(3)", False, fsp=3),
        Column("b", "binary", "binary(2)", False, length=2),
        NAME,
    )
    schema = pa.schema([("at", pa.string()), ("b", pa.binary()), ("name", pa.string())])
    table = parquet([event(0, "r", "2024-01-01T00:00:00.5Z", b"a\0", "x")], schema)
    definition = TableDefinition("db", "t", columns, ("b", "at"))
    assert not compare(definition, [("2024-01-01 00:00:00.500", b"a\0", "x")], table).findings


def test_what_repeats_on_the_way_is_a_note_and_no_mismatch() -> None:
    place = ("binlog.000001", 4711, 0)
    events = [
        event(0, "c", 1, "a", place=place),
        event(1, "c", 1, "a", place=place),
        event(1, "c", 1, "a", place=place),
    ]
    result = compare(PEOPLE, [(1, "a")], parquet(events))
    assert found(result) == {("offset-doubled", None): 1, ("event-replayed", None): 1}
    assert result.mismatches == 0


def test_without_a_key_rows_are_compared_as_they_are() -> None:
    events = [event(0, "r", 1, "a"), event(1, "r", 1, "a"), event(2, "c", 2, "b"), event(3, "d", 1, "a")]
    assert compare(KEYLESS, [(1, "a"), (2, "b")], parquet(events)) == TableResult("db.people", 2, 2, 4, 0)
    doubled = compare(KEYLESS, [(2, "b")], parquet([event(0, "r", 2, "b"), event(1, "r", 2, "b")]))
    assert found(doubled) == {("row-doubled", None): 1}
    other = compare(KEYLESS, [(2, "b"), (3, "c")], parquet([event(0, "r", 2, "b"), event(1, "r", 4, "d")]))
    assert found(other) == {("row-missing", None): 1, ("row-extra", None): 1}


def test_without_a_key_an_update_proves_less_and_says_so() -> None:
    events = [event(0, "r", 1, "a"), event(1, "r", 2, "b"), event(2, "u", 2, "c")]
    result = compare(KEYLESS, [(1, "a"), (2, "c")], parquet(events))
    assert found(result) == {("updates-without-key", None): 1}
    assert result.parquet_rows == 2
    # The update is lost, the row it wrote is not there.
    assert found(compare(KEYLESS, [(1, "a"), (2, "c")], parquet(events[:2]))) in (
        {("row-missing", None): 1, ("row-extra", None): 1},
        {("value-different", "name"): 1},
    )
    # An insert is lost whose row looks like one that was replaced: only the numbers tell.
    lost = compare(KEYLESS, [(1, "a"), (2, "c"), (2, "b")], parquet(events))
    assert ("row-missing", None) in found(lost)


def test_without_a_key_an_added_column_is_named_too() -> None:
    events = [event(0, "r", 1, "a", None), event(1, "r", 2, "b", None), event(2, "c", 3, "c", "NL")]
    definition = replace(WITH_COUNTRY, key=())
    result = compare(definition, [(1, "a", ""), (2, "b", ""), (3, "c", "NL")], parquet(events, COUNTRY_SCHEMA))
    assert found(result) == {("unbackfilled-column", "country"): 2}


def test_an_empty_table_is_equal_to_no_events() -> None:
    for definition in (PEOPLE, KEYLESS):
        assert compare(definition, [], parquet([])) == TableResult("db.people", 0, 0, 0, 0)


@given(
    st.dictionaries(st.integers(0, 30), st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=15),
    st.data(),
)
def test_any_one_broken_row_is_found(people: dict[int, str | None], data: st.DataObject) -> None:
    rows = list(people.items())
    events = [event(offset, "c", *row) for offset, row in enumerate(rows)]
    assert not compare(PEOPLE, rows, parquet(events)).findings
    at = data.draw(st.integers(0, len(rows) - 1))
    key, name = rows[at]
    broken = data.draw(st.sampled_from(["lost", "changed", "deleted"]))
    if broken == "lost":
        del events[at]
    elif broken == "changed":
        events[at] = event(at, "c", key, f"{name}!")
    else:
        events.append(event(len(events), "d", key, name))
    assert compare(PEOPLE, rows, parquet(events)).mismatches == 1
